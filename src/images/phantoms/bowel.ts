import type { Random } from '../../tensor/random.js';
import type { Canvas } from './canvas.js';
import { both, core, ellipse, halfPlane, type Region } from './regions.js';

/** What paints a hollow organ: wall thickness (mm), its middle and half height (mm), strength of contrast (0 to 1). */
export interface HollowOptions {
  wall: number;
  middle: readonly [number, number];
  spread: number;
  contrast: number;
}

/** A hollow organ: enhancing wall; fluid, gas with a level, swallowed contrast or faeces inside. */
export function paintBowel(canvas: Canvas, random: Random, outline: Region, options: HollowOptions): void {
  const { wall, middle, spread, contrast } = options;
  canvas.paint(outline, { mean: 0.04 + 0.07 * contrast * random.uniform(0.3, 1.2), fine: 0.008 });
  const lumen = core(outline, wall);
  const kind = random.uniform();
  if (kind < 0.3) canvas.paint(lumen, { mean: random.uniform(0, 0.05), medium: 0.008, fine: 0.008 });
  else if (kind < 0.45) canvas.paint(lumen, { mean: random.uniform(0.12, 0.6), medium: 0.05, fine: 0.02 }, { soft: 2 });
  else if (kind < 0.62) canvas.paint(lumen, { mean: random.uniform(-0.3, 0.03), medium: random.uniform(0.03, 0.16), fine: 0.05 });
  else if (kind < 0.85) canvas.paint(lumen, { mean: random.uniform(-0.02, 0.06), medium: 0.02, fine: 0.01 });
  if (kind > 0.5) {
    const gas = { mean: random.uniform(-0.99, -0.9) };
    // The level of the fluid is flat; what lies above it (smaller y) is gas.
    const level = random.uniform() < 0.35 ? middle[1] + 4 * spread : middle[1] + spread * random.uniform(-0.8, 0.9);
    canvas.paint(lumen, gas, { within: halfPlane(middle[0], level, -Math.PI / 2) });
  }
}

/** Loops of small and large bowel scattered over the front of a cavity. */
export function paintGut(
  canvas: Canvas,
  random: Random,
  cavity: Region,
  options: { count: number; a: number; b: number; contrast: number },
): void {
  const { count, a, b, contrast } = options;
  const bound = core(cavity, 2);
  for (let k = 0; k < count; k++) {
    const theta = random.uniform(0, 2 * Math.PI);
    const large = random.uniform() < 0.3;
    const out = large ? random.uniform(0.6, 0.75) : Math.sqrt(random.uniform(0, 0.45));
    const x = out * a * Math.cos(theta);
    const y = -0.12 * b + out * 0.75 * b * Math.sin(theta);
    if (y > 0.2 * b && Math.abs(x) < 0.35 * a) continue;
    const r = large ? random.uniform(14, 27) : random.uniform(8, 15);
    const loop = ellipse(random, x, y, r * random.uniform(1, 2), r, { wobble: 0.09, angle: random.uniform(0, Math.PI) });
    paintBowel(canvas, random, both(loop, bound), { wall: random.uniform(1.2, 3.5), middle: [x, y], spread: r, contrast });
  }
}
