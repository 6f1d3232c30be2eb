import type { Random } from '../../tensor/random.js';
import type { Canvas } from './canvas.js';
import { both, Capsule, chain, core, either, ellipse, halfPlane, minus, type Region } from './regions.js';
import { type BoneQuality, boneQuality, paintRibs, paintVertebra } from './skeleton.js';
import { FAT, MUSCLE, paintBackMuscles, paintTrunk, paintWallMuscles, type Trunk } from './torso.js';
import { paintTree } from './vessels.js';

/** A slice through the chest, from the shoulders to the domes of the diaphragm; half axes a, b of the body in mm. */
export function paintChest(canvas: Canvas, random: Random, a: number, b: number): void {
  const bone = boneQuality(random);
  const level = random.uniform(); // 0: apex, 1: diaphragm
  const contrast = random.uniform() < 0.7 ? random.uniform(0.4, 1) : 0;
  const breasts = random.uniform() < 0.35;
  const trunk = paintTrunk(canvas, random, a, b, { fat: random.uniform(3, 20), wall: random.uniform(8, 20), bone, arms: 0.3 });
  const { cavity } = trunk;
  const scale = Math.sqrt(a * b) / 135;
  const spineY = b * random.uniform(0.42, 0.56);
  if (breasts) paintBreasts(canvas, random, a, b, trunk.muscle);
  paintBackMuscles(canvas, random, 0, spineY + 28 * scale, scale * 0.8, trunk.muscle);
  paintWallMuscles(canvas, random, trunk, random.integer(9));
  const heartX = random.uniform(0.05, 0.25) * a;
  const heart = ellipse(random, heartX, -0.22 * b, random.uniform(48, 68) * scale, random.uniform(38, 54) * scale, {
    wobble: 0.05,
    angle: random.uniform(0.2, 0.8),
  });
  const column = ellipse(random, 0, 0.1 * b, random.uniform(12, 32) * scale, 0.95 * b, { wobble: 0.12, power: 2.2 });
  const spine = ellipse(random, 0, spineY + 0.15 * b, 38 * scale, 0.36 * b, { wobble: 0.04 });
  const middle = either(column, spine);
  const wide = level > 0.4 ? either(middle, core(heart, -random.uniform(1, 6))) : middle;
  const lungs: Region[] = [];
  const air = random.uniform(-0.9, -0.72);
  const apex = level < 0.15 ? random.uniform(0.5, 0.8) : 1;
  for (const side of [-1, 1]) {
    const lobe = ellipse(random, side * 0.42 * a, 0.02 * b, 0.5 * a * apex, 0.95 * b * apex, { wobble: 0.04, power: 2.6 });
    const lung = minus(both(core(cavity, random.uniform(0, 3)), lobe), wide);
    lungs.push(lung);
    canvas.paint(lung, { mean: air, coarse: 0.025, medium: 0.02, fine: random.uniform(0.01, 0.03) });
    paintLung(canvas, random, lung, side, a, b, contrast, air);
  }
  canvas.paint(middle, { ...FAT, mean: random.uniform(-0.1, -0.04), medium: 0.02 }, { soft: 2, within: cavity });
  const blood = () => 0.04 + contrast * random.uniform(0.06, 0.32);
  if (level > 0.4) paintHeart(canvas, random, heart, contrast);
  else paintGreatVessels(canvas, random, a, b, scale, blood);
  if (level > 0.75 && random.uniform() < 0.7) {
    const dome = both(
      ellipse(random, -0.42 * a, -0.1 * b, random.uniform(0.15, 0.42) * a, random.uniform(0.2, 0.62) * b, { wobble: 0.06 }),
      cavity,
    );
    canvas.paint(dome, { mean: 0.06 + 0.06 * contrast, medium: 0.007, fine: 0.006 }, { soft: random.uniform(2, 14) });
  }
  const aorta = random.uniform(9, 14) * scale;
  canvas.paint(ellipse(random, random.uniform(14, 28) * scale, spineY - random.uniform(16, 26) * scale, aorta, aorta, { wobble: 0.03 }), {
    mean: blood(),
    fine: 0.006,
  });
  canvas.paint(ellipse(random, random.uniform(-4, 10) * scale, spineY - 28 * scale, 8 * scale, 6 * scale, { wobble: 0.1 }), { mean: 0.04 });
  if (random.uniform() < 0.4) canvas.paint(ellipse(random, random.uniform(-4, 10) * scale, spineY - 28 * scale, 3, 2), { mean: -0.8 });
  paintVertebra(canvas, random, 0, spineY, scale * 0.8, bone);
  paintRibs(canvas, random, cavity, bone, { count: 10 + random.integer(10), inside: -random.uniform(2, 6) });
  if (level < 0.75) paintScapulae(canvas, random, trunk, scale, bone);
  if (random.uniform() < 0.75) {
    const front = cavity.at(-Math.PI / 2, -random.uniform(4, 10));
    canvas.bone(
      ellipse(random, front.x, front.y, random.uniform(14, 24) * scale, random.uniform(5, 8), { wobble: 0.06, power: 3 }),
      bone.shell,
      bone.cortex * 0.8,
      bone.spongy,
    );
  }
}

function paintLung(canvas: Canvas, random: Random, lung: Region, side: number, a: number, b: number, contrast: number, air: number): void {
  const inner = core(lung, 2);
  const within = inner;
  // Blood pools at the back: the lung is a little denser there.
  if (random.uniform() < 0.6)
    canvas.paint(
      lung,
      { mean: air + random.uniform(0.05, 0.25), medium: 0.02, fine: 0.02 },
      { soft: 0.5 * b, opacity: 0.8, within: halfPlane(0, 0.5 * b, Math.PI / 2) },
    );
  const [hx, hy] = [side * random.uniform(0.16, 0.26) * a, random.uniform(-0.1, 0.15) * b];
  const tissue = { mean: 0.03 + contrast * random.uniform(0, 0.25) };
  for (let k = 0, n = 5 + random.integer(5); k < n; k++) {
    const heading = (side > 0 ? 0 : Math.PI) + (k / n - 0.45) * 3.6;
    paintTree(canvas, random, hx, hy, heading, {
      radius: random.uniform(1.2, 3.6),
      length: random.uniform(16, 30),
      generations: 4,
      spread: 0.5,
      tissue,
      within,
      wander: 1.6,
    });
  }
  for (let k = random.integer(4); k > 0; k--) {
    const [x, y, r] = [hx + side * random.uniform(0, 35), hy + random.uniform(-30, 30), random.uniform(2, 6)];
    const ring = ellipse(random, x, y, r, r * random.uniform(0.7, 1.3));
    canvas.paint(core(ring, -1.2), { mean: -0.1 }, { within: inner });
    canvas.paint(ring, { mean: -0.97 }, { within: inner });
  }
  for (let k = 30 + random.integer(60); k > 0; k--) {
    const r = 0.4 + 2.2 * random.uniform() ** 4;
    const [x, y] = [side * random.uniform(0.15, 0.85) * a, random.uniform(-0.8, 0.8) * b];
    canvas.paint(
      ellipse(random, x, y, r, r * random.uniform(0.6, 1.8), { wobble: 0, angle: random.uniform(0, 3) }),
      { mean: tissue.mean },
      { opacity: random.uniform(0.5, 1), within: inner },
    );
  }
  if (random.uniform() < 0.5)
    canvas.line(
      [
        [hx, hy, 0.4],
        [hx + side * 0.25 * a, hy + random.uniform(-20, 50), 0.4],
        [side * 0.9 * a, hy + random.uniform(-30, 90), 0.4],
      ],
      { mean: air + random.uniform(0.15, 0.4) },
      { within },
    );
  for (let k = random.uniform() < 0.4 ? 1 + random.integer(4) : 0; k > 0; k--) {
    const r = random.uniform(1.5, 16) * random.uniform(0.3, 1);
    const nodule = ellipse(random, side * random.uniform(0.25, 0.8) * a, random.uniform(-0.6, 0.6) * b, r, r * random.uniform(0.7, 1.2), {
      wobble: 0.12,
    });
    canvas.paint(nodule, { mean: random.uniform(-0.5, 0.08), medium: 0.02 }, { soft: random.uniform(0.5, 3), within: lung });
  }
  for (let k = random.uniform() < 0.25 ? 1 + random.integer(6) : 0; k > 0; k--) {
    const r = random.uniform(4, 20);
    const emphysema = random.uniform() < 0.6;
    const patch = ellipse(random, side * random.uniform(0.3, 0.8) * a, random.uniform(-0.6, 0.6) * b, r, r * random.uniform(0.6, 1.2), {
      wobble: 0.15,
    });
    canvas.paint(
      patch,
      { mean: emphysema ? -0.95 : random.uniform(-0.5, 0), medium: 0.03, fine: 0.03 },
      { soft: random.uniform(2, 12), opacity: random.uniform(0.4, 1), within: lung },
    );
  }
  if (random.uniform() < 0.12)
    canvas.paint(
      lung,
      { mean: random.uniform(0, 0.03), fine: 0.006 },
      { soft: 3, within: halfPlane(0, random.uniform(0.25, 0.6) * b, Math.PI / 2) },
    );
}

function paintHeart(canvas: Canvas, random: Random, heart: Region & { x: number; y: number }, contrast: number): void {
  canvas.paint(core(heart, -1), { mean: 0.03 });
  canvas.paint(heart, { mean: -0.09, medium: 0.01 });
  const muscle = 0.045 + 0.07 * contrast;
  const outer = core(heart, random.uniform(2, 7));
  canvas.paint(outer, { mean: muscle, medium: 0.008, fine: 0.006 }, { soft: 2 });
  const size = (heart.box[2] - heart.box[0]) / 2;
  for (let k = 0; k < 4; k++) {
    const angle = 0.6 + (k * Math.PI) / 2 + 0.3 * random.normal();
    const r = size * random.uniform(0.24, 0.4);
    const chamber = ellipse(
      random,
      heart.x + 0.45 * size * Math.cos(angle),
      heart.y + 0.4 * size * Math.sin(angle),
      r * random.uniform(1, 1.4),
      r,
      { wobble: 0.08, angle },
    );
    const value = contrast ? muscle + contrast * random.uniform(-0.02, 0.22) : muscle - random.uniform(0, 0.012);
    canvas.paint(chamber, { mean: value, fine: 0.006 }, { soft: 3, within: core(outer, random.uniform(1, 9)) });
  }
  for (let k = random.uniform() < 0.3 ? 1 + random.integer(3) : 0; k > 0; k--) {
    const theta = random.uniform(0, 2 * Math.PI);
    const [x, y] = [heart.x + 0.6 * size * Math.cos(theta), heart.y + 0.5 * size * Math.sin(theta)];
    canvas.line(
      [
        [x, y, 1],
        [x + random.uniform(-6, 6), y + random.uniform(-6, 6), 1],
      ],
      { mean: random.uniform(0.2, 0.9) },
    );
  }
}

function paintGreatVessels(canvas: Canvas, random: Random, a: number, b: number, scale: number, blood: () => number): void {
  const vessels = 3 + random.integer(4);
  for (let k = 0; k < vessels; k++) {
    const r = random.uniform(6, 16) * scale;
    const [x, y] = [random.uniform(-0.2, 0.25) * a, random.uniform(-0.5, -0.05) * b];
    canvas.paint(ellipse(random, x, y, r * random.uniform(1, 2.2), r, { wobble: 0.05, angle: random.uniform(0, 3) }), {
      mean: blood(),
      fine: 0.006,
    });
  }
  const [x, y, r] = [random.uniform(-8, 8), random.uniform(-0.05, 0.12) * b, random.uniform(7, 10) * scale];
  const split = random.uniform() < 0.4 ? [-18 * scale, 18 * scale] : [0];
  for (const dx of split) {
    const airway = ellipse(random, x + dx, y, r, r * random.uniform(0.8, 1.2), { wobble: 0.05 });
    canvas.paint(core(airway, -1.8), { mean: 0.04 });
    canvas.paint(airway, { mean: -0.985 });
  }
}

function paintBreasts(canvas: Canvas, random: Random, a: number, b: number, muscle: Region): void {
  const size = random.uniform(0.25, 0.42);
  for (const side of [-1, 1]) {
    const breast = ellipse(
      random,
      side * random.uniform(0.42, 0.55) * a,
      -random.uniform(0.75, 0.95) * b,
      size * a,
      size * a * random.uniform(0.5, 0.9),
      { wobble: 0.05, angle: side * 0.3 },
    );
    const outside = minus(breast, muscle);
    canvas.paint(outside, { mean: 0 });
    canvas.paint(core(outside, 1.5), FAT);
    const gland = minus(core(breast, random.uniform(10, 25)), core(muscle, -5));
    canvas.paint(gland, { mean: random.uniform(-0.06, 0.02), medium: 0.04, fine: 0.01 }, { soft: 6, opacity: random.uniform(0.2, 1) });
  }
}

function paintScapulae(canvas: Canvas, random: Random, trunk: Trunk, scale: number, bone: BoneQuality): void {
  const { a, b } = trunk;
  for (const side of [-1, 1]) {
    let [x, y] = [side * random.uniform(0.5, 0.6) * a, random.uniform(0.62, 0.78) * b];
    let heading = side > 0 ? random.uniform(-0.9, -0.5) : Math.PI + random.uniform(0.5, 0.9);
    canvas.paint(
      ellipse(random, x + side * 15, y - 14, 45 * scale, 20 * scale, { wobble: 0.06, angle: side * -0.7 }),
      { ...MUSCLE, medium: 0.02 },
      { within: core(trunk.skin, 4) },
    );
    const r = random.uniform(1.8, 3.2);
    const blade: [number, number, number][] = [];
    for (let k = 0; k < 5; k++) {
      blade.push([x, y, r * (k === 4 ? 2.5 : random.uniform(0.7, 1.2))]);
      [x, y] = [x + 16 * scale * Math.cos(heading), y + 16 * scale * Math.sin(heading)];
      heading += side * random.uniform(-0.25, 0.25);
    }
    const within = core(trunk.skin, 6);
    canvas.bone(chain(blade), Math.min(bone.shell, r * 0.5), bone.cortex, bone.spongy, within);
    if (random.uniform() < 0.4)
      canvas.bone(
        new Capsule(blade[2][0], blade[2][1], 3, blade[2][0] + side * 9, blade[2][1] + 16, 2),
        1,
        bone.cortex,
        bone.spongy,
        within,
      );
  }
}
