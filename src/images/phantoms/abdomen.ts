import type { Random } from '../../tensor/random.js';
import { paintBowel, paintGut } from './bowel.js';
import type { Canvas } from './canvas.js';
import { both, Capsule, chain, core, ellipse, minus, type Region } from './regions.js';
import { boneQuality, paintRibs, paintShaft, paintVertebra } from './skeleton.js';
import { FAT, paintBackMuscles, paintTrunk, paintWallMuscles, type Trunk } from './torso.js';
import { paintTree } from './vessels.js';

/** A slice through the abdomen, from the domes of the diaphragm to the hips; half axes a, b of the body in mm. */
export function paintAbdomen(canvas: Canvas, random: Random, a: number, b: number): void {
  const bone = boneQuality(random);
  const level = random.uniform(); // 0: under the diaphragm, 1: hips
  const contrast = random.uniform() < 0.75 ? random.uniform(0.4, 1) : 0;
  const trunk = paintTrunk(canvas, random, a, b, { fat: 3 + 26 * random.uniform() ** 1.7, wall: random.uniform(5, 15), bone, arms: 0.12 });
  const { cavity } = trunk;
  const scale = Math.sqrt(a * b) / 135;
  const spineY = b * random.uniform(0.36, 0.5);
  paintBackMuscles(canvas, random, 0, spineY + 28 * scale, scale, trunk.muscle);
  canvas.paint(cavity, { ...FAT, mean: random.uniform(-0.11, -0.07), medium: 0.015 }, { soft: 2 });
  const muscle = { mean: 0.055, medium: 0.012, fine: 0.008 };
  for (const side of [-1, 1]) {
    const size = (0.5 + level) * scale;
    canvas.paint(ellipse(random, side * random.uniform(34, 42) * scale, spineY + 4, 17 * size, 21 * size, { wobble: 0.06 }), muscle);
  }
  paintBackMuscles(canvas, random, 0, spineY + 32 * scale, scale, trunk.muscle);
  if (level > 0.8) paintHips(canvas, random, trunk, spineY, scale, level);
  paintVertebra(canvas, random, 0, spineY, scale, bone);
  const flow = () => 0.04 + contrast * random.uniform(0.05, 0.3);
  // Fine strands in the fat: mesentery.
  for (let k = 3 + random.integer(9); k > 0; k--) {
    const [x, y] = [random.uniform(-0.4, 0.4) * a, random.uniform(-0.4, 0.2) * b];
    paintTree(canvas, random, x, y, random.uniform(0, 2 * Math.PI), {
      radius: random.uniform(0.8, 2.4),
      length: random.uniform(12, 35),
      generations: 3,
      tissue: { mean: flow() },
      within: cavity,
      wander: 0.7,
      opacity: random.uniform(0.4, 1),
    });
  }
  paintGut(canvas, random, cavity, { count: level < 0.3 ? 2 + random.integer(7) : 8 + random.integer(22), a, b, contrast });
  if (level < 0.78)
    for (const side of [-1, 1])
      if (random.uniform() < (level < 0.2 ? 0.35 : 0.9))
        paintKidney(canvas, random, side * random.uniform(52, 78) * scale, spineY - random.uniform(-12, 14), scale, contrast);
  if (level < 0.4 && random.uniform() < 0.9) {
    const stomach = both(
      ellipse(random, 0.35 * a, -0.3 * b, random.uniform(25, 60) * scale, random.uniform(20, 42) * scale, {
        wobble: 0.09,
        angle: random.uniform(-0.6, 0.6),
      }),
      core(cavity, 2),
    );
    paintBowel(canvas, random, stomach, { wall: random.uniform(2, 6), middle: [0.35 * a, -0.3 * b], spread: 30, contrast });
  }
  if (level < 0.7) paintLiver(canvas, random, cavity, a, b, level, contrast);
  if (level < 0.5 && random.uniform() < 0.85) {
    const spleen = minus(
      both(
        ellipse(random, -0.02 * a + 0.66 * a, 0.25 * b, random.uniform(28, 48) * scale, random.uniform(30, 62) * scale, {
          wobble: 0.06,
          angle: 0.2,
        }),
        core(cavity, 1.5),
      ),
      ellipse(random, 0.42 * a, 0.02 * b, 34 * scale, 30 * scale),
    );
    canvas.paint(spleen, { mean: 0.045 + 0.09 * contrast * random.uniform(0.6, 1.2), coarse: 0.004, medium: 0.006, fine: 0.006 });
  }
  if (level > 0.15 && level < 0.6 && random.uniform() < 0.7) {
    // Pancreas: a lobulated band in front of the great vessels.
    let [x, y] = [-0.15 * a, -0.05 * b];
    for (let k = 0; k < 7; k++) {
      canvas.paint(ellipse(random, x, y, random.uniform(7, 12) * scale, random.uniform(6, 10) * scale, { wobble: 0.12 }), {
        mean: 0.04 + 0.05 * contrast,
        medium: 0.018,
      });
      x += 12 * scale;
      y += random.uniform(-4, 3) * scale;
    }
  }
  const aorta = random.uniform(8, 13) * scale;
  const [ax, ay] = [random.uniform(0, 14) * scale, spineY - random.uniform(24, 30) * scale];
  const blood = flow();
  const split = level > 0.7 ? [-1, 1] : [0];
  for (const s of split) {
    const vessel = ellipse(random, ax + s * 16 * scale, ay, aorta * (s ? 0.65 : 1), aorta * (s ? 0.65 : 1), { wobble: 0.03 });
    canvas.paint(vessel, { mean: blood, fine: 0.006 });
    for (let k = random.uniform() < 0.35 ? 1 + random.integer(3) : 0; k > 0; k--) {
      const theta = random.uniform(0, 2 * Math.PI);
      const [p, q] = [vessel.at(theta, 1), vessel.at(theta + random.uniform(0.1, 0.7), 1)];
      canvas.paint(new Capsule(p.x, p.y, 0.9, q.x, q.y, 0.9), { mean: random.uniform(0.3, 0.9) });
    }
    canvas.paint(
      ellipse(
        random,
        ax - 26 * scale + s * 14 * scale,
        ay + 4 * scale,
        aorta * random.uniform(0.8, 1.3) * (s ? 0.7 : 1),
        aorta * random.uniform(0.6, 1) * (s ? 0.7 : 1),
        { wobble: 0.06 },
      ),
      { mean: 0.04 + 0.7 * (blood - 0.04) * random.uniform(0.3, 1.1), fine: 0.006 },
    );
  }
  for (let k = 2 + random.integer(7); k > 0; k--) {
    const r = random.uniform(2, 6) * scale;
    canvas.paint(ellipse(random, random.uniform(-0.3, 0.3) * a, random.uniform(-0.2, 0.25) * b, r, r * random.uniform(0.6, 1.2)), {
      mean: random.uniform() < 0.5 ? flow() : 0.04,
    });
  }
  if (level < 0.3 && random.uniform() < 0.8) paintLungBases(canvas, random, trunk.cavity, a, b, scale);
  if (level < 0.7) paintRibs(canvas, random, cavity, bone, { count: 8 + random.integer(9), inside: -random.uniform(2, 6) });
}

function paintLiver(canvas: Canvas, random: Random, cavity: Region, a: number, b: number, level: number, contrast: number): void {
  const size = random.uniform(1.05, 1.45) * (1.15 - 0.9 * level);
  const lobe = ellipse(random, -0.42 * a, -0.12 * b, 0.58 * a * size, 0.72 * b * Math.sqrt(size), {
    wobble: 0.08,
    angle: random.uniform(-0.5, 0.1),
  });
  const hollow = ellipse(random, 0.05 * a, 0.32 * b, 0.42 * a, 0.42 * b, { wobble: 0.05 });
  const liver = minus(both(lobe, core(cavity, random.uniform(0.5, 2))), hollow);
  const mean = random.uniform() < 0.15 ? random.uniform(-0.02, 0.04) : 0.055 + 0.07 * contrast * random.uniform(0.5, 1.2);
  canvas.paint(liver, { mean, coarse: 0.004, medium: 0.006, fine: 0.006 });
  const within = core(liver, 3);
  const vein = { mean: mean + (contrast ? random.uniform(0.01, 0.07) : random.uniform(-0.03, 0.01)) };
  for (let k = 2 + random.integer(4); k > 0; k--) {
    paintTree(canvas, random, random.uniform(-0.4, 0) * a, random.uniform(-0.3, 0.2) * b, random.uniform(2, 5), {
      radius: random.uniform(2, 5),
      length: random.uniform(20, 40),
      generations: 3,
      tissue: vein,
      soft: 3,
      within,
      wander: 1,
    });
  }
  for (let k = random.uniform() < 0.55 ? 1 + random.integer(6) : 0; k > 0; k--) {
    const r = random.uniform(2, 22) * random.uniform(0.3, 1);
    const lesion = ellipse(random, random.uniform(-0.8, 0) * a, random.uniform(-0.6, 0.4) * b, r, r * random.uniform(0.7, 1.1), {
      wobble: 0.08,
    });
    const value = random.uniform() < 0.3 ? 0.005 : mean + random.uniform(-0.06, 0.05);
    canvas.paint(lesion, { mean: value, medium: 0.006 }, { soft: random.uniform(1, 6), within: liver });
    if (random.uniform() < 0.3) canvas.paint(core(lesion, r * 0.3), { mean: value - 0.02 }, { soft: 4, within: liver });
  }
  if (level > 0.2 && random.uniform() < 0.6) {
    const [x, y] = [random.uniform(-0.35, -0.15) * a, random.uniform(-0.45, 0) * b];
    const gall = ellipse(random, x, y, random.uniform(9, 17), random.uniform(13, 26), { wobble: 0.05, angle: random.uniform(-0.6, 0.6) });
    canvas.paint(gall, { mean: mean + 0.01 });
    canvas.paint(core(gall, 1.5), { mean: random.uniform(0, 0.02), fine: 0.005 });
    if (random.uniform() < 0.2)
      canvas.paint(ellipse(random, x, y + 8, random.uniform(2, 6), random.uniform(2, 5)), { mean: random.uniform(0.1, 0.8) });
  }
}

function paintKidney(canvas: Canvas, random: Random, x: number, y: number, scale: number, contrast: number): void {
  const side = Math.sign(x);
  const [ka, kb] = [random.uniform(20, 30) * scale, random.uniform(25, 38) * scale];
  const outline = ellipse(random, x, y, ka, kb, { wobble: 0.05, angle: side * random.uniform(-0.6, -0.1) });
  const sinus = ellipse(
    random,
    x - side * ka * random.uniform(0.5, 0.9),
    y,
    ka * random.uniform(0.3, 0.8),
    kb * random.uniform(0.15, 0.4),
    { wobble: 0.15, angle: side * random.uniform(-0.4, 0.2) },
  );
  const kidney = minus(outline, sinus);
  const cortex = 0.035 + contrast * random.uniform(0.08, 0.2);
  canvas.paint(core(outline, -random.uniform(2, 8)), { mean: -0.1, medium: 0.01 }, { soft: 6 });
  canvas.paint(kidney, { mean: cortex, medium: 0.008, fine: 0.008 });
  if (contrast) {
    const late = random.uniform(0.3, 1.1) * cortex;
    for (let k = 0, n = 5 + random.integer(5); k < n; k++) {
      const theta = random.uniform(0, 2 * Math.PI);
      const p = outline.at(theta, random.uniform(7, 11) * scale);
      const r = random.uniform(3, 6.5) * scale;
      canvas.paint(ellipse(random, p.x, p.y, r, r, { wobble: 0.15 }), { mean: late }, { soft: 2.5, within: core(kidney, 3 * scale) });
    }
    if (random.uniform() < 0.3) canvas.paint(core(sinus, 2.5), { mean: random.uniform(0.1, 0.6) }, { soft: 2 });
  }
  if (random.uniform() < 0.25) {
    const r = random.uniform(4, 20);
    const p = outline.at(random.uniform(0, 2 * Math.PI), 0);
    canvas.paint(ellipse(random, p.x, p.y, r, r, { wobble: 0.02 }), { mean: random.uniform(0, 0.02), fine: 0.005 });
  }
  if (random.uniform() < 0.08)
    canvas.paint(ellipse(random, x, y, random.uniform(1.5, 4), random.uniform(1.5, 4)), { mean: random.uniform(0.3, 1) });
}

function paintLungBases(canvas: Canvas, random: Random, cavity: Region, a: number, b: number, scale: number): void {
  for (const side of [-1, 1]) {
    if (random.uniform() < 0.2) continue;
    const dome = ellipse(
      random,
      side * random.uniform(0.05, 0.25) * a,
      -random.uniform(0.05, 0.35) * b,
      random.uniform(0.6, 0.72) * a,
      random.uniform(0.7, 0.95) * b,
      { wobble: 0.05 },
    );
    const middle = ellipse(random, 0, 0.5 * b, 40 * scale, 50 * scale, { wobble: 0.03 });
    const half = ellipse(random, side * a * 0.75, 0.2 * b, 0.72 * a, 1.2 * b, { wobble: 0, power: 3 });
    const lung = both(minus(minus(core(cavity, 1), dome), middle), half);
    canvas.paint(lung, { mean: random.uniform(-0.88, -0.7), coarse: 0.02, medium: 0.02, fine: 0.015 }, { soft: random.uniform(1, 9) });
    for (let k = 20; k > 0; k--) {
      const r = random.uniform(0.5, 2.2);
      canvas.paint(
        ellipse(random, side * random.uniform(0.3, 0.9) * a, random.uniform(-0.5, 0.8) * b, r, r * random.uniform(0.6, 1.6)),
        { mean: random.uniform(-0.2, 0.05) },
        { within: core(lung, 3) },
      );
    }
  }
}

function paintHips(canvas: Canvas, random: Random, trunk: Trunk, spineY: number, scale: number, level: number): void {
  const { a, b } = trunk;
  const within = core(trunk.skin, random.uniform(4, 12));
  paintWallMuscles(canvas, random, trunk, 3 + random.integer(5));
  const quality = boneQuality(random);
  for (const side of [-1, 1]) {
    canvas.paint(
      ellipse(random, side * 0.55 * a, spineY + 0.2 * b, 0.3 * a, 0.3 * b, { wobble: 0.06 }),
      { mean: 0.055, medium: 0.016, fine: 0.01 },
      { within },
    );
    if (level < 0.93) {
      let [x, y] = [side * random.uniform(0.25, 0.35) * a, spineY + random.uniform(0.15, 0.3) * b];
      let heading = side > 0 ? random.uniform(-0.9, -0.4) : Math.PI + random.uniform(0.4, 0.9);
      let r = random.uniform(4, 9) * scale;
      const wing: [number, number, number][] = [];
      for (let k = 0, n = 4 + random.integer(3); k < n; k++) {
        wing.push([x, y, r]);
        [x, y, r] = [x + 20 * scale * Math.cos(heading), y + 20 * scale * Math.sin(heading), Math.max(2.5, r * random.uniform(0.7, 1.25))];
        heading += side * random.uniform(-0.3, 0.08);
      }
      canvas.bone(chain(wing), quality.shell, quality.cortex, quality.spongy, within);
    } else {
      paintShaft(canvas, random, side * 0.5 * a, spineY * 0.4, random.uniform(19, 26) * scale, { ...quality, shell: 1 });
      canvas.bone(
        new Capsule(side * 0.32 * a, spineY * 0.2, 5 * scale, side * 0.34 * a, spineY * 0.8, 7 * scale),
        quality.shell,
        quality.cortex,
        quality.spongy,
      );
    }
  }
}
