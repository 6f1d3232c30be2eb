import { expect, test } from 'vitest';
import { UserError } from '../tensor/errors.js';
import { Random } from '../tensor/random.js';
import { full, tensor } from '../tensor/tensor.js';
import { gaussianNoise, photonNoise, photonSigma, shotNoise, shotSigma } from './noise.js';

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

test.each([-0.9, 0, 0.8])('shot noise on a picture of %d: unbiased, variance 4 intensity / photons, as shotSigma says', (value) => {
  const y = full(value, [1, 100, 100]);
  const { mean, variance } = moments(shotNoise(y, 200, new Random(2)).data);
  const expected = (4 * (value + 1)) / 2 / 200;
  expect(Math.abs(mean - value)).toBeLessThan(4 * Math.sqrt(expected / 1e4));
  expect(Math.abs(variance / expected - 1)).toBeLessThan(0.06);
  expect(shotSigma(y, 200) ** 2).toBeCloseTo(expected, 8);
});

test('black and darker pixels count nothing; shot noise is seeded and needs photons', () => {
  expect([...shotNoise(tensor([2], [-1, -1.5]), 50, new Random(0)).data]).toEqual([-1, -1]);
  const y = full(0.3, [1, 8, 8]);
  expect(shotNoise(y, 50, new Random(0))).toEqual(shotNoise(y, 50, new Random(0)));
  expect(shotNoise(y, 50, new Random(0))).not.toEqual(shotNoise(y, 50, new Random(1)));
  for (const photons of [0, Number.NaN])
    for (const f of [shotSigma, shotNoise]) expect(() => f(y, photons, new Random(0))).toThrow(/photons/);
});
