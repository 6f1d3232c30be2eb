import { expect, test } from 'vitest';
import { denseToMap } from '../graph/index.js';
import { sparseOperator } from '../operators/sparse-operator.js';
import { gaussianMixturePixelPrior, gaussianPrior } from '../priors/analytic.js';
import { createEvaluateRuntime } from '../runtime/testing/evaluate-runtime.js';
import type { Random } from '../tensor/random.js';
import { full, tensor } from '../tensor/tensor.js';
import {
  type Counts,
  daps,
  ddrm,
  dds,
  diffPir,
  dmps,
  dps,
  finish,
  latentDaps,
  latentDps,
  mcg,
  type Reconstruction,
  resample,
  resampleAsPublished,
  resamplePixel,
} from './index.js';

/* One number, a Gaussian prior and y = 2 x: every method written out in plain arithmetic, all of its steps, with noise that is always the same. */
const [centre, variance, gain, y, sigma] = [0.4, 0.6, 2, 1.7, 0.1];
const [first, noise] = [0.8, 0.3];
const random = { normal: () => noise, normals: (shape: number[]) => full(first, shape) } as unknown as Random;
const runtime = createEvaluateRuntime();
const context = { runtime, random };
const operator = sparseOperator('doubled', denseToMap(tensor([1, 1], [gain])), { inputShape: [1, 1, 1], outputShape: [1] });
const spectral = { singularValues: tensor([1, 1, 1], [gain]), coefficients: same, image: same, measured: same };
function same<T>(x: T): T {
  return x;
}
const problem = { operator, y: tensor([1, 1], [y]), sigma };
const latent = gaussianPrior([1, 1, 1], [centre], [variance]);
const pixel = gaussianMixturePixelPrior([1, 1, 1], [{ weight: 1, mean: [centre], covariance: [variance] }]);

const numberOf = async (run: Reconstruction, seen?: (counts: Counts) => void) =>
  (await finish(run, ({ counts }) => seen?.(counts))).data[0];

// in latents: z = sqrt(a) x + sqrt(1 - a) n
const { alphaBar } = latent;
const epsilonAt = (z: number, t: number) => {
  const a = alphaBar[t];
  return (Math.sqrt(1 - a) * (z - Math.sqrt(a) * centre)) / (a * variance + 1 - a);
};
const tweedieAt = (z: number, e: number, a: number) => (z - Math.sqrt(1 - a) * e) / Math.sqrt(a);

/** Times of S steps, the least noisy first, and abar of where each leads. */
const grid = (times: number[], end: number) => times.map((t, i) => ({ t, a: alphaBar[t], next: i === 0 ? end : alphaBar[times[i - 1]] }));

test('ReSample as published, with all its slips: look-ahead, clean estimate, guidance, AdamW', async () => {
  const [steps, k, decay, rate, gamma] = [10, 0.5, 0.01, 0.005, 40];
  const levels = grid(
    Array.from({ length: steps }, (_, i) => 100 * i + 1),
    alphaBar[0],
  );
  let z = first;
  let events = 0;
  for (let i = steps - 1; i >= 0; i--) {
    const { t, a, next } = levels[i];
    const e = epsilonAt(z, t);
    const authors = (of: number, eps: number, level: number) => (of - (1 - level) * eps) / Math.sqrt(level);
    let clean = authors(z, e, a);
    // 0.5 abar d/dz |y - 2 clean|, the noise estimate taken for a constant
    const guidance = ((k * a) / Math.sqrt(a)) * gain * Math.sign(gain * clean - y);
    const ahead = Math.sqrt(next) * tweedieAt(z, e, a) + Math.sqrt(1 - next) * e - guidance;
    // bounds 2 / 3 and 1 / 3 of ten, every second
    const event = i > 0 && i <= 6 && i % 2 === 0;
    if (!event) {
      z = ahead;
      continue;
    }
    events++;
    let along = ahead;
    for (let j = 0; j < Math.min(3, i); j++) {
      const here = levels[i - j];
      const es = epsilonAt(along, levels[i - j - 1].t);
      clean = authors(along, es, here.a);
      along = Math.sqrt(here.next) * tweedieAt(along, es, here.a) + Math.sqrt(1 - here.next) * es;
    }
    const consistent = clean - rate * (decay * clean + Math.sign(gain * (gain * clean - y)));
    const s2 = ((gamma * (1 - next)) / (1 - a)) * (1 - a / next);
    const weight = s2 / (s2 + 1 - next);
    z = weight * Math.sqrt(next) * consistent + (1 - weight) * ahead + Math.sqrt(weight * (1 - next)) * noise;
  }
  expect(events).toBe(3);
  const options = { steps, every: 2, stages: 'latent', latentIterations: 1, lookAhead: 3, finalOptimisation: false } as const;
  expect(await numberOf(resampleAsPublished(latent, problem, context, options))).toBeCloseTo(z, 5);
});

test.each(['encoding', 'resampling'] as const)('ReSample, %s: the pixel step relaxed by kappa, DDIM with eta', async (mapping) => {
  const [steps, kappa, eta, gamma] = [8, 0.7, 0.4, 3];
  const times = Array.from({ length: steps }, (_, i) => Math.round(((i + 1) * 1000) / steps) - 1);
  let z = first;
  for (const [back, { t, a, next }] of [...grid(times, 1)].reverse().entries()) {
    const i = steps - 1 - back;
    const e = epsilonAt(z, t);
    const clean = tweedieAt(z, e, a);
    const spread = eta * Math.sqrt(((1 - next) / (1 - a)) * (1 - a / next));
    const ahead = Math.sqrt(next) * clean + Math.sqrt(1 - next - spread ** 2) * e + spread * noise;
    if (i === 0 || i > 6 || i % 2 !== 0) {
      z = ahead;
      continue;
    }
    // to the noise, and only so far of the way
    const off = y - gain * clean;
    const whole = Math.abs(off) > sigma ? (off - Math.sign(off) * sigma) / gain : 0;
    const consistent = clean + kappa * whole;
    const s2 = ((gamma * (1 - next)) / a) * (1 - a / next);
    const weight = s2 / (s2 + 1 - next);
    z =
      mapping === 'encoding'
        ? Math.sqrt(next) * consistent + Math.sqrt(1 - next) * noise
        : weight * Math.sqrt(next) * consistent + (1 - weight) * ahead + Math.sqrt(weight * (1 - next)) * noise;
  }
  const options = { preset: 'paper', steps, every: 2, bounds: [0.8, 0], stages: 'pixel', kappa, eta, gamma, mapping } as const;
  expect(await numberOf(resample(latent, problem, context, { ...options, bounds: [0.8, 0] }))).toBeCloseTo(z, 5);
});

test.each(['network', 'decoder'] as const)('Latent-DPS through the %s', async (through) => {
  const [steps, k] = [8, 0.3];
  const times = Array.from({ length: steps }, (_, i) => Math.round(((i + 1) * 1000) / steps) - 1);
  let z = first;
  for (const { t, a, next } of [...grid(times, 1)].reverse()) {
    const e = epsilonAt(z, t);
    const clean = tweedieAt(z, e, a);
    const slopeOfE = Math.sqrt(1 - a) / (a * variance + 1 - a);
    const inner = through === 'network' ? (1 - Math.sqrt(1 - a) * slopeOfE) / Math.sqrt(a) : 1 / Math.sqrt(a);
    const guidance = k * a * inner * gain * Math.sign(gain * clean - y);
    z = Math.sqrt(next) * clean + Math.sqrt(1 - next) * e - guidance;
  }
  expect(await numberOf(latentDps(latent, problem, context, { steps, zeta: k, through }))).toBeCloseTo(z, 5);
});

test('LatentDAPS: the flow to a clean latent, Langevin steps, noise of the next level', async () => {
  const options = {
    steps: 3,
    sigmaMax: 5,
    sigmaMin: 0.2,
    odeSteps: 2,
    width: 1.2,
    tau: 0.5,
    langevinSteps: 2,
    langevinSize: 0.02,
    lastSize: 0.005,
  };
  const wanted = [5, 1, 0.2];
  const level = (s: number) => {
    const off = (t: number) => Math.abs(0.5 * Math.log((1 - alphaBar[t]) / alphaBar[t]) - Math.log(s));
    return [...alphaBar.keys()].reduce((best, t) => (off(t) < off(best) ? t : best));
  };
  const times = wanted.map(level);
  let z = first;
  for (const [i, t] of times.entries()) {
    const half = Math.round(t / 2);
    const e = epsilonAt(z, t);
    const a = alphaBar[half];
    const mid = Math.sqrt(a) * tweedieAt(z, e, alphaBar[t]) + Math.sqrt(1 - a) * e;
    const clean = tweedieAt(mid, epsilonAt(mid, half), a);
    const trust = options.width * Math.sqrt((1 - alphaBar[t]) / alphaBar[t]);
    const size = 0.02 * (0.005 / 0.02) ** (i / 2);
    let x = clean;
    for (let step = 0; step < 2; step++) {
      const slope = (gain * (gain * x - y)) / 0.5 ** 2 + (x - clean) / trust ** 2;
      x += -size * slope + Math.sqrt(2 * size) * noise;
    }
    z = i === 2 ? x : Math.sqrt(alphaBar[times[i + 1]]) * x + Math.sqrt(1 - alphaBar[times[i + 1]]) * noise;
  }
  expect(await numberOf(latentDaps(latent, problem, context, options))).toBeCloseTo(z, 4);
});

// in pixels: x + s n
const denoised = (x: number, s: number) => centre + (variance / (variance + s ** 2)) * (x - centre);
/** argmin (y - 2 x)^2 / (2 noise^2) + (x - near)^2 / (2 trust^2) */
const nearest = (near: number, trust: number, of = sigma, measured = y) =>
  ((gain * measured) / of ** 2 + near / trust ** 2) / (gain ** 2 / of ** 2 + 1 / trust ** 2);
const levelsOf = ({ steps, sigmaMax, sigmaMin }: { steps: number; sigmaMax: number; sigmaMin: number }) =>
  Array.from({ length: steps }, (_, i) => sigmaMax * (sigmaMin / sigmaMax) ** (i / (steps - 1)));
const some = { steps: 6, sigmaMax: 3, sigmaMin: 0.05 };
const levels = levelsOf(some);

/** From noise s on, down the levels to 0 or to the last. */
const down = (step: (x: number, s: number, next: number, i: number) => number, to: number[] = [...levels, 0], start = noise * to[0]) => {
  let x = start;
  for (let i = 0; i + 1 < to.length; i++) x = step(x, to[i], to[i + 1], i);
  return x;
};
const ancestral = (x: number, s: number, next: number) => {
  const clean = denoised(x, s);
  const fresh = next * Math.sqrt(1 - (next / s) ** 2);
  return clean + (Math.sqrt(next ** 2 - fresh ** 2) * (x - clean)) / s + fresh * noise;
};
const guided = (zeta: number) => (x: number, s: number, next: number) => {
  const slope = variance / (variance + s ** 2);
  const gradient = gain * slope * Math.sign(gain * denoised(x, s) - y);
  return ancestral(x, s, next) - zeta * Math.sqrt((1 + s ** 2) * (1 + next ** 2)) * gradient;
};

test('DPS, and MCG with its projection onto a measurement as noisy as the image', async () => {
  const options = { ...some, zeta: 0.02, clip: false };
  expect(await numberOf(dps(pixel, problem, context, options))).toBeCloseTo(down(guided(0.02)), 5);
  const projected = down((x, s, next) => {
    const ahead = guided(0.02)(x, s, next);
    return ahead + 0.8 * (y / gain - (ahead - next * noise));
  });
  expect(await numberOf(mcg(pixel, problem, context, { ...options, relaxation: 0.8, lastRelaxation: 0.8 }))).toBeCloseTo(projected, 5);
});

test('DMPS: ancestral steps and the score of y, its variance sigma^2 + s^2 A A^T', async () => {
  const by = down((x, s, next) => {
    const score = (gain * (y - gain * x)) / (sigma ** 2 + s ** 2 * gain ** 2);
    return ancestral(x, s, next) + 1.3 * (s ** 2 - next ** 2) * score;
  });
  expect(await numberOf(dmps(pixel, problem, context, { ...some, lambda: 1.3 }))).toBeCloseTo(by, 5);
});

test('DDRM: one coefficient, seen more closely than the noise of a level, and less', async () => {
  const [eta, etaB, known] = [0.6, 0.9, sigma / gain];
  const start = y / gain + Math.sqrt(levels[0] ** 2 - known ** 2) * noise;
  const by = down(
    (x, s, next) => {
      const x0 = denoised(x, s);
      if (next < known) return x0 + (Math.sqrt(1 - eta ** 2) * next * (y / gain - x0)) / known + eta * next * noise;
      return (1 - etaB) * x0 + (etaB * y) / gain + Math.sqrt(next ** 2 - (etaB * known) ** 2) * noise;
    },
    [...levels, 0.02, 0],
    start,
  );
  // a further level, closer than the measurement tells
  const finer = { steps: 7, sigmaMax: 3, sigmaMin: 0.05 * (0.05 / 3) ** (1 / 5) };
  const again = down(
    (x, s, next) => {
      const x0 = denoised(x, s);
      if (next < known) return x0 + (Math.sqrt(1 - eta ** 2) * next * (y / gain - x0)) / known + eta * next * noise;
      return (1 - etaB) * x0 + (etaB * y) / gain + Math.sqrt(next ** 2 - (etaB * known) ** 2) * noise;
    },
    [...levelsOf(finer), 0],
    start,
  );
  expect(Math.abs(again - by)).toBeGreaterThan(1e-4);
  const own = { ...problem, operator: { ...operator, spectral: () => spectral as never } };
  expect(await numberOf(ddrm(pixel, own, context, { ...finer, eta, etaB }))).toBeCloseTo(again, 5);
});

test('DDRM: a coefficient that is not seen keeps a share of its noise and draws the rest', async () => {
  const eta = 0.6;
  const blind = { ...operator, spectral: () => ({ ...spectral, singularValues: tensor([1, 1, 1], [0]) }) as never };
  const by = down((x, s, next) => {
    const x0 = denoised(x, s);
    return x0 + (Math.sqrt(1 - eta ** 2) * next * (x - x0)) / s + eta * next * noise;
  });
  expect(await numberOf(ddrm(pixel, { ...problem, operator: blind }, context, { ...some, eta }))).toBeCloseTo(by, 5);
});

test('DDS and DiffPIR: proximal steps, and the noise that each takes along', async () => {
  const [gamma, eta] = [3, 0.7];
  const last = levels[levels.length - 1];
  const ddsX = down((x, s, next) => {
    const clean = denoised(x, s);
    const fresh = eta * next * Math.sqrt(1 - (next / s) ** 2);
    return nearest(clean, Math.sqrt(gamma), 1) + (Math.sqrt(next ** 2 - fresh ** 2) * (x - clean)) / s + fresh * noise;
  }, levels);
  expect(await numberOf(dds(pixel, problem, context, { ...some, gamma, eta }))).toBeCloseTo(
    nearest(denoised(ddsX, last), Math.sqrt(gamma), 1),
    5,
  );
  const [lambda, zeta] = [2, 0.3];
  const pirX = down((x, s, next) => {
    const agreed = nearest(denoised(x, s), s / Math.sqrt(lambda));
    return agreed + next * ((Math.sqrt(1 - zeta) * (x - agreed)) / s + Math.sqrt(zeta) * noise);
  }, levels);
  const pir = nearest(denoised(pirX, last), last / Math.sqrt(lambda));
  expect(await numberOf(diffPir(pixel, problem, context, { ...some, lambda, zeta }))).toBeCloseTo(pir, 5);
});

test('DAPS: the flow to a clean image, a draw about it, noise of the next level', async () => {
  const [width, tau] = [0.9, 0.2];
  const drawn = (x: number, s: number) => {
    const half = s * (Math.min(s, some.sigmaMin) / s) ** 0.5;
    const clean = denoised(x, s);
    const mid = clean + (half * (x - clean)) / s;
    const end = denoised(mid, half);
    return nearest(end + width * s * noise, width * s, tau, y + tau * noise);
  };
  const x = down((at, s, next) => drawn(at, s) + next * noise, levels);
  const want = drawn(x, levels[levels.length - 1]);
  expect(await numberOf(daps(pixel, problem, context, { ...some, odeSteps: 2, width, tau }))).toBeCloseTo(want, 5);
});

test.each(['encoding', 'resampling'] as const)('ReSample in pixels, %s: over-relaxation that dies away', async (mapping) => {
  const [lambda, relaxation, gamma] = [0.5, 1.6, 5];
  const agreed = (near: number, s: number) => nearest(near, s / Math.sqrt(lambda));
  let previous = agreed(0, levels[0]);
  const x = down(
    (at, s, next, i) => {
      const clean = denoised(at, s);
      const found = agreed(clean, s);
      previous = found + (relaxation - 1) * (1 - i / (levels.length - 1)) * (found - previous);
      if (mapping === 'encoding') return previous + next * noise;
      const v = (gamma * next ** 2 * (s ** 2 - next ** 2)) / s ** 2;
      const ahead = clean + (next / s) * (at - clean);
      return (v * previous + next ** 2 * ahead) / (v + next ** 2) + Math.sqrt((v * next ** 2) / (v + next ** 2)) * noise;
    },
    levels,
    previous + noise * levels[0],
  );
  const last = levels[levels.length - 1];
  const options = { ...some, lambda, relaxation, mapping, gamma, start: 'nearest', toNoise: false } as const;
  expect(await numberOf(resamplePixel(pixel, problem, context, options))).toBeCloseTo(agreed(denoised(x, last), last), 5);
});
