import type { Random } from '../../tensor/random.js';
import type { Canvas } from './canvas.js';
import { Capsule, core, ellipse, minus, type Region, type Star } from './regions.js';

/** Half axes of the head (mm), whether the slice is low (cerebellum, brain stem), whether it is near the crown. */
export interface BrainOptions {
  a: number;
  b: number;
  low: boolean;
  crown: boolean;
}

/** Grey and white matter, furrows, ventricles, deep nuclei, falx, chalk, bleeds and infarcts inside the skull. */
export function paintBrain(canvas: Canvas, random: Random, inner: Star, options: BrainOptions): void {
  const { a, b, low, crown } = options;
  const csf = { mean: random.uniform(0, 0.014), fine: 0.004 };
  const enhanced = random.uniform() < 0.2;
  const grey = random.uniform(0.03, 0.042) + (enhanced ? 0.01 : 0);
  const white = grey - random.uniform(0.006, 0.013);
  const atrophy = random.uniform(0.3, 2.6);
  const brain = core(inner, atrophy);
  canvas.paint(brain, { mean: grey, medium: 0.003, fine: 0.003 });
  const pale = { mean: white, medium: 0.003, fine: 0.003 };
  const scale = Math.sqrt(a * b) / 85;
  for (const side of [-1, 1]) {
    const lobe = ellipse(random, side * 0.36 * a, 0, 0.3 * a, 0.62 * b, { wobble: 0.16 });
    canvas.paint(lobe, pale, { soft: 3, within: core(brain, 4) });
  }
  // Furrows: winding inwards from the surface, their banks grey.
  const furrows = 12 + random.integer(22);
  for (let k = 0; k < furrows; k++) {
    const theta = ((k + random.uniform(-0.4, 0.4)) * 2 * Math.PI) / furrows;
    const p = inner.at(theta, atrophy);
    let [x, y, heading] = [p.x, p.y, Math.atan2(inner.y - p.y, inner.x - p.x) + 0.3 * random.normal()];
    let r = atrophy * random.uniform(0.2, 0.8);
    for (let part = 0, n = 2 + random.integer(3); part < n; part++) {
      const [nx, ny] = [x + 5 * scale * Math.cos(heading), y + 5 * scale * Math.sin(heading)];
      canvas.paint(new Capsule(x, y, r + 3.5, nx, ny, r + 3), { mean: grey }, { soft: 2, within: brain });
      canvas.paint(new Capsule(x, y, r, nx, ny, r * 0.8), csf, { within: inner });
      [x, y, r] = [nx, ny, r * 0.8];
      heading += 0.5 * random.normal();
    }
  }
  const midline = 1.5 * random.normal();
  const gap = random.uniform(0.3, 1.2) * atrophy;
  const fissure = (y0: number, y1: number) =>
    canvas.line(
      [
        [midline, y0, gap],
        [midline * 0.5, (y0 + y1) / 2, gap * 0.7],
        [0, y1, gap * 0.5],
      ],
      csf,
      { within: inner },
    );
  fissure(-0.9 * b, crown ? 0 : -0.35 * b);
  fissure(0.9 * b, crown ? 0 : 0.4 * b);
  const falx = { mean: random.uniform(0.045, 0.07) };
  canvas.paint(new Capsule(midline, -b, 0.7, midline, -0.4 * b, 0.5), falx, { within: inner });
  canvas.paint(new Capsule(midline, b, 0.9, midline, 0.45 * b, 0.6), falx, { within: inner });
  if (low) paintLow(canvas, random, inner, a, b, csf.mean, grey);
  else if (!crown) paintVentricles(canvas, random, a, b, scale * random.uniform(0.6, 1.4), csf.mean, grey);
  paintDisease(canvas, random, brain, a, b, grey);
}

function paintVentricles(canvas: Canvas, random: Random, a: number, b: number, size: number, csf: number, grey: number): void {
  const water = { mean: csf, fine: 0.004 };
  const y0 = random.uniform(-0.1, 0.05) * b;
  for (const side of [-1, 1]) {
    for (const [dx, dy] of [
      [18, 8],
      [9, 2],
    ])
      canvas.paint(
        ellipse(random, side * (dx + 4) * size, y0 + dy * size, 5.5 * size, 13 * size, { wobble: 0.1, angle: side * 0.3 }),
        { mean: grey + 0.002 },
        { soft: 3 },
      );
    const near = random.uniform(3.5, 8) * size;
    const width = random.uniform(2.2, 5) * size;
    const forward: [number, number, number][] = [
      [side * near, y0 - 4 * size, width * 0.8],
      [side * (near + 4 * size), y0 - 15 * size, width],
      [side * (near + 9 * size), y0 - 23 * size, width * 0.5],
    ];
    canvas.line(forward, water, { soft: 1.5 });
    if (random.uniform() < 0.7) {
      const behind: [number, number, number][] = [
        [side * near, y0 - 2 * size, width * 0.6],
        [side * (near + 8 * size), y0 + 16 * size, width * 0.9],
        [side * (near + 15 * size), y0 + 29 * size, width * 1.2],
        [side * (near + 12 * size), y0 + 40 * size, width * 0.5],
      ];
      canvas.line(behind, water, { soft: 1.5 });
    }
    if (random.uniform() < 0.3)
      canvas.paint(ellipse(random, side * (near + 13 * size), y0 + 27 * size, random.uniform(1.2, 3.5), random.uniform(1.2, 5)), {
        mean: random.uniform(0.08, 0.5),
      });
    if (random.uniform() < 0.6)
      canvas.line(
        [
          [side * 0.5 * a, y0 - 4, 1.2],
          [side * 0.62 * a, y0 - 10, 1.6],
          [side * 0.8 * a, y0 - 4, 2],
        ],
        water,
        { soft: 2 },
      );
  }
  canvas.paint(ellipse(random, 0, y0 + 8 * size, random.uniform(1, 3) * size, 12 * size, { wobble: 0.08 }), water);
  if (random.uniform() < 0.5)
    canvas.paint(ellipse(random, 0, y0 + 24 * size, random.uniform(1, 2.6), random.uniform(1, 2.8)), { mean: random.uniform(0.08, 0.6) });
}

/** Brain stem, cisterns, cerebellum behind the tent, fourth ventricle. */
function paintLow(canvas: Canvas, random: Random, inner: Star, a: number, b: number, csf: number, grey: number): void {
  const y = random.uniform(0.02, 0.16) * b;
  const water = { mean: csf + 0.004, fine: 0.004 };
  canvas.paint(ellipse(random, 0, y, random.uniform(16, 24), random.uniform(14, 20), { wobble: 0.16 }), water, { soft: 2 });
  canvas.paint(
    ellipse(random, 0, y + 2, random.uniform(12, 17), random.uniform(10, 14), { wobble: 0.06 }),
    { mean: grey - 0.004 },
    { soft: 1.5 },
  );
  canvas.paint(ellipse(random, 0, 0.5 * b, 0.5 * a, 0.32 * b, { wobble: 0.05 }), { mean: grey, medium: 0.004 }, { soft: 3, within: inner });
  canvas.paint(ellipse(random, 0, y + 21, random.uniform(3, 9), random.uniform(2, 6), { wobble: 0.1 }), water);
  for (let k = 2 + random.integer(4); k > 0; k--) {
    canvas.paint(ellipse(random, random.uniform(-18, 18), y - random.uniform(14, 26), random.uniform(1, 3), random.uniform(1, 2.5)), {
      mean: random.uniform(0.05, 0.2),
    });
  }
}

function paintDisease(canvas: Canvas, random: Random, brain: Region, a: number, b: number, grey: number): void {
  const spot = () => [random.uniform(-0.65, 0.65) * a, random.uniform(-0.7, 0.7) * b] as const;
  for (let k = random.uniform() < 0.35 ? 1 + random.integer(2) : 0; k > 0; k--) {
    const [x, y] = spot();
    const r = random.uniform(3, 28);
    const edema = ellipse(random, x, y, r, r * random.uniform(0.5, 1.1), { wobble: 0.14, angle: random.uniform(0, 3) });
    canvas.paint(
      edema,
      { mean: random.uniform(0.01, grey - 0.008) },
      { soft: random.uniform(2, 8), opacity: random.uniform(0.5, 1), within: brain },
    );
    if (random.uniform() < 0.4)
      canvas.paint(
        core(edema, r * random.uniform(0.2, 0.5)),
        { mean: random.uniform(0.055, 0.08), medium: 0.004 },
        { soft: 2, within: brain },
      );
  }
  for (let k = random.uniform() < 0.4 ? 1 + random.integer(4) : 0; k > 0; k--) {
    const [x, y] = spot();
    canvas.paint(
      ellipse(random, x, y, random.uniform(0.6, 2.5), random.uniform(0.6, 2.5)),
      { mean: random.uniform(0.08, 0.7) },
      { within: brain },
    );
  }
  if (random.uniform() < 0.08) {
    // Blood between skull and brain on one side.
    const theta = random.uniform(0, 2 * Math.PI);
    const shifted = ellipse(random, -7 * Math.cos(theta), -7 * Math.sin(theta), 0.86 * a, 0.86 * b, { wobble: 0.01 });
    const rim = minus(brain, shifted);
    canvas.paint(rim, { mean: random.uniform(0.02, 0.075) }, { soft: 1.5 });
  }
}
