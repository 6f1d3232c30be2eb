import { expect, test } from 'vitest';
import { evaluate, input } from '../graph/index.js';
import { tensor } from '../tensor/tensor.js';
import { denoising, highDynamicRange, type Operator, pseudoInverse, radon, spectralOf } from './index.js';
import { defaultGeometry } from './make-geometry.js';

const apply = (operator: Operator, x: number[]) => [
  ...evaluate({ y: operator.apply(input('x', [1, 1, 2, 2])) }, { x: tensor([1, 1, 2, 2], x) }).y.data,
];

test('denoising measures the image itself', () => {
  expect(apply(denoising([1, 2, 2]), [-1, 0, 0.5, 2])).toEqual([-1, 0, 0.5, 2]);
});

test('high dynamic range doubles and clips', () => {
  expect(apply(highDynamicRange([1, 2, 2]), [-0.75, -0.25, 0.5, 0.75])).toEqual([-1, -0.5, 1, 1]);
  expect(() => highDynamicRange([1, 2, 2], 1)).toThrow(/above 1/);
  expect(() => highDynamicRange([1, 2, 1])).toThrow(/2 x 1/);
});

test('an operator without a cheap decomposition says so', () => {
  const ct = radon(defaultGeometry({ size: 8, views: 3 }));
  expect(() => spectralOf(ct)).toThrow(/ct has no singular value decomposition/);
  expect(() => pseudoInverse(ct, input('y', [1, ...ct.outputShape]))).toThrow(/ct/);
});
