import type { Random } from '../../tensor/random.js';
import { paintBrain } from './brain.js';
import type { Canvas } from './canvas.js';
import { paintFace, paintSkullBase } from './face.js';
import { both, Capsule, core, ellipse, halfPlane, minus } from './regions.js';
import { boneQuality } from './skeleton.js';
import { paintHeadHolder } from './surroundings.js';

/** A slice through the head, from the crown to the jaw; half axes a (side), b (front to back) of the skin in mm. */
export function paintHead(canvas: Canvas, random: Random, a: number, b: number): void {
  if (random.uniform() < 0.85) paintHeadHolder(canvas, random, a, b);
  const level = random.uniform(); // 0: crown, 1: jaw
  const skin = ellipse(random, 0, 0, a, b, { wobble: 0.014, power: random.uniform(1.95, 2.3) });
  const bone = boneQuality(random);
  if (level > 0.25) paintEars(canvas, random, a, b);
  if (level > 0.45) {
    const nose = ellipse(random, 3 * random.normal(), -0.98 * b, random.uniform(10, 18), random.uniform(10, 30), { wobble: 0.05 });
    canvas.paint(nose, { mean: 0.02, fine: 0.01 });
  }
  canvas.paint(skin, { mean: random.uniform(-0.02, 0.06), fine: 0.01 });
  const scalp = random.uniform(3, 9);
  const back = random.uniform(0, 1.6);
  canvas.paint(core(skin, random.uniform(1.2, 2.4)), { mean: random.uniform(-0.09, -0.02), medium: 0.015, fine: 0.01 });
  const thick = random.uniform(3.5, 8.5);
  const [front, sides, phase] = [random.normal() * 0.2, random.normal() * 0.2, random.uniform(0, 6.3)];
  const outer = skin.inset(
    (theta) => scalp * (1 + 0.25 * Math.cos(2 * theta + phase) + (level > 0.5 ? back * Math.max(0, Math.sin(theta)) : 0)),
  );
  canvas.paint(core(outer, -random.uniform(0.5, 2)), { mean: 0.045, medium: 0.012, fine: 0.008 });
  if (level > 0.66) {
    paintFace(canvas, random, outer, a, b, bone);
    return;
  }
  // The vault: shell, diploe, shell; thin at the temples, thick in front and behind.
  const depth = (theta: number) =>
    thick * Math.max(0.3, 1 + front * Math.sin(theta) - (0.25 + sides) * Math.cos(2 * theta) * 0.6 + 0.12 * Math.sin(5 * theta + phase));
  const inner = outer.inset(depth);
  const tables = random.uniform(0.8, 2.2);
  const density = random.uniform(0.9, 1.6);
  canvas.paint(outer, { mean: density, fine: 0.04 });
  const diploe = minus(core(outer, tables), core(inner, -tables));
  canvas.paint(diploe, { mean: density * random.uniform(0.4, 1), coarse: 0.08, medium: 0.1, fine: 0.07 }, { soft: tables });
  canvas.paint(inner, { mean: 0.012, fine: 0.006 });
  // The inner ridges where the falx is fixed.
  for (const end of [-1, 1])
    if (random.uniform() < 0.7) {
      const p = inner.at((end * Math.PI) / 2, -1);
      canvas.paint(new Capsule(p.x, p.y, random.uniform(3, 7), p.x, p.y - end * random.uniform(3, 9), 1), { mean: density * 0.9 });
    }
  const base = level > 0.42;
  paintBrain(canvas, random, inner, { a, b, low: base, crown: level < 0.1 });
  if (base) paintSkullBase(canvas, random, inner, a, b, bone);
  if (random.uniform() < 0.04)
    canvas.line(
      [
        [skin.at(1, 2).x, skin.at(1, 2).y, 1],
        [skin.at(1.2, 2).x, skin.at(1.2, 2).y, 1],
      ],
      { mean: 1 },
    );
  if (random.uniform() < 0.15) {
    // A swelling or bruise under the scalp.
    const p = skin.at(random.uniform(0, 2 * Math.PI), scalp * 0.4);
    canvas.paint(
      minus(both(ellipse(random, p.x, p.y, random.uniform(10, 25), random.uniform(4, 10)), core(skin, -3)), outer),
      { mean: random.uniform(0.02, 0.07) },
      { soft: 2 },
    );
  }
}

function paintEars(canvas: Canvas, random: Random, a: number, b: number): void {
  for (const side of [-1, 1]) {
    if (random.uniform() < 0.2) continue;
    let [x, y] = [side * (a - 2), random.uniform(-0.05, 0.25) * b];
    let heading = side > 0 ? random.uniform(-0.2, 1.2) : Math.PI - random.uniform(-0.2, 1.2);
    const air = both(ellipse(random, x, y, 14, 14), halfPlane(side * a, y, 0));
    for (let k = 0; k < 4; k++) {
      const [nx, ny] = [x + 6 * Math.cos(heading), y + 6 * Math.sin(heading)];
      canvas.line(
        [
          [x, y, random.uniform(1.5, 3)],
          [nx, ny, random.uniform(1, 2.6)],
        ],
        { mean: random.uniform(-0.05, 0.05) },
      );
      [x, y] = [nx, ny];
      heading += side * random.uniform(0, 0.8);
    }
    if (random.uniform() < 0.3) canvas.paint(core(air, 6), { mean: -0.5 }, { soft: 4, opacity: 0.3 });
  }
}
