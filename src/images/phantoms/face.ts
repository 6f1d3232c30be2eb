import type { Random } from '../../tensor/random.js';
import type { Canvas } from './canvas.js';
import { Capsule, chain, core, ellipse, type Region, type Star } from './regions.js';
import { type BoneQuality, paintVertebra } from './skeleton.js';
import { FAT } from './torso.js';

const AIR = { mean: -0.98 };

/** Petrous bones with air cells, sphenoid wings, orbits with eyes, frontal and ethmoid sinuses: the floor of the skull. */
export function paintSkullBase(canvas: Canvas, random: Random, inner: Star, a: number, b: number, bone: BoneQuality): void {
  const dense = Math.min(1.3, bone.cortex + 0.3);
  for (const side of [-1, 1]) {
    if (random.uniform() < 0.85) {
      const theta = side > 0 ? random.uniform(0.25, 0.6) : Math.PI - random.uniform(0.25, 0.6);
      const root = inner.at(theta, 2);
      const tip = [side * random.uniform(0.12, 0.3) * a, root.y - random.uniform(0.2, 0.4) * b];
      const wedge = new Capsule(root.x, root.y, random.uniform(7, 13), tip[0], tip[1], random.uniform(2, 5));
      canvas.bone(wedge, 2, dense, random.uniform(0.4, 0.9));
      const mastoid = new Capsule(root.x, root.y, random.uniform(8, 12), (root.x + tip[0]) / 2, (root.y + tip[1]) / 2, 6);
      if (random.uniform() < 0.6) canvas.paint(mastoid, { mean: random.uniform(-0.4, 0.5), medium: 0.3, fine: random.uniform(0.3, 0.8) });
      else paintAirCells(canvas, random, mastoid, root.x, root.y, 14);
    }
    if (random.uniform() < 0.7) {
      const p = inner.at(side > 0 ? -random.uniform(0.4, 0.9) : Math.PI + random.uniform(0.4, 0.9), 0);
      canvas.line(
        [
          [p.x, p.y, random.uniform(2, 5)],
          [side * 0.35 * a, -random.uniform(0.2, 0.35) * b, 2],
          [side * 0.12 * a, -0.22 * b, random.uniform(1, 3)],
        ],
        { mean: dense * 0.9, fine: 0.05 },
      );
    }
  }
  // Spongy, air-filled or solid: the middle of the skull base, the sella, the clivus.
  for (let k = 1 + random.integer(3); k > 0; k--) {
    const block = ellipse(
      random,
      random.uniform(-0.3, 0.3) * a,
      random.uniform(-0.35, 0.15) * b,
      random.uniform(4, 18),
      random.uniform(4, 14),
      { wobble: 0.2, angle: random.uniform(0, 3) },
    );
    canvas.paint(block, { mean: dense * random.uniform(0.3, 1), medium: random.uniform(0.05, 0.35), fine: random.uniform(0.05, 0.3) });
  }
  if (random.uniform() < 0.75) {
    paintNasal(canvas, random, b, dense, random.uniform(0.25, 0.5));
    paintOrbits(canvas, random, a, b, dense);
  } else if (random.uniform() < 0.7) {
    for (const side of [-1, 1]) {
      const sinus = ellipse(random, side * random.uniform(5, 14), -0.85 * b, random.uniform(5, 14), random.uniform(3, 7), { wobble: 0.15 });
      canvas.paint(core(sinus, -1.5), { mean: dense });
      canvas.paint(sinus, AIR);
    }
  }
}

/** Clusters of small air cells in bone: mastoid, ethmoid. */
function paintAirCells(canvas: Canvas, random: Random, within: Region, x: number, y: number, spread: number): void {
  for (let k = 5 + random.integer(22); k > 0; k--) {
    const r = random.uniform(0.7, 2.6);
    const cell = ellipse(random, x + 0.5 * spread * random.normal(), y + 0.5 * spread * random.normal(), r, r * random.uniform(0.7, 1.8), {
      wobble: 0.1,
      angle: random.uniform(0, 3),
    });
    canvas.paint(cell, { mean: random.uniform(-0.98, -0.5) }, { within: within });
  }
}

/** Eyeballs with lens in fatty sockets, muscles and nerve, thin outer walls. */
function paintOrbits(canvas: Canvas, random: Random, a: number, b: number, dense: number): void {
  const [dx, y] = [random.uniform(0.4, 0.47) * a, -random.uniform(0.62, 0.78) * b];
  for (const side of [-1, 1]) {
    const x = side * dx;
    const socket = ellipse(random, x - side * 2, y + 10, random.uniform(15, 19), random.uniform(20, 27), {
      wobble: 0.05,
      angle: side * -0.35,
    });
    canvas.line(
      [
        [x + side * 19, y + 2, random.uniform(2, 5)],
        [x + side * 14, y + 22, random.uniform(1.5, 4)],
        [x - side * 4, y + 36, 2.5],
      ],
      { mean: dense, fine: 0.06 },
    );
    canvas.paint(core(socket, -1.2), { mean: dense * 0.8 });
    canvas.paint(socket, { ...FAT, mean: -0.09 });
    for (const angle of [0.9, 1.6, 2.2]) {
      canvas.line(
        [
          [x - 11 * Math.cos(angle), y + 9 * Math.sin(angle), 1.4],
          [x - side * 3 - 4 * Math.cos(angle), y + 26, 1.6],
        ],
        { mean: 0.04 },
      );
    }
    const eye = ellipse(random, x, y, random.uniform(11, 13), random.uniform(11, 13), { wobble: 0.01 });
    canvas.paint(eye, { mean: 0.05 });
    canvas.paint(core(eye, 1.3), { mean: 0.012, fine: 0.004 });
    if (random.uniform() < 0.6) canvas.paint(ellipse(random, x, y - 8, 4.5, 2.2, { wobble: 0 }), { mean: 0.09 });
  }
}

/** Nasal cavity: septum, turbinates, ethmoid cells or open airway, down the middle of the face. */
function paintNasal(canvas: Canvas, random: Random, b: number, dense: number, depth: number): void {
  const length = depth * b;
  const [half, y] = [random.uniform(9, 16), -0.88 * b + length / 2 + 12];
  const cavity = ellipse(random, 0, y, half, length / 2 + 10, { wobble: 0.06, power: 2.6 });
  canvas.paint(core(cavity, -1.5), { mean: dense * 0.8, fine: 0.05 });
  canvas.paint(cavity, AIR);
  const bent = 3 * random.normal();
  canvas.paint(new Capsule(0, y - length, 0.9, bent, y, 0.9), { mean: random.uniform(0.1, 0.6) }, { within: cavity });
  canvas.paint(new Capsule(bent, y, 0.9, 0, y + length, 0.9), { mean: random.uniform(0.1, 0.6) }, { within: cavity });
  for (let k = 6 + random.integer(14); k > 0; k--) {
    const [px, py] = [random.uniform(-1, 1) * half, y + random.uniform(-0.6, 0.6) * length];
    if (random.uniform() < 0.8)
      canvas.line(
        [
          [px, py, random.uniform(0.6, 3)],
          [px + 2 * random.normal(), py + random.uniform(6, 18), random.uniform(0.6, 3)],
          [px + 3 * random.normal(), py + random.uniform(14, 26), random.uniform(0.6, 2)],
        ],
        { mean: random.uniform(0, 0.08) },
        { within: cavity },
      );
    else
      canvas.line(
        [
          [-half, py, 0.5],
          [half, py + 3 * random.normal(), 0.5],
        ],
        { mean: random.uniform(0, 0.6) },
        { within: cavity },
      );
  }
}

/** Below the brain: muscles in fat, jaw or cheek bones, maxillary sinuses, teeth, airway, top of the spine. */
export function paintFace(canvas: Canvas, random: Random, inside: Star, a: number, b: number, bone: BoneQuality): void {
  canvas.paint(inside, { ...FAT, mean: random.uniform(-0.09, -0.02), medium: 0.03 }, { soft: 2 });
  for (let k = 26 + random.integer(22); k > 0; k--) {
    const [x, y] = [random.uniform(-0.85, 0.85) * a, random.uniform(-0.5, 0.9) * b];
    const muscle = ellipse(random, x, y, random.uniform(6, 16), random.uniform(12, 30), {
      wobble: 0.1,
      angle: random.uniform(-0.5, 0.5) + (x / a) * 0.9,
    });
    canvas.paint(core(muscle, -random.uniform(0.6, 1.5)), { mean: -0.08 }, { soft: 1.5, opacity: 0.7, within: inside });
    canvas.paint(muscle, { mean: random.uniform(0.04, 0.07), medium: 0.01, fine: 0.007 }, { within: inside });
  }
  const dense = Math.min(1.3, bone.cortex + 0.3);
  const upper = random.uniform() < 0.5;
  paintVertebra(canvas, random, 4 * random.normal(), random.uniform(0.08, 0.25) * b, random.uniform(0.55, 0.75), {
    ...bone,
    cortex: dense,
  });
  if (upper) {
    paintNasal(canvas, random, b, dense, random.uniform(0.4, 0.65));
    const eyes = random.uniform() < 0.4;
    if (eyes) paintOrbits(canvas, random, a, b, dense);
    for (const side of [-1, 1]) {
      const sinus = ellipse(random, side * random.uniform(0.36, 0.48) * a, -0.52 * b, random.uniform(9, 16), random.uniform(10, 18), {
        wobble: 0.14,
      });
      if (!eyes) {
        canvas.paint(core(sinus, -random.uniform(1, 2)), { mean: dense * 0.9 });
        canvas.paint(sinus, { mean: random.uniform(0, 0.04) });
        canvas.paint(random.uniform() < 0.5 ? sinus : core(sinus, random.uniform(1, 6)), AIR);
      }
      canvas.line(
        [
          [side * 0.5 * a, -0.72 * b, 2.5],
          [side * 0.78 * a, -0.45 * b, 2.5],
          [side * 0.86 * a, -0.1 * b, 2],
        ],
        { mean: dense, fine: 0.06 },
      );
      if (random.uniform() < 0.5) {
        const block = ellipse(
          random,
          side * random.uniform(0.35, 0.55) * a,
          random.uniform(-0.2, 0.3) * b,
          random.uniform(8, 22),
          random.uniform(8, 18),
          { wobble: 0.25 },
        );
        canvas.paint(block, { mean: dense * random.uniform(0.2, 0.9), medium: random.uniform(0.1, 0.4), fine: random.uniform(0.05, 0.4) });
      }
      canvas.bone(new Capsule(side * 0.62 * a, 0, random.uniform(3, 6), side * 0.6 * a, -0.15 * b, 3), 1.3, dense, bone.spongy);
      paintAirCells(canvas, random, inside, side * 0.7 * a, 0.25 * b, 10);
    }
  } else {
    // Jaw: an arch of bone, with teeth at times.
    const [width, front, back] = [random.uniform(0.5, 0.62) * a, -random.uniform(0.7, 0.82) * b, random.uniform(-0.15, 0.05) * b];
    const r = random.uniform(3.5, 6);
    const teeth = random.uniform() < 0.6;
    const arch = Array.from({ length: 15 }, (_, k): [number, number, number] => {
      const t = ((k - 7) / 7) * (Math.PI / 2);
      return [width * Math.sin(t) * (1 - 0.12 * Math.cos(t)), front + (back - front) * (1 - Math.cos(t)), r];
    });
    if (!teeth) canvas.bone(chain(arch), 1.8, dense, bone.spongy);
    else {
      canvas.bone(chain(arch.slice(0, 4)), 1.8, dense, bone.spongy);
      canvas.bone(chain(arch.slice(-4)), 1.8, dense, bone.spongy);
      for (const [x, y] of arch.slice(3, -3)) {
        if (random.uniform() < 0.1) continue;
        const tooth = ellipse(random, x * 0.97, y + 2, random.uniform(3, 5), random.uniform(3, 5), { wobble: 0.08 });
        canvas.paint(core(tooth, -1.5), { mean: 0.3 });
        canvas.paint(tooth, { mean: 1.3 });
        if (random.uniform() < 0.5) canvas.paint(core(tooth, 2.4), { mean: 0.4 });
      }
    }
    const tongue = ellipse(random, 0, (front + back) / 2 + 8, width * 0.7, (back - front) * 0.45, { wobble: 0.05 });
    canvas.paint(tongue, { mean: 0.05, medium: 0.02 }, { within: inside });
  }
  if (random.uniform() < 0.85)
    canvas.paint(
      ellipse(random, 3 * random.normal(), -random.uniform(0.1, 0.22) * b, random.uniform(5, 16), random.uniform(4, 11), { wobble: 0.15 }),
      AIR,
    );
  for (const side of [-1, 1])
    for (let k = random.integer(3); k > 0; k--) {
      const r = random.uniform(2, 6);
      canvas.paint(ellipse(random, side * random.uniform(0.25, 0.5) * a, random.uniform(-0.1, 0.25) * b, r, r), {
        mean: random.uniform(0.03, 0.3),
      });
    }
}
