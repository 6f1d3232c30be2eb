import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { evaluate, input, vjp } from '../graph/index.js';
import { constantParams, initialise, scope } from '../nn/index.js';
import { Random } from '../tensor/random.js';
import { tensor } from '../tensor/tensor.js';
import { denoiser } from './denoiser.js';
import { dncnnPrior, dncnnPriorSchema } from './families/dncnn.js';
import { allOf } from './families/family.js';
import { restorer, restorerFamily, restorerSchema } from './families/restorer.js';
import { readSafetensors } from './safetensors.js';

test('DnCNN: values and gradients are those of PyTorch (test/reference/make_denoiser.py)', () => {
  const name = 'dncnn';
  const url = new URL(`../../test/reference/${name}.safetensors`, import.meta.url);
  const { tensors, metadata } = readSafetensors(readFileSync(url), { name });
  const weights = new Map([...tensors].flatMap(([key, value]) => (key.startsWith('weight.') ? [[key.slice(7), value] as const] : [])));
  const prior = dncnnPrior(dncnnPriorSchema.parse({ kind: 'dncnn', name, dncnn: JSON.parse(metadata.config) }), weights);
  expect(prior).toMatchObject({ space: 'pixel', channels: 2, noise: [0.01, 0.5] });
  const feeds = Object.fromEntries(['x', 'sigma', 'seed'].map((key) => [key, tensors.get(key)!]));
  const x = input('x', feeds.x.shape);
  const out = prior.denoise(x, input('sigma', feeds.sigma.shape));
  const got = evaluate({ out, 'grad.x': vjp(out, input('seed', feeds.seed.shape), [x])[0] }, feeds);
  for (const key of ['out', 'grad.x'] as const) expect(got[key].data).toBeNear(tensors.get(key)!.data, { absolute: 2e-5 });
  const [first, ...others] = weights.keys();
  expect(() => dncnnPrior(dncnnPriorSchema.parse({ kind: 'dncnn', name, dncnn: JSON.parse(metadata.config) }), new Map())).toThrow(first);
  expect(others.length).toBe(7);
});

test('a restorer: its network, always told the one level, on images of any size', () => {
  const shape = { channels: 1, widths: [4, 4], blocks: [1, 1], embedding: 4, sigmaData: 0.5, sigmaMin: 0.01, sigmaMax: 1 };
  const input0 = { method: 'fbp', views: 25, sigma: 0.01 } as const;
  const config = restorerSchema.parse({ kind: 'restorer', name: 'r', input: input0, level: 0.15, denoiser: shape });
  const weights = initialise(allOf(restorerFamily.parts(config)), new Random(1));
  const made = new Random(3);
  for (const { data } of weights.values()) for (let i = 0; i < data.length; i++) data[i] = 0.3 * made.normal();
  const x = new Random(2).normals([1, 1, 6, 4]);
  const network = restorer(config, weights);
  const told = denoiser(scope(constantParams(weights), 'denoiser'), config.denoiser, input('x', x.shape), input('s', [1]));
  const { got, want } = evaluate({ got: network.restore(input('x', x.shape)), want: told }, { x, s: tensor([1], [0.15]) });
  expect(got.data).toBeNear(want.data, { absolute: 1e-6 });
  // sides that no level divides
  const odd = new Random(2).normals([1, 1, 5, 3]);
  expect(evaluate({ out: network.restore(input('x', odd.shape)) }, { x: odd }).out.shape).toEqual([1, 1, 5, 3]);
});
