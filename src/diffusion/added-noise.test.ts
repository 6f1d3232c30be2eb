import { expect, test } from 'vitest';
import { Random } from '../tensor/random.js';
import { full, mapTensor, type Tensor } from '../tensor/tensor.js';
import { addNoise, stepDown } from './index.js';

const count = 40_000;
const moments = ({ data }: Tensor): [number, number] => {
  const mean = data.reduce((a, b) => a + b) / data.length;
  return [mean, Math.sqrt(data.reduce((a, b) => a + (b - mean) ** 2, 0) / data.length)];
};

test('noise is added at its level', () => {
  const [mean, deviation] = moments(addNoise(full(0.7, [count]), 0.3, new Random(1)));
  expect(Math.abs(mean - 0.7)).toBeLessThan(0.006);
  expect(Math.abs(deviation / 0.3 - 1)).toBeLessThan(0.015);
});

test.each([0, 0.5, 1])('eta %d: where the clean image is known, a step from noise s ends with noise s2', (eta) => {
  const [clean, s, next] = [0.7, 2, 0.5];
  const x = addNoise(full(clean, [count]), s, new Random(1));
  const [mean, deviation] = moments(stepDown(full(clean, [count]), full(clean, [count]), x, s, next, eta, new Random(2)));
  expect(Math.abs(mean - clean)).toBeLessThan(0.01);
  expect(Math.abs(deviation / next - 1)).toBeLessThan(0.015);
});

test('eta 1 is the posterior of noise at s2 given x at s and the clean image', () => {
  const [clean, s, next, x] = [0.7, 2, 0.5, 1.9];
  const [mean, deviation] = moments(stepDown(full(clean, [count]), full(clean, [count]), full(x, [count]), s, next, 1, new Random(3)));
  // two looks at x2: from the clean image with noise s2, from x with what noise came between
  const precision = 1 / next ** 2 + 1 / (s ** 2 - next ** 2);
  expect(Math.abs(mean - (clean / next ** 2 + x / (s ** 2 - next ** 2)) / precision)).toBeLessThan(0.01);
  expect(Math.abs(deviation * Math.sqrt(precision) - 1)).toBeLessThan(0.015);
});

test('eta 0 is deterministic, the noise goes with the image it is put on, and of level 0 nothing is left', () => {
  const x = new Random(1).normals([5]);
  const clean = mapTensor(x, (v) => 0.5 * v);
  const moved = mapTensor(clean, (v) => v + 3);
  const none = { normal: () => Number.NaN } as unknown as Random;
  const a = stepDown(clean, clean, x, 2, 0.5, 0, none);
  const b = stepDown(moved, clean, x, 2, 0.5, 0, none);
  b.data.forEach((v, i) => {
    expect(a.data[i]).toBeCloseTo(clean.data[i] + (0.5 * (x.data[i] - clean.data[i])) / 2, 6);
    expect(v).toBeCloseTo(a.data[i] + 3, 5);
  });
  expect(stepDown(moved, clean, x, 2, 0, 0, none).data).toEqual(moved.data);
});
