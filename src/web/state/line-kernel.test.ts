import { expect, test } from 'vitest';
import { parseKernel } from '../../operators/index.js';
import { lineKernel } from './line-kernel.js';

test.each([
  [0, 0],
  [1, 30],
  [9, 0],
  [15, 45],
  [40, -60],
])('a line of %d pixels at %d degrees is a kernel: odd, of sum 1, as bright on one side as on the other', (length, degrees) => {
  const kernel = lineKernel(length, degrees);
  const { notices } = parseKernel(kernel);
  expect(notices).toEqual([]);
  expect(kernel.shape[0] % 2).toBe(1);
  expect(kernel.data.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  const turned = kernel.data.toReversed();
  for (const [i, value] of kernel.data.entries()) expect(value).toBeCloseTo(turned[i], 5);
});

test('it lies as the angle says: upwards to the right at 45 degrees', () => {
  const { shape, data } = lineKernel(10, 45);
  const side = shape[0];
  const at = (row: number, column: number) => data[row * side + column];
  const middle = (side - 1) / 2;
  expect(at(middle - 2, middle + 2)).toBeGreaterThan(0.05);
  expect(at(middle + 2, middle + 2)).toBe(0);
});
