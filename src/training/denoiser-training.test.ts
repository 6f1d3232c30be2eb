import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Expr, evaluate, grad } from '../graph/index.js';
import { denoiserSchema } from '../priors/config.js';
import { readSafetensors } from '../priors/safetensors.js';
import { Random } from '../tensor/random.js';
import { tensor } from '../tensor/tensor.js';
import { adamwStep, zerosLike } from './adamw.js';
import { denoiserPhase, noisedBatch } from './denoiser-training.js';

const training = {
  ...{ steps: 10, batch: 2, crop: 8, logSigma: [-2, 1.3] as [number, number], pool: 4, fresh: 1 },
  ...{ learningRate: 0.001, warmup: 0, floor: 1, weightDecay: 0, beta1: 0.9, beta2: 0.99, eps: 1e-8, clip: 1, ema: 0.9 },
};

test('a step is that of training/train_denoiser.py: loss, gradient and weights (test/reference/make_denoiser.py)', () => {
  const name = 'denoiser-step';
  const url = new URL(`../../test/reference/${name}.safetensors`, import.meta.url);
  const { tensors, metadata } = readSafetensors(readFileSync(url), { name });
  const config = denoiserSchema.parse(JSON.parse(metadata.config));
  const of = (prefix: string) =>
    new Map<string, { shape: readonly number[]; data: Float32Array }>(
      [...tensors].flatMap(([key, { shape, data }]) =>
        key.startsWith(prefix) ? [[key.slice(prefix.length), { shape, data: data.slice() }] as const] : [],
      ),
    );
  const [weights, after] = [of('before.'), of('after.')];
  const phase = denoiserPhase(config, training, async () => tensor([1, 8, 8]));
  expect(new Set(phase.parameters.keys())).toEqual(new Set(weights.keys()));
  const sigmas = [...tensors.get('sigma')!.data];
  const feeds = {
    ...noisedBatch(tensors.get('clean')!, sigmas, config, { normals: () => structuredClone(tensors.get('noise')!) }),
    ...Object.fromEntries(weights),
  };
  const names = [...phase.parameters.keys()];
  const gradients = grad(phase.losses.loss, [...phase.parameters.values()]);
  const wanted: Record<string, Expr> = { loss: phase.losses.loss };
  names.forEach((key, i) => {
    wanted[key] = gradients[i];
  });
  const got = evaluate(wanted, feeds);
  expect(got.loss.data[0]).toBeCloseTo(tensors.get('loss')!.data[0], 3);
  const norm = adamwStep(weights, zerosLike(weights), zerosLike(weights), (key) => Float32Array.from(got[key].data), 1, 0.001, training);
  expect(norm / tensors.get('norm')!.data[0]).toBeCloseTo(1, 4);
  for (const [key, { data }] of weights) {
    const want: ArrayLike<number> = after.get(key)!.data;
    // a step is 0.001 in every direction; where a gradient is next to nothing, rounding decides how much of it is taken
    const off = Array.from(data, (v, i) => Math.abs(v - want[i]));
    expect(off.filter((d) => d > 2e-5).length, key).toBeLessThanOrEqual(0.02 * off.length);
  }
});

test('noise levels are log-normal, within what the denoiser knows', async () => {
  const config = denoiserSchema.parse({ channels: 1, widths: [4], blocks: [1], embedding: 4, sigmaData: 0.5, sigmaMin: 0.01, sigmaMax: 2 });
  const many = { ...training, batch: 400 };
  const { sigma, weight } = await denoiserPhase(config, many, async () => tensor([1, 8, 8])).batch(0, new Random(3));
  const logs = [...sigma.data].map(Math.log).sort((a, b) => a - b);
  expect(logs[200]).toBeCloseTo(-2, 1);
  expect(logs[336] - logs[64]).toBeCloseTo(2 * 1.3, 1); // the 16th and the 84th of a hundred
  expect(Math.min(...sigma.data)).toBeCloseTo(0.01, 6);
  expect(Math.max(...sigma.data)).toBeLessThanOrEqual(2);
  sigma.data.forEach((s, i) => {
    expect(weight.data[i] / ((s * s + 0.25) / (s * 0.5) ** 2)).toBeCloseTo(1, 4);
  });
});
