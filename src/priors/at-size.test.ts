import { expect, test } from 'vitest';
import { atSize } from './at-size.js';
import type { LatentPrior } from './prior.js';

const prior: LatentPrior = {
  name: 'p',
  space: 'latent',
  imageShape: [1, 64, 64],
  latentShape: [3, 16, 16],
  sizeMultiple: 32,
  alphaBar: new Float64Array(1),
  encode: (x) => x,
  decode: (z) => z,
  epsilon: (z) => z,
};

test('image and latent grow together', () => {
  const large = atSize(prior, 128, 96);
  expect([large.imageShape, large.latentShape]).toEqual([
    [1, 128, 96],
    [3, 32, 24],
  ]);
  expect(atSize(prior, 64, 64)).toBe(prior);
});

test('a size that the prior cannot run at is refused with those it can', () => {
  expect(() => atSize(prior, 128, 100)).toThrow(/128 x 100.*multiples of 32/);
  expect(() => atSize({ ...prior, sizeMultiple: undefined }, 128, 128)).toThrow(/only 64 x 64/);
});
