import { expect, test } from 'vitest';
import { evaluate, input } from '../graph/index.js';
import { UserError } from '../tensor/errors.js';
import { tensor } from '../tensor/tensor.js';
import { averagePooling, bicubicDownsampling, type LinearOperator } from './index.js';

const apply = (operator: LinearOperator, data: ArrayLike<number>) =>
  evaluate({ y: operator.apply(input('x', [1, ...operator.inputShape])) }, { x: tensor([1, ...operator.inputShape], data) }).y.data;

// What MATLAB's imresize makes of images that count 0, 1, 2, ... row by row.
const matlab: Array<[side: number, factor: number, output: number[]]> = [
  [8, 2, [4.04296875, 6.08203125, 8.10546875, 10.14453125, 20.35546875, 22.39453125, 24.41796875, 26.45703125]],
  [8, 4, [12.3837890625, 16.6318359375, 46.3681640625, 50.6162109375]],
  [15, 3, [14.41975308641976, 17.506172839506178, 20.518518518518526, 23.530864197530867, 26.61728395061729, 60.71604938271606]],
  [15, 5, [29.1072, 34.288, 39.4688, 106.8192, 112, 117.1808, 184.5312, 189.712, 194.8928]],
];

test.each(matlab)('%i pixels by bicubic x%i are those of MATLAB to 1e-6 of the range', (side, factor, expected) => {
  const white = side ** 2 - 1;
  const y = apply(
    bicubicDownsampling([1, side, side], factor),
    Float64Array.from({ length: side ** 2 }, (_, i) => i / white),
  );
  expect(y.slice(0, expected.length)).toBeNear(
    expected.map((value) => value / white),
    { absolute: 1e-6 },
  );
});

test('x4 away from the edges: output j reads the inputs 4j - 6 .. 4j + 9 by sixteen taps', () => {
  const taps = [-0.001709, -0.010986, -0.018311, -0.011963, 0.022705, 0.097412, 0.181885, 0.240967];
  const operator = bicubicDownsampling([1, 32, 32], 4);
  for (let k = 0; k < 18; k++) {
    const x = new Float32Array(32 * 32);
    for (let row = 0; row < 32; row++) x[row * 32 + 4 * 3 - 7 + k] = 1; // a vertical line
    const tap = k < 1 || k > 16 ? 0 : taps[k <= 8 ? k - 1 : 16 - k];
    expect(apply(operator, x)[3]).toBeCloseTo(tap, 6);
  }
});

test('average pooling takes the mean of blocks, a channel at a time', () => {
  const operator = averagePooling([2, 2, 4], 2);
  expect([...apply(operator, [0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 0, 0, 8, 8, 0, 4])]).toEqual([2.5, 4.5, 8, 1]);
});

test('constants stay constant at every scale', () => {
  for (const factor of [2, 3, 4, 5, 6, 7, 8])
    for (const make of [bicubicDownsampling, averagePooling])
      for (const value of apply(make([1, 2 * factor, factor], factor), new Float32Array(2 * factor ** 2).fill(-0.7)))
        expect(value).toBeCloseTo(-0.7, 6);
});

test('a scale that does not divide, and an image of one pixel, are refused', () => {
  expect(() => bicubicDownsampling([3, 256, 250], 4)).toThrow(/250 does not divide by 4/);
  expect(() => bicubicDownsampling([3, 8, 8], 1)).toThrow(UserError);
  expect(() => averagePooling([3, 8, 8], 2.5)).toThrow(UserError);
  expect(() => averagePooling([3, 1, 1], 2)).toThrow(/1 x 1/);
  expect(() => averagePooling([8, 8], 2)).toThrow(/\[channels, rows, columns\]/);
});
