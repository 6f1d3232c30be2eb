import { expect, test } from 'vitest';
import { UserError } from '../tensor/errors.js';
import { Random } from '../tensor/random.js';
import { full } from '../tensor/tensor.js';
import { gaussianNoise, photonNoise, photonSigma } from './noise.js';

function moments(values: Float32Array): { mean: number; variance: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, variance: values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length };
}

test('Gaussian noise has the mean and the sigma asked for, and the same seed gives the same noise', () => {
  const y = full(1.5, [1, 100, 100]);
  const noisy = gaussianNoise(y, 0.05, new Random(0));
  const { mean, variance } = moments(noisy.data);
  expect(Math.abs(mean - 1.5)).toBeLessThan(0.002);
  expect(Math.abs(variance / 0.05 ** 2 - 1)).toBeLessThan(0.05);
  expect(gaussianNoise(y, 0.05, new Random(0))).toEqual(noisy);
  expect(gaussianNoise(y, 0.05, new Random(1))).not.toEqual(noisy);
  expect(gaussianNoise(y, 0, new Random(1))).toEqual(y);
});

test.each([0, 2, 4])('photon noise after y = %d: unbiased to first order, variance exp(y) / I0, as photonSigma says', (line) => {
  const y = full(line, [1, 100, 100]);
  const { mean, variance } = moments(photonNoise(y, 1e5, new Random(2)).data);
  const expected = Math.exp(line) / 1e5;
  expect(Math.abs(mean - line)).toBeLessThan(4 * Math.sqrt(expected / 1e4) + expected);
  expect(Math.abs(variance / expected - 1)).toBeLessThan(0.06);
  expect(photonSigma(y, 1e5) ** 2).toBeCloseTo(expected, 8);
});

test('rays that let nothing through stay finite', () => {
  const noisy = photonNoise(full(50, [1, 4, 4]), 1000, new Random(3));
  expect([...noisy.data].every((value) => Math.abs(value - Math.log(2000)) < 1e-4)).toBe(true);
  expect(noisy.data.every(Number.isFinite)).toBe(true);
});

test('impossible noise is refused', () => {
  const y = full(0, [1, 2, 2]);
  for (const sigma of [-0.1, Number.NaN, Infinity]) expect(() => gaussianNoise(y, sigma, new Random(0))).toThrow(UserError);
  for (const photons of [0, -5, Number.NaN, Infinity]) expect(() => photonNoise(y, photons, new Random(0))).toThrow(/photons/);
});
