import { describe, expect, test } from 'vitest';
import { tweedie } from '../diffusion/index.js';
import { type Expr, mul } from '../graph/index.js';
import { createNodeRuntime } from '../runtime/node/index.js';
import { createEvaluateRuntime } from '../runtime/testing/evaluate-runtime.js';
import { Random } from '../tensor/random.js';
import { mapTensor, type Tensor, tensor } from '../tensor/tensor.js';
import {
  finish,
  type ResampleOptions,
  type ResamplePreset,
  resample,
  resampleOptions,
  resamplePresets,
  type Step,
  stageOf,
} from './index.js';
import { LatentModel } from './networks/latent-model.js';
import { linearGaussian, squaredOperator } from './testing/linear-gaussian.js';

const runtime = createEvaluateRuntime();
const { prior, problem, posterior, operator } = linearGaussian(3);

async function run(
  seed: number,
  options: Partial<ResampleOptions> & { preset?: ResamplePreset } = {},
  of = problem,
): Promise<{ image: Tensor; steps: Step[] }> {
  const steps: Step[] = [];
  const image = await finish(resample(prior, of, { runtime, random: new Random(seed) }, options), (step) => steps.push(step));
  return { image, steps };
}

describe('on a Gaussian prior, where the posterior is known', () => {
  const deviation = Math.sqrt(Array.from({ length: 8 }, (_, i) => posterior.covariance[9 * i]).reduce((a, b) => a + b) / 8);
  const distance = (image: Tensor) => Math.sqrt(image.data.reduce((sum, v, i) => sum + (v - posterior.mean[i >> 1]) ** 2, 0) / 16);

  test('20 steps: the measurement is met to the noise, and the image lies within the posterior', async () => {
    for (let seed = 0; seed < 5; seed++) {
      const { image, steps } = await run(seed, { steps: 20 });
      const last = steps.at(-1)!;
      expect(last.stage).toBe('done');
      expect(last.residual!).toBeLessThan(1.1 * problem.sigma ** 2);
      expect(distance(image)).toBeLessThan(deviation);
    }
  });

  test('fast: the measurement is met to the noise, and draws are no farther from the mean than the posterior is wide', async () => {
    let squares = 0;
    for (let seed = 0; seed < 5; seed++) {
      const { image, steps } = await run(seed);
      expect(steps.at(-1)!.residual!).toBeLessThan(1.1 * problem.sigma ** 2);
      squares += distance(image) ** 2 / 5;
    }
    expect(Math.sqrt(squares)).toBeLessThan(deviation);
  });

  test('without hard data consistency the same sampler knows nothing of the measurement', async () => {
    const { steps } = await run(0, { bounds: [0, 0], finalOptimisation: false, finalPixelIterations: 0 });
    expect(steps.at(-1)!.residual!).toBeGreaterThan(100 * problem.sigma ** 2);
    expect(steps.every((step) => step.stage === 'sample' || step.stage === 'done')).toBe(true);
  });

  test('conjugate gradients on the last image alone bring a sample to the noise', async () => {
    const { steps } = await run(0, { bounds: [0, 0], finalOptimisation: false, finalPixelIterations: 50 });
    expect(steps.at(-1)!.residual!).toBeLessThan(1.01 * problem.sigma ** 2);
    expect(steps.some((step) => step.stage === 'final')).toBe(true);
  });

  test('the preset for pictures ends at the noise as well', async () => {
    const { steps } = await run(0, { preset: 'photo' });
    expect(steps.at(-1)!.residual! / problem.sigma ** 2).toBeLessThan(1.05);
    expect(steps.at(-1)!.residual! / problem.sigma ** 2).toBeGreaterThan(0.4);
  });

  test.each([
    ['paper with L-BFGS', { preset: 'paper', steps: 200, every: 5, latentOptimiser: 'lbfgs', latentIterations: 20 }],
    ['pixels alone', { stages: 'pixel' }],
    ['latents alone', { stages: 'latent' }],
    ['stochastic encoding', { mapping: 'encoding' }],
    ['ancestral sampling', { eta: 1 }],
    ['Adam on pixels', { pixelOptimiser: 'adam', pixelIterations: 300 }],
    ['7 steps', { steps: 7 }],
    ['333 steps', { steps: 333, every: 30 }],
  ] as Array<[string, Partial<ResampleOptions>]>)(
    '%s: closer to the posterior mean than the prior mean is, and ten times nearer to the measurement than the sampler alone',
    async (_, options) => {
      const seeds = [1, 2, 3, 4];
      const average = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
      const runs = await Promise.all(seeds.map((seed) => run(seed, { finalPixelIterations: 0, ...options })));
      const alone = await Promise.all(
        seeds.map((seed) => run(seed, { bounds: [0, 0], finalOptimisation: false, finalPixelIterations: 0 })),
      );
      const residual = (of: typeof runs) => average(of.map(({ steps }) => steps.at(-1)!.residual!));
      const priorMean = mapTensor(runs[0].image, (_v, i) => 0.5 * Math.sin(i >> 1));
      expect(average(runs.map(({ image }) => distance(image)))).toBeLessThan(distance(priorMean));
      expect(residual(runs)).toBeLessThan(residual(alone) / 10);
    },
  );

  test('a nonlinear operator goes by Adam and L-BFGS, and conjugate gradients refuse it', async () => {
    const nonlinear = squaredOperator(operator);
    const y = mapTensor(problem.y, (v) => 0.5 * v * v);
    const { steps } = await run(2, { pixelIterations: 200 }, { operator: nonlinear, y, sigma: 0.05 });
    expect(steps.at(-1)!.residual!).toBeLessThan(0.01);
    await expect(run(2, { pixelOptimiser: 'cg' }, { operator: nonlinear, y, sigma: 0.05 })).rejects.toThrow(/not linear/);
  });
});

test('same seed, same bits; another seed, another image', async () => {
  const [a, b, c] = [await run(7), await run(7), await run(8)];
  expect(a.image.data).toEqual(b.image.data);
  expect(a.steps).toEqual(b.steps);
  expect(a.image.data).not.toEqual(c.image.data);
});

test('the engine agrees with the float64 evaluator', async () => {
  const node = await createNodeRuntime({ threads: 1 });
  try {
    const image = await finish(resample(prior, problem, { runtime: node, random: new Random(4) }));
    const { image: reference } = await run(4);
    expect(image.data).toBeNear(reference.data, { absolute: 1e-3 });
  } finally {
    await node.dispose();
  }
});

describe('what it tells', () => {
  test('a step for every level, in order, with counts that never fall, and progress inside optimisations', async () => {
    const { steps } = await run(0);
    expect(new Set(steps.map((step) => step.step)).size).toBe(30);
    for (let k = 1; k < steps.length; k++) {
      expect(steps[k].step).toBeGreaterThanOrEqual(steps[k - 1].step);
      for (const key of Object.keys(steps[k].counts) as Array<keyof Step['counts']>)
        expect(steps[k].counts[key]).toBeGreaterThanOrEqual(steps[k - 1].counts[key]);
    }
    const latent = steps.filter((step) => step.stage === 'latent' && step.residual !== undefined);
    expect(latent.length).toBeGreaterThanOrEqual(3);
    for (const step of latent) expect(step.estimate!.shape).toEqual([1, 1, 4, 4]);
    expect(steps.some((step) => step.stage === 'final')).toBe(true);
  });

  test('an abort stops it with its reason, before another run', async () => {
    const controller = new AbortController();
    const reconstruction = resample(prior, problem, { runtime, random: new Random(0), signal: controller.signal });
    let seen = 0;
    const consume = async () => {
      for await (const step of reconstruction) {
        seen = step.counts.network;
        if (seen === 3) controller.abort();
      }
    };
    await expect(consume()).rejects.toThrow(/abort/i);
    expect(seen).toBe(3);
    expect((await reconstruction.next()).done).toBe(true);
  });

  test('return() stops it and frees what it compiled', async () => {
    let live = 0;
    const counting = {
      ...runtime,
      compile: async (...args: Parameters<typeof runtime.compile>) => {
        const compiled = await runtime.compile(...args);
        live++;
        return { ...compiled, dispose: async () => void live-- };
      },
    };
    for await (const step of resample(prior, problem, { runtime: counting, random: new Random(0) })) if (step.stage === 'latent') break;
    expect(live).toBe(0);
  });
});

describe('stages', () => {
  const events = (options: ResampleOptions, stage: string) =>
    Array.from({ length: options.steps }, (_, i) => i).filter((i) => stageOf(i, options) === stage);

  test('500 steps in thirds: 17 pixel steps, 330 to 170, and 16 latent steps, 160 to 10', () => {
    const pixel = events(resamplePresets.paper, 'pixel');
    const latent = events(resamplePresets.paper, 'latent');
    expect([pixel.length, pixel.at(-1), pixel[0]]).toEqual([17, 330, 170]);
    expect([latent.length, latent.at(-1), latent[0]]).toEqual([16, 160, 10]);
  });

  test('CT of the paper, 1000 steps with bounds 750 and 300: 45 and 30', () => {
    const ct = resampleOptions({ preset: 'paper', steps: 1000, bounds: [0.75, 0.3] });
    expect(events(ct, 'pixel').length).toBe(45);
    expect(events(ct, 'latent').length).toBe(30);
  });

  test('the ablations use one space in both parts', () => {
    expect(events(resampleOptions({ stages: 'pixel', steps: 20 }), 'pixel')).toEqual([2, 4, 6, 8, 10, 12, 14]);
    expect(events(resampleOptions({ stages: 'latent', steps: 20 }), 'latent')).toEqual([2, 4, 6, 8, 10, 12, 14]);
  });
});

test('guidance through the network is the gradient of half the squared misfit of the clean estimate', async () => {
  const model = new LatentModel(prior, problem, { runtime, random: new Random(0) });
  const z = new Random(9).normals(model.latentShape);
  const a = prior.alphaBar[200];
  const { gradient, epsilon } = await model.guidance(z, 200, a);
  expect(epsilon.data).toEqual((await model.epsilon(z, 200)).data);
  const half = async (at: Tensor) => (await model.latentMisfit(tweedie(at, await model.epsilon(at, 200), a))).squares / 2;
  for (const i of [1, 6]) {
    const moved = (h: number) =>
      tensor(
        z.shape,
        z.data.map((v, j) => (i === j ? v + h : v)),
      );
    expect(((await half(moved(0.1))) - (await half(moved(-0.1)))) / 0.2 / gradient.data[i]).toBeCloseTo(1, 3);
  }
});

test('decoding without the quantiser uses the decoder that a prior offers for it, and is refused where there is none', async () => {
  const offering = { ...prior, decodeContinuous: (z: Expr) => mul(prior.decode(z), 2) };
  const context = { runtime, random: new Random(0) };
  const z = new Random(9).normals([1, ...prior.latentShape]);
  const quantised = await new LatentModel(offering, problem, context).decode(z);
  const continuous = await new LatentModel(offering, problem, context, { quantise: false }).decode(z);
  expect(continuous.data).toEqual(quantised.data.map((v) => 2 * v));
  await expect(run(0, { quantise: false })).rejects.toThrow(/quantise/);
});

test('bad input is a clear error', async () => {
  await expect(run(0, { preset: 'best' as ResamplePreset })).rejects.toThrow(/there are paper, fast, photo/);
  await expect(run(0, { steps: 0 })).rejects.toThrow(/steps: must be a whole number/);
  await expect(run(0, { bounds: [0.2, 0.5] })).rejects.toThrow(/bounds/);
  await expect(run(0, { eta: 2 })).rejects.toThrow(/eta/);
  await expect(run(0, { every: 1.5 })).rejects.toThrow(/every/);
  await expect(run(0, {}, { ...problem, y: tensor([1, 5]) })).rejects.toThrow(/shape \[1,5\]/);
  await expect(run(0, {}, { ...problem, y: mapTensor(problem.y, () => Number.NaN) })).rejects.toThrow(/not finite/);
  await expect(run(0, {}, { ...problem, sigma: -1 })).rejects.toThrow(/sigma/);
});
