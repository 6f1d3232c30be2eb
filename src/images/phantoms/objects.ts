import type { Random } from '../../tensor/random.js';
import type { Canvas, Tissue } from './canvas.js';
import { both, Capsule, core, ellipse, halfPlane, minus, type Region } from './regions.js';

/** A lone thing on a turntable: a tooth, a core of rock, a casting, or random nested ellipses; half axes a, b in mm. */
export function paintObject(canvas: Canvas, random: Random, a: number, b: number): void {
  const kind = random.integer(3);
  if (kind === 0) paintTooth(canvas, random, a, b);
  else if (kind === 1) paintNested(canvas, random, a, b);
  else paintBlock(canvas, random, a, b);
}

function grain(random: Random, mean: number): Tissue {
  return { mean, coarse: random.uniform(0, 0.02), medium: random.uniform(0, 0.03), fine: random.uniform(0, 0.03) };
}

function paintTooth(canvas: Canvas, random: Random, a: number, b: number): void {
  const outline = ellipse(random, 0, 0, a, b * random.uniform(0.6, 1), {
    wobble: 0.1,
    power: random.uniform(2, 3),
    angle: random.uniform(0, 3),
  });
  const dentin = random.uniform(0.1, 0.7);
  const [lobes, phase] = [1 + random.integer(3), random.uniform(0, 2 * Math.PI)];
  const enamel = outline.inset((theta) => a * 0.12 * Math.max(0.02, 1 + Math.sin(theta * lobes + phase)));
  canvas.paint(outline, grain(random, Math.min(1, dentin + random.uniform(0.1, 0.5))));
  canvas.paint(enamel, grain(random, dentin));
  for (let k = 1 + random.integer(3); k > 0; k--) {
    const canal = ellipse(
      random,
      random.uniform(-0.4, 0.4) * a,
      random.uniform(-0.3, 0.3) * b,
      random.uniform(0.04, 0.25) * a,
      random.uniform(0.03, 0.12) * a,
      { wobble: 0.2, angle: random.uniform(0, 3) },
    );
    canvas.paint(canal, { mean: random.uniform() < 0.5 ? random.uniform(-1, -0.9) : random.uniform(-0.5, 0.1) });
  }
  paintCracks(canvas, random, outline, a, b);
}

/** Random nested ellipses in the manner of Shepp and Logan. */
function paintNested(canvas: Canvas, random: Random, a: number, b: number): void {
  const outline = ellipse(random, 0, 0, a, b, { wobble: random.uniform() < 0.5 ? 0 : 0.04 });
  canvas.paint(outline, { mean: random.uniform(0.2, 1) });
  const inner = core(outline, random.uniform(0.03, 0.15) * a);
  canvas.paint(inner, grain(random, random.uniform(-0.3, 0.3)));
  for (let k = 4 + random.integer(12); k > 0; k--) {
    const shape = ellipse(
      random,
      random.uniform(-0.7, 0.7) * a,
      random.uniform(-0.7, 0.7) * b,
      random.uniform(0.02, 0.4) * a,
      random.uniform(0.02, 0.4) * b,
      { wobble: 0, angle: random.uniform(0, 3) },
    );
    canvas.paint(
      shape,
      { mean: random.uniform() < 0.7 ? random.uniform(-0.15, 0.3) : random.uniform(-1, 1) },
      { opacity: random.uniform(0.4, 1), within: inner },
    );
  }
}

/** A cylinder or block of layers, grains and pores. */
function paintBlock(canvas: Canvas, random: Random, a: number, b: number): void {
  const outline = ellipse(random, 0, 0, a, b, {
    wobble: 0.03,
    power: random.uniform() < 0.5 ? 2 : random.uniform(4, 12),
    angle: random.uniform(0, 3),
  });
  const mean = random.uniform(-0.5, 0.6);
  canvas.paint(outline, grain(random, mean));
  if (random.uniform() < 0.5)
    canvas.paint(minus(outline, core(outline, random.uniform(0.02, 0.12) * a)), { mean: random.uniform(-0.7, 1) });
  const tilt = random.uniform(0, Math.PI);
  for (let k = random.integer(7); k > 0; k--) {
    const at = random.uniform(-0.9, 0.9) * b;
    const layer = both(
      halfPlane(-at * Math.sin(tilt), at * Math.cos(tilt), tilt),
      halfPlane(-at * Math.sin(tilt) + 0.2 * a * Math.cos(tilt), at * Math.cos(tilt) + 0.2 * a * Math.sin(tilt), tilt + Math.PI),
    );
    canvas.paint(core(outline, 0.05 * a), grain(random, mean + 0.2 * random.normal()), { opacity: random.uniform(0.3, 1), within: layer });
  }
  const pores = random.uniform() < 0.5;
  for (let k = 5 + random.integer(40); k > 0; k--) {
    const r = random.uniform(0.01, 0.12) * a * random.uniform();
    const shape = ellipse(random, random.uniform(-0.9, 0.9) * a, random.uniform(-0.9, 0.9) * b, r, r * random.uniform(0.5, 1.5), {
      wobble: 0.1,
      angle: random.uniform(0, 3),
    });
    canvas.paint(shape, { mean: pores ? -0.98 : mean + 0.3 * random.normal() }, { within: core(outline, 0.02 * a) });
  }
  if (random.uniform() < 0.5) paintCracks(canvas, random, outline, a, b);
}

function paintCracks(canvas: Canvas, random: Random, outline: Region, a: number, b: number): void {
  for (let k = random.integer(4); k > 0; k--) {
    let [x, y] = [random.uniform(-0.8, 0.8) * a, random.uniform(-0.8, 0.8) * b];
    let heading = random.uniform(0, 2 * Math.PI);
    for (let part = 0, r = random.uniform(0.003, 0.015) * a; part < 6; part++) {
      const [nx, ny] = [x + 0.15 * a * Math.cos(heading), y + 0.15 * a * Math.sin(heading)];
      canvas.paint(new Capsule(x, y, r, nx, ny, r * 0.8), { mean: random.uniform(-1, -0.6) }, { within: outline });
      [x, y, r] = [nx, ny, r * 0.8];
      heading += 0.5 * random.normal();
    }
  }
}
