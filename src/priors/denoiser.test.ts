import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { evaluate, input, vjp } from '../graph/index.js';
import { initialise } from '../nn/index.js';
import { Random } from '../tensor/random.js';
import { tensor } from '../tensor/tensor.js';
import { denoiserPrior, denoiserPriorSchema } from './families/denoiser.js';
import { priorSpecs } from './families/index.js';
import { readSafetensors } from './safetensors.js';

test.each(['plain', 'norm'])('%s: values and gradients are those of PyTorch (test/reference/make_denoiser.py)', (name) => {
  const url = new URL(`../../test/reference/denoiser-${name}.safetensors`, import.meta.url);
  const { tensors, metadata } = readSafetensors(readFileSync(url), { name });
  const weights = new Map([...tensors].flatMap(([key, value]) => (key.startsWith('weight.') ? [[key.slice(7), value] as const] : [])));
  const config = denoiserPriorSchema.parse({ kind: 'denoiser', name, denoiser: JSON.parse(metadata.config) });
  const prior = denoiserPrior(config, weights);
  expect(prior).toMatchObject({ space: 'pixel', channels: 2, noise: [0.002, 4] });
  const feeds = Object.fromEntries(['x', 'sigma', 'seed'].map((key) => [key, tensors.get(key)!]));
  const x = input('x', feeds.x.shape);
  const out = prior.denoise(x, input('sigma', feeds.sigma.shape));
  const got = evaluate({ out, 'grad.x': vjp(out, input('seed', feeds.seed.shape), [x])[0] }, feeds);
  for (const key of ['out', 'grad.x'] as const) {
    const want = tensors.get(key)!;
    const scale = Math.sqrt(want.data.reduce((sum, v) => sum + v * v, 0) / want.data.length);
    expect(Math.max(...got[key].data.map((v, i) => Math.abs(v - want.data[i]))) / scale, key).toBeLessThan(1e-4);
  }
});

test('a new denoiser only shrinks its input, as the best linear one of images of deviation sigmaData', () => {
  const shape = { channels: 1, widths: [4, 4], blocks: [1, 1], embedding: 4, sigmaData: 0.5, sigmaMin: 0.01, sigmaMax: 1 };
  const config = denoiserPriorSchema.parse({ kind: 'denoiser', name: 'new', denoiser: shape });
  const prior = denoiserPrior(config, initialise(priorSpecs(config), new Random(1)));
  const x = new Random(2).normals([1, 1, 3, 5]); // sides that no level divides
  const { out } = evaluate({ out: prior.denoise(input('x', x.shape), input('sigma', [1])) }, { x, sigma: tensor([1], [0.5]) });
  out.data.forEach((v, i) => {
    expect(v).toBeCloseTo(0.5 * x.data[i], 6);
  });
});

test('a configuration that contradicts itself is refused', () => {
  const refuse = (edit: object, message: string) =>
    expect(() =>
      denoiserPriorSchema.parse({
        kind: 'denoiser',
        name: 'n',
        denoiser: { channels: 1, widths: [4, 4], blocks: [1, 1], embedding: 4, sigmaData: 0.5, sigmaMin: 0.01, sigmaMax: 1, ...edit },
      }),
    ).toThrow(message);
  refuse({ blocks: [1] }, 'blocks for each width');
  refuse({ sigmaMin: 2 }, 'sigmaMax must be above');
  refuse({ widths: [] }, 'widths');
});
