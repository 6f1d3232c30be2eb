import { expect, test } from 'vitest';
import { authorsTimeGrid, tweedie } from '../diffusion/index.js';
import { createEvaluateRuntime } from '../runtime/testing/evaluate-runtime.js';
import { Random } from '../tensor/random.js';
import { mapTensor, type Tensor, tensor } from '../tensor/tensor.js';
import { predict } from './guidance.js';
import { finish, type PublishedOptions, publishedOptions, resample, resampleAsPublished, resamplePresets, type Step } from './index.js';
import { currentSetting, findMethod, resolveOptions } from './methods/index.js';
import { LatentModel } from './networks/latent-model.js';
import { published } from './published-options.js';
import { linearGaussian } from './testing/linear-gaussian.js';

const runtime = createEvaluateRuntime();
const { prior, problem, posterior } = linearGaussian(3);

async function run(seed: number, options: Partial<PublishedOptions> = {}): Promise<{ image: Tensor; steps: Step[] }> {
  const steps: Step[] = [];
  const image = await finish(resampleAsPublished(prior, problem, { runtime, random: new Random(seed) }, options), (step) =>
    steps.push(step),
  );
  return { image, steps };
}

test("without what is the published program's alone it is ReSample, to the bit", async () => {
  for (const preset of ['fast', 'photo'] as const) {
    const { image } = await run(4, { ...resamplePresets[preset], ...published });
    const plain = await finish(resample(prior, problem, { runtime, random: new Random(4) }, { preset }));
    expect(image.data).toEqual(plain.data);
  }
});

test('with guidance through the network: closer to the posterior mean than the prior mean is, and ten times nearer to the measurement than the sampler alone', async () => {
  const fast = { ...resamplePresets.fast, ...published, finalPixelIterations: 0 };
  const seeds = [1, 2, 3, 4];
  const distance = (image: Tensor) => Math.sqrt(image.data.reduce((sum, v, i) => sum + (v - posterior.mean[i >> 1]) ** 2, 0) / 16);
  const runs = await Promise.all(seeds.map((seed) => run(seed, { ...fast, latentDps: 0.02 })));
  const priorMean = mapTensor(runs[0].image, (_v, i) => 0.5 * Math.sin(i >> 1));
  expect(runs.reduce((sum, { image }) => sum + distance(image) / 4, 0)).toBeLessThan(distance(priorMean));
  expect(runs[0].steps.at(-1)!.counts.decoderGradients).toBeGreaterThan(20);
  const alone = await Promise.all(seeds.map((seed) => run(seed, { ...fast, bounds: [0, 0], finalOptimisation: false })));
  const residual = (of: typeof runs) => of.reduce((sum, { steps }) => sum + steps.at(-1)!.residual! / of.length, 0);
  expect(residual(runs)).toBeLessThan(residual(alone) / 10);
});

test('counts of the published program: 665 network evaluations, 17 pixel and 16 latent optimisations for 500 steps', async () => {
  const { steps } = await run(0, { pixelIterations: 3, latentIterations: 2 });
  const { counts } = steps.at(-1)!;
  expect(counts.network).toBe(665);
  expect(counts.encodes).toBe(17);
  expect(counts.decodes).toBe(18);
  expect(counts.decoderGradients).toBe(500 + 17 * 2);
  expect(counts.adjoint).toBe(500 + 17 * 2 + 17 * 3);
  expect(counts.operator).toBe(counts.adjoint + 1); // and the final residual
});

test("the authors' preset takes the first step as their formulas say", async () => {
  const options = publishedOptions();
  const [level] = authorsTimeGrid(prior.alphaBar, 500).slice(-1);
  const model = new LatentModel(prior, problem, { runtime, random: new Random(0) });
  const z = new Random(9).normals(model.latentShape);
  const wrong = (at: Tensor, e: Tensor, a: number) => mapTensor(at, (v, i) => (v - (1 - a) * e.data[i]) / Math.sqrt(a));
  const { epsilon, guidance } = await predict(model, z, level, wrong, options);
  const estimate = wrong(z, epsilon, level.alphaBar);
  expect(estimate.data).not.toEqual(tweedie(z, epsilon, level.alphaBar).data);
  // Their net step: 0.5 sqrt(abar) J^T A^T (A D z0hat - y) / ||.||, here by finite differences of the norm in z0hat.
  const norm = async (at: Tensor) => Math.sqrt((await model.latentMisfit(at)).squares);
  for (const i of [0, 3, 7]) {
    const moved = (h: number) =>
      tensor(
        estimate.shape,
        estimate.data.map((v, j) => (i === j ? v + h : v)),
      );
    const slope = ((await norm(moved(0.02))) - (await norm(moved(-0.02)))) / 0.04;
    expect(guidance!.data[i] / (0.5 * Math.sqrt(level.alphaBar) * slope)).toBeCloseTo(1, 2);
  }
});

test('settings of old manifests: the options that moved go with the method that has them, or fall away', () => {
  const options = { ...resamplePresets.fast, ...published };
  const plain = currentSetting({ method: 'resample', preset: 'fast', options });
  expect(plain).toMatchObject({ method: 'resample', preset: 'fast' });
  expect(resolveOptions(findMethod('resample'), 'fast', plain.options)).toEqual(resamplePresets.fast);
  const guided = currentSetting({ method: 'resample', preset: 'paper', options: { ...options, latentDps: 0.02, steps: 7 } });
  expect(guided.method).toBe('resample-as-published');
  expect(resolveOptions(findMethod(guided.method), guided.preset, guided.options)).toEqual({ ...options, latentDps: 0.02, steps: 7 });
  const today = { method: 'resample', preset: 'pixel', options: { steps: 7 } };
  expect(currentSetting(today)).toEqual(today);
  // in pixels the first image had no choice
  const pixels = { method: 'resample', preset: 'pixel-photo', options: { sigmaMax: 1.5 } };
  expect(currentSetting(pixels).options).toEqual({ sigmaMax: 1.5, start: 'nearest' });
});
