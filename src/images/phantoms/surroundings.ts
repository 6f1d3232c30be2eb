import type { Random } from '../../tensor/random.js';
import type { Canvas } from './canvas.js';
import { both, Capsule, core, ellipse, halfPlane, minus } from './regions.js';

/** Points of a parabola-like arc from -half to half, sagging by `sag` mm in the middle. */
function arc(x: number, y: number, half: number, sag: number, radius: number, parts = 14): [number, number, number][] {
  return Array.from({ length: parts + 1 }, (_, k) => {
    const t = (2 * k) / parts - 1;
    return [x + half * t, y + sag * (1 - t * t), radius];
  });
}

/** The patient's table below a body whose lowest point is at `y` mm: mattress, curved shell, sometimes an undercarriage. */
export function paintTable(canvas: Canvas, random: Random, y: number): void {
  const options = { frame: 'scanner' as const };
  const half = random.uniform(180, 270);
  const sag = random.uniform(5, 60);
  const x = 15 * random.normal();
  const top = y - sag;
  const gap = random.uniform(2, 22);
  if (random.uniform() < 0.7) {
    const foam = { mean: random.uniform(-0.985, -0.9), medium: 0.004, fine: 0.006 };
    const parts = arc(x, top + gap / 2, half * 0.95, sag, gap / 2 + 1);
    canvas.line(parts, foam, options);
    if (random.uniform() < 0.6)
      canvas.line(
        arc(x, top + random.uniform(0, 2), half * 0.97, sag, random.uniform(0.3, 0.9)),
        { mean: random.uniform(-0.9, -0.6) },
        options,
      );
  }
  const shell = { mean: random.uniform(-0.4, 0.2) };
  canvas.line(arc(x, top + gap + 2, half, sag, random.uniform(0.6, 2.2)), shell, options);
  if (random.uniform() < 0.7) {
    const depth = random.uniform(15, 60);
    const narrow = random.uniform(0.4, 0.95);
    const thin = random.uniform(0.7, 2);
    const low = top + gap + Math.max(depth, sag + 12);
    if (random.uniform() < 0.6)
      canvas.line(
        [
          [x - half, top + gap + 3, thin],
          [x - half * narrow, low, thin],
          [x + half * narrow, low, thin],
          [x + half, top + gap + 3, thin],
        ],
        shell,
        options,
      );
    else canvas.line(arc(x, low - sag * 1.2, half * 1.02, sag * 1.2, thin), shell, options);
  }
}

/** Gowns, blankets, cushions, leads: thin wavy lines and crumpled bits outside the body. */
export function paintCloth(canvas: Canvas, random: Random, x: number, y: number, length: number, angle: number): void {
  const tissue = { mean: random.uniform(-0.97, -0.6) };
  const radius = random.uniform(0.3, 1);
  const points: [number, number, number][] = [];
  const wave = random.uniform(0, 6);
  const bow = random.uniform(-0.4, 0.4) * length;
  for (let k = 0; k <= 16; k++) {
    const t = k / 16 - 0.5;
    const off = bow * (0.25 - t * t) + wave * Math.sin(k * random.uniform(0.6, 0.9));
    points.push([
      x + length * t * Math.cos(angle) - off * Math.sin(angle),
      y + length * t * Math.sin(angle) + off * Math.cos(angle),
      radius,
    ]);
  }
  canvas.line(points, tissue, { frame: 'scanner' });
}

/** A wire or drip line seen across or along: small and bright, outside the body. */
export function paintLead(canvas: Canvas, random: Random, x: number, y: number): void {
  const r = random.uniform(0.8, 2.5);
  const angle = random.uniform(0, Math.PI);
  const length = random.uniform() < 0.5 ? 0 : random.uniform(5, 25);
  const stroke = new Capsule(x, y, r, x + length * Math.cos(angle), y + length * Math.sin(angle), r);
  canvas.paint(stroke, { mean: random.uniform(-0.3, 0.8) }, { frame: 'scanner' });
  if (random.uniform() < 0.5) canvas.paint(core(stroke, r * 0.5), { mean: -0.9 }, { frame: 'scanner' });
}

/** The U-shaped holder of a head with its cushions; the head's half axes are a, b (mm). */
export function paintHeadHolder(canvas: Canvas, random: Random, a: number, b: number): void {
  const options = { frame: 'scanner' as const };
  const width = a + random.uniform(8, 30);
  const bottom = b + random.uniform(8, 25);
  const tall = random.uniform(0.4, 1.9) * b;
  const cup = ellipse(random, 0, bottom - tall, width, tall, { wobble: 0, power: random.uniform(2, 4) });
  const lower = both(cup, halfPlane(0, bottom - tall + random.uniform(-10, 25), Math.PI / 2));
  const foam = random.uniform(-0.99, -0.88);
  if (random.uniform() < 0.7) {
    canvas.paint(lower, { mean: foam, medium: 0.006, fine: 0.006 }, options);
    for (let k = random.integer(4); k > 0; k--)
      canvas.paint(minus(lower, core(cup, random.uniform(4, 14))), { mean: random.uniform(-0.98, -0.85) }, options);
  }
  const shell = random.uniform(1, 3.5);
  if (random.uniform() < 0.8) canvas.paint(minus(lower, core(cup, shell)), { mean: random.uniform(-0.8, 0.1) }, options);
}
