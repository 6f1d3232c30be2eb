import type { Random } from '../../tensor/random.js';
import type { Canvas, Tissue } from './canvas.js';
import { Capsule, type Region } from './regions.js';

/** How a tree of vessels grows: first radius and length (mm), how many times it forks, how far it spreads, its tissue, where it may be. */
export interface TreeOptions {
  radius: number;
  length: number;
  generations: number;
  spread?: number;
  tissue: Tissue;
  soft?: number;
  opacity?: number;
  within?: Region;
  /** How far branches stay in the plane of the slice: 0 all of the way, 1 they wander in and out of it. */
  wander?: number;
}

/**
 * A forking, tapering, wavy tree from (x, y) towards `angle` (radians): vessels, bronchi, ducts, folds of tissue. `height` is its place
 * above the plane.
 */
export function paintTree(canvas: Canvas, random: Random, x: number, y: number, angle: number, options: TreeOptions, height = 0): void {
  const { radius, length, generations, spread = 0.5, tissue, within, wander = 0 } = options;
  let [px, py, heading, r] = [x, y, angle, radius];
  for (let k = 0; k < 3; k++) {
    heading += 0.25 * random.normal();
    const qx = px + (length / 3) * Math.cos(heading);
    const qy = py + (length / 3) * Math.sin(heading);
    height += 0.55 * wander * random.normal();
    const seen = Math.min(1, 2 - Math.abs(height) * 1.5) * (options.opacity ?? 1);
    if (seen > 0.05) canvas.paint(new Capsule(px, py, r, qx, qy, r * 0.93), tissue, { soft: options.soft, opacity: seen, within });
    [px, py, r] = [qx, qy, r * 0.93];
  }
  if (generations <= 0 || r < 0.25 * canvas.pixel) return;
  const turn = spread * random.uniform(0.5, 1.3);
  const share = random.uniform(0.3, 0.7);
  for (const [side, part] of [
    [-1, share],
    [1, 1 - share],
  ]) {
    // Murray's law: the cubes of the daughters' radii add up to the parent's.
    paintTree(
      canvas,
      random,
      px,
      py,
      heading + side * turn * (1.5 - part),
      {
        ...options,
        radius: r * Math.cbrt(part),
        length: length * random.uniform(0.65, 0.95),
        generations: generations - 1,
      },
      height,
    );
  }
}
