import type { Random } from '../../tensor/random.js';
import type { Canvas } from './canvas.js';
import { Capsule, chain, core, ellipse, type Star } from './regions.js';

/** Bone of one person: how dense the shell and the spongy core are (HU / 1000), how thick the shell is (mm). */
export interface BoneQuality {
  cortex: number;
  spongy: number;
  shell: number;
}

export function boneQuality(random: Random): BoneQuality {
  return { cortex: random.uniform(0.5, 1.1), spongy: random.uniform(0.1, 0.35), shell: random.uniform(0.8, 2) };
}

/**
 * A vertebra with its body's middle at (x, y) and its canal behind (larger y): body, pedicles, laminae, transverse and
 * spinous processes, the dural sac; a disc instead of the body at times.
 * @returns the vertebral body.
 */
export function paintVertebra(canvas: Canvas, random: Random, x: number, y: number, scale: number, bone: BoneQuality): Star {
  const [a, b] = [random.uniform(20, 26) * scale, random.uniform(15, 19) * scale];
  const body = ellipse(random, x, y, a, b, { wobble: 0.04, power: 2.4 });
  const canalY = y + b + random.uniform(6, 9) * scale;
  const canal = ellipse(random, x, canalY, random.uniform(9, 13) * scale, random.uniform(7, 10) * scale, { wobble: 0.06 });
  const piece = (x0: number, y0: number, r0: number, x1: number, y1: number, r1: number) =>
    canvas.bone(new Capsule(x + x0 * scale, y0, r0 * scale, x + x1 * scale, y1, r1 * scale), bone.shell, bone.cortex, bone.spongy);
  const behind = canalY + 11 * scale;
  const wing = random.uniform(28, 42);
  const droop = random.uniform(-4, 12) * scale;
  const arch = random.uniform() < 0.75;
  for (const side of [-1, 1]) {
    if (random.uniform() < 0.7) piece(side * 15, canalY - 2 * scale, 4.5, side * wing, canalY + droop, random.uniform(2.5, 4));
    if (arch) piece(side * 14, y + b * 0.6, 4.5, side * 15, canalY + 3 * scale, 5);
    if (arch || random.uniform() < 0.5) piece(side * 15, canalY + 4 * scale, random.uniform(4, 8), side * 2, behind, 4);
  }
  if (random.uniform() < 0.8) piece(0, behind, 4, random.normal() * 1.5, behind + random.uniform(8, 32) * scale, random.uniform(2.5, 5));
  if (random.uniform() < 0.2) canvas.paint(body, { mean: random.uniform(0.06, 0.11), medium: 0.015, fine: 0.01 });
  else {
    canvas.bone(body, bone.shell, bone.cortex, bone.spongy);
    if (random.uniform() < 0.4)
      canvas.line(
        [
          [x, y + b, 1.2],
          [x, y + b * 0.3, 0.8],
        ],
        { mean: 0.05 },
      );
  }
  canvas.paint(canal, { mean: -0.06 });
  canvas.paint(core(canal, 1.5 * scale), { mean: random.uniform(0.01, 0.05), fine: 0.006 });
  return body;
}

/**
 * Ribs cut obliquely along a chest wall: lens-shaped bones following the wall at random places. Angles near `spine` (radians) are left
 * free.
 */
export function paintRibs(canvas: Canvas, random: Random, wall: Star, bone: BoneQuality, options: { count: number; inside: number }): void {
  const start = random.uniform(0, 2 * Math.PI);
  const tilt = random.uniform(0.04, 0.2);
  for (let k = 0; k < options.count; k++) {
    const theta = start + ((k + random.uniform(-0.25, 0.25)) * 2 * Math.PI) / options.count;
    const fromSpine = Math.abs(((theta - Math.PI / 2 + Math.PI) % (2 * Math.PI)) - Math.PI);
    if (fromSpine < 0.25) continue;
    const cartilage = fromSpine > 2.3;
    const half = random.uniform(0.4, 1) * tilt * (fromSpine < 0.9 ? 1.6 : 1);
    const r = random.uniform(2.6, 4.6);
    const inside = options.inside + random.uniform(-1, 1);
    const rib = chain(
      [0.5, 1, 1, 0.5].map((width, k) => {
        const { x, y } = wall.at(theta + half * ((2 * k) / 3 - 1), inside);
        return [x, y, r * width] as const;
      }),
    );
    if (cartilage) canvas.paint(rib, { mean: random.uniform(0.06, 0.16), fine: 0.02 });
    else canvas.bone(rib, Math.min(bone.shell, r * 0.45), bone.cortex, bone.spongy);
  }
}

/** A long bone cut across, or any tube of bone: shell and fatty marrow. */
export function paintShaft(canvas: Canvas, random: Random, x: number, y: number, radius: number, bone: BoneQuality): void {
  const shape = ellipse(random, x, y, radius, radius * random.uniform(0.8, 1.1), { wobble: 0.06 });
  canvas.bone(shape, radius * random.uniform(0.2, 0.4), Math.min(1.2, bone.cortex + 0.3), random.uniform(-0.05, 0.2));
}
