import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.js';
import { evaluate } from './evaluate.js';
import { input } from './expr.js';
import { grad } from './gradient.js';
import { maxPool, mul, sum } from './operations.js';

test('among equals the gradient of a maximum goes to the first in row order, as in PyTorch', () => {
  const x = input('x', [1, 1, 3, 3]);
  const y = maxPool(x, { kernel: [2, 2], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0] });
  const weights = input('w', [1, 1, 2, 2]);
  const [g] = grad(sum(mul(y, weights)), [x]);
  const feeds = { x: tensor([1, 1, 3, 3], [0, 5, 5, 5, 0, 0, 0, 0, 0]), w: tensor([1, 1, 2, 2], [1, 10, 100, 1000]) };
  // torch.nn.functional.max_pool2d(x, 2, 1) with the same weights: windows (0,1), (0,1), (1,0), (1,1)
  expect([...evaluate({ g }, feeds).g.data]).toEqual([0, 11, 0, 100, 1000, 0, 0, 0, 0]);
});

test('what pads stand for never wins, and windows larger than the image are refused', () => {
  const x = input('x', [1, 1, 2, 2]);
  const window = { kernel: [2, 2], strides: [2, 2], dilations: [1, 1], pads: [1, 1, 1, 1] } as const;
  const feeds = { x: tensor([1, 1, 2, 2], [-1, -2, -3, -4]) };
  const y = maxPool(x, window);
  expect([...evaluate({ y }, feeds).y.data]).toEqual([-1, -2, -3, -4]);
  expect([...evaluate({ g: grad(sum(y), [x])[0] }, feeds).g.data]).toEqual([1, 1, 1, 1]);
  expect(() => maxPool(x, { ...window, kernel: [5, 5] })).toThrow(/larger than the padded input/);
  expect(() => maxPool(x, { ...window, pads: [2, 0, 0, 0] })).toThrow(/as large as the window/);
});
