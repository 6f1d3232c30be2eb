import type { Random } from '../../tensor/random.js';
import type { Canvas } from './canvas.js';
import { Capsule, core, ellipse, type Region, type Star } from './regions.js';
import { type BoneQuality, paintShaft } from './skeleton.js';
import { paintCloth, paintLead, paintTable } from './surroundings.js';

/** The layers of a trunk from outside in: skin, the outside of the muscles, the cavity. Half axes of the skin in mm. */
export interface Trunk {
  a: number;
  b: number;
  skin: Star;
  muscle: Star;
  cavity: Star;
}

export const FAT = { mean: -0.1, coarse: 0.005, medium: 0.008, fine: 0.008 };
export const MUSCLE = { mean: 0.055, coarse: 0.008, medium: 0.012, fine: 0.008 };

/** Table, clothes and leads, then skin, fat and muscle of a trunk. The cavity is left filled with muscle. */
export function paintTrunk(
  canvas: Canvas,
  random: Random,
  a: number,
  b: number,
  options: { fat: number; wall: number; bone: BoneQuality; arms: number },
): Trunk {
  if (random.uniform() < 0.9) paintTable(canvas, random, b + random.uniform(-1, 8));
  for (let k = random.uniform() < 0.5 ? 1 + random.integer(4) : 0; k > 0; k--) {
    const theta = random.uniform(-Math.PI, 0.2);
    const out = random.uniform(1.02, 1.15);
    paintCloth(
      canvas,
      random,
      a * out * Math.cos(theta),
      b * out * Math.sin(theta),
      random.uniform(20, 200),
      theta + Math.PI / 2 + 0.3 * random.normal(),
    );
  }
  for (let k = random.uniform() < 0.3 ? 1 + random.integer(3) : 0; k > 0; k--) {
    const theta = random.uniform(-Math.PI, 0);
    paintLead(canvas, random, a * 1.05 * Math.cos(theta), b * 1.07 * Math.sin(theta));
  }
  if (random.uniform() < options.arms) {
    for (const side of [-1, 1]) {
      if (random.uniform() < 0.15) continue;
      const r = random.uniform(32, 50);
      const [x, y] = [side * (a + r + random.uniform(-4, 15)), random.uniform(-0.3, 0.5) * b];
      const arm = ellipse(random, x, y, r, r * random.uniform(0.8, 1.2), { wobble: 0.05 });
      canvas.paint(arm, { mean: 0 });
      canvas.paint(core(arm, 2), FAT);
      canvas.paint(core(arm, random.uniform(5, 12)), MUSCLE);
      if (random.uniform() < 0.6)
        paintShaft(canvas, random, x + 4 * random.normal(), y + 4 * random.normal(), random.uniform(9, 14), options.bone);
      else for (const d of [-1, 1]) paintShaft(canvas, random, x + d * 12, y + 3 * random.normal(), random.uniform(6, 9), options.bone);
    }
  }
  const skin = ellipse(random, 0, 0, a, b, { wobble: 0.018, power: random.uniform(2.1, 2.8) });
  const [sides, front] = [random.normal() * 0.25, random.normal() * 0.25];
  const fat = (theta: number) => options.fat * Math.max(0.25, 1 + sides * Math.cos(2 * theta) - front * Math.sin(theta));
  const muscle = skin.inset((theta) => 2 + fat(theta));
  const back = random.uniform(0.5, 1.6);
  const cavity = muscle.inset((theta) => options.wall * (1 + back * Math.max(0, Math.sin(theta)) ** 3));
  canvas.paint(skin, { mean: random.uniform(-0.05, 0.06), fine: 0.02 });
  canvas.paint(core(skin, random.uniform(1, 2.2)), FAT);
  // Septa: faint strands of connective tissue in the fat under the skin.
  for (let k = random.integer(14); k > 0; k--) {
    const theta = random.uniform(0, 2 * Math.PI);
    const inside = random.uniform(0.3, 0.9) * fat(theta);
    const [p, q] = [skin.at(theta, inside), skin.at(theta + random.uniform(0.05, 0.25), inside * random.uniform(0.7, 1.2))];
    canvas.paint(
      new Capsule(p.x, p.y, random.uniform(0.4, 1), q.x, q.y, 0.4),
      { mean: random.uniform(-0.06, 0.03) },
      { opacity: random.uniform(0.3, 1), within: core(skin, 2) },
    );
  }
  canvas.paint(muscle, MUSCLE);
  // Fat planes between the layers of the wall.
  for (let k = 4 + random.integer(10); k > 0; k--) {
    const theta = random.uniform(0, 2 * Math.PI);
    const inside = random.uniform(0.2, 0.9) * options.wall;
    let p = muscle.at(theta, inside);
    for (let part = 0, n = 2 + random.integer(4); part < n; part++) {
      const q = muscle.at(theta + 0.07 * (part + 1), inside);
      canvas.paint(new Capsule(p.x, p.y, 0.8, q.x, q.y, 0.8), { mean: -0.07 }, { opacity: random.uniform(0.4, 1) });
      p = q;
    }
  }
  return { a, b, skin, muscle, cavity };
}

/** The long muscles beside the spine, wrapped in fat. */
export function paintBackMuscles(canvas: Canvas, random: Random, x: number, y: number, scale: number, within: Region): void {
  for (const side of [-1, 1]) {
    const muscle = ellipse(
      random,
      x + side * random.uniform(26, 34) * scale,
      y,
      random.uniform(20, 28) * scale,
      random.uniform(13, 22) * scale,
      { wobble: 0.06, angle: side * 0.3 },
    );
    canvas.paint(muscle, { mean: -0.07 }, { soft: 2, within });
    canvas.paint(core(muscle, random.uniform(1, 2.5)), { ...MUSCLE, medium: random.uniform(0.008, 0.022) }, { within });
  }
}

/** Flat muscles lying on a wall (pectorals, latissimus, serratus, gluteals), each in its sheath of fat. */
export function paintWallMuscles(canvas: Canvas, random: Random, trunk: Trunk, count: number): void {
  const within = core(trunk.skin, random.uniform(3, 7));
  for (let k = 0; k < count; k++) {
    const theta = random.uniform(0, 2 * Math.PI);
    const { x, y, tangent } = trunk.muscle.at(theta, random.uniform(-6, 4));
    const muscle = ellipse(random, x, y, random.uniform(18, 48), random.uniform(4, 11), { wobble: 0.06, angle: tangent });
    canvas.paint(core(muscle, -1.5), { mean: -0.09 }, { within, soft: 1.5 });
    canvas.paint(muscle, { ...MUSCLE, medium: random.uniform(0.008, 0.02) }, { within });
  }
}
