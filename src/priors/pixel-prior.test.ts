import { describe, expect, test } from 'vitest';
import { evaluate, input } from '../graph/index.js';
import { initialise } from '../nn/index.js';
import { Random } from '../tensor/random.js';
import { mapTensor, tensor } from '../tensor/tensor.js';
import { priorSchema, priorSpecs } from './families/index.js';
import { latentPriorSchema } from './families/latent.js';
import { pixelPrior, pixelPriorSchema } from './families/pixel.js';
import { tinyFirstStage, tinyUNet } from './testing/tiny-configs.js';

const unet = { ...tinyUNet, inChannels: 1, outChannels: 1, attentionResolutions: [], numHeads: 1, headChannels: undefined };
const random = new Random(8);
const z = random.normals([2, 1, 4, 8]);
const t = tensor([2], [3, 700]);

/** The noise a prior sees, its last layer made random (it starts at zero). */
function noise(config: ReturnType<typeof pixelPriorSchema.parse>) {
  const weights = initialise(priorSpecs(config), new Random(0));
  const name = 'model.diffusion_model.out.2.weight';
  weights.set(
    name,
    mapTensor(weights.get(name)!, (_, i) => Math.sin(i)),
  );
  const prior = pixelPrior(config, weights);
  return { prior, weights, eps: evaluate({ eps: prior.epsilon(input('z', z.shape), input('t', [2])) }, { z, t }).eps };
}

describe('a pixel prior', () => {
  test('has the schedule of DDPM and its range of noise', () => {
    const { prior } = noise(pixelPriorSchema.parse({ kind: 'pixel', name: 'p', unet }));
    expect(prior.alphaBar[999] / 4.0358e-5).toBeCloseTo(1, 4);
    expect(prior.noise[0]).toBeCloseTo(Math.sqrt(1e-4 / (1 - 1e-4)), 6);
    expect(prior.noise[1] / Math.sqrt(1 / 4.0358e-5)).toBeCloseTo(1, 3);
  });

  test('denoises by Tweedie: x - sigma eps(x / sqrt(1 + sigma^2), t), sigma that of level t', () => {
    const { prior } = noise(pixelPriorSchema.parse({ kind: 'pixel', name: 'p', unet }));
    const sigma = tensor(
      [2],
      Float32Array.from(t.data, (level) => Math.sqrt((1 - prior.alphaBar[level]) / prior.alphaBar[level])),
    );
    const size = z.data.length / 2;
    const x = mapTensor(z, (v, i) => v * Math.hypot(1, sigma.data[Math.floor(i / size)]));
    const { clean } = evaluate({ clean: prior.denoise(input('x', x.shape), input('sigma', [2])) }, { x, sigma });
    const { eps } = evaluate({ eps: prior.epsilon(input('z', z.shape), input('t', [2])) }, { z, t });
    clean.data.forEach((v, i) => {
      const s = sigma.data[Math.floor(i / size)];
      expect(Math.abs(v - (x.data[i] - s * eps.data[i]))).toBeLessThan(2e-3 * s);
    });
  });

  test('takes sides that its levels do not divide: mirrored, and cut again', () => {
    const { prior } = noise(pixelPriorSchema.parse({ kind: 'pixel', name: 'p', unet }));
    const x = random.normals([1, 1, 5, 7]);
    const sigma = tensor([1], [0.3]);
    const at = (image: typeof x) => evaluate({ d: prior.denoise(input('x', image.shape), input('sigma', [1])) }, { x: image, sigma }).d;
    const wide = tensor([1, 1, 6, 8]);
    for (let i = 0; i < 48; i++) {
      const [row, column] = [Math.floor(i / 8), i % 8];
      wide.data[i] = x.data[(row === 5 ? 3 : row) * 7 + (column === 7 ? 5 : column)];
    }
    const [got, want] = [at(x), at(wide)];
    expect(got.shape).toEqual([1, 1, 5, 7]);
    got.data.forEach((v, i) => {
      expect(v).toBeCloseTo(want.data[Math.floor(i / 7) * 8 + (i % 7)], 6);
    });
  });

  test('of a learned sigma takes the first half of the channels', () => {
    const learned = noise(pixelPriorSchema.parse({ kind: 'pixel', name: 'p', unet: { ...unet, outChannels: 2 } }));
    const plain = pixelPriorSchema.parse({ kind: 'pixel', name: 'p', unet });
    const half = new Map(learned.weights);
    for (const part of ['weight', 'bias']) {
      const { shape, data } = half.get(`model.diffusion_model.out.2.${part}`)!;
      half.set(`model.diffusion_model.out.2.${part}`, tensor([1, ...shape.slice(1)], data.slice(0, data.length / 2)));
    }
    const eps = evaluate({ eps: pixelPrior(plain, half).epsilon(input('z', z.shape), input('t', [2])) }, { z, t }).eps;
    expect(learned.eps).toEqual(eps);
  });

  test('of a v prediction makes the noise: sqrt(abar) v + sqrt(1 - abar) z', () => {
    const { eps: v, prior } = noise(pixelPriorSchema.parse({ kind: 'pixel', name: 'p', unet }));
    const schedule = { kind: 'linear' as const, betaStart: 1e-4, betaEnd: 0.02, prediction: 'v' as const };
    const { eps } = noise(pixelPriorSchema.parse({ kind: 'pixel', name: 'p', unet, schedule }));
    const size = z.data.length / 2;
    eps.data.forEach((value, i) => {
      const a = prior.alphaBar[t.data[Math.floor(i / size)]];
      expect(value).toBeCloseTo(Math.sqrt(a) * v.data[i] + Math.sqrt(1 - a) * z.data[i], 5);
    });
  });
});

describe('configurations', () => {
  const firstStage = { ...tinyFirstStage, zChannels: 1, embedDim: 1 };
  const { numHeads, ...headless } = unet;

  test('without a kind are latent, as earlier versions wrote them, and read as then', () => {
    const old = {
      name: 'old',
      firstStage: { ...firstStage, attnResolutions: [] },
      unet: { ...headless, headChannels: 8 },
      schedule: { kind: 'scaled-linear', levels: 1000, betaStart: 0.0015, betaEnd: 0.0195 },
      scaleFactor: 1,
    };
    const parsed = priorSchema.parse(old);
    expect(parsed).toStrictEqual({ kind: 'latent', ...old });
    expect(latentPriorSchema.parse(old)).toStrictEqual(parsed);
  });

  test('of each kind are told apart', () => {
    expect(priorSchema.parse({ kind: 'pixel', name: 'p', unet }).kind).toBe('pixel');
    expect(priorSchema.parse({ kind: 'first-stage', name: 'f', firstStage })).not.toHaveProperty('unet');
    expect(() => priorSchema.parse({ kind: 'other' })).toThrow('kind');
  });

  test('that contradict themselves are refused', () => {
    const refuse = (edit: object, path: string) =>
      expect(() => priorSchema.parse({ kind: 'pixel', name: 'p', unet: { ...unet, ...edit } })).toThrow(path);
    refuse({ headChannels: 4 }, 'headChannels');
    refuse({ numHeads: undefined }, 'headChannels');
    refuse({ numHeads: 3 }, 'headChannels');
    refuse({ outChannels: 3 }, 'outChannels');
    refuse({ modelChannels: 2, frequencyShift: 1 }, 'frequencyShift');
    const schedule = (value: object) => () => priorSchema.parse({ kind: 'pixel', name: 'p', unet, schedule: value });
    expect(schedule({ kind: 'betas' })).toThrow('betas');
    expect(schedule({ kind: 'betas', levels: 3, betas: [0.1, 0.2] })).toThrow('one beta for each level');
    expect(schedule({ kind: 'linear', betas: [0.1] })).toThrow('betas');
  });
});
