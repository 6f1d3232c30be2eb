import { expect, test } from 'vitest';
import { Random } from '../tensor/random.js';
import { tensor } from '../tensor/tensor.js';
import { evaluate } from './evaluate.js';
import { constant, type Expr, input } from './expr.js';
import { grad } from './gradient.js';
import { graphSize, toOnnx } from './onnx-out.js';
import { add, broadcastTo, conv2d, flip, groupNorm, mul, silu, stopGradient, straightThrough, sub, sum, transpose } from './operations.js';
import { simplify } from './simplify.js';

const random = new Random(1);
const x = input('x', [2, 3]);
const operations = (y: Expr): number => graphSize({ y }).operations;

test('neutral operations vanish', () => {
  expect(operations(mul(add(x, 0), 1))).toBe(0);
  expect(operations(sub(x, 0))).toBe(0);
  expect(operations(transpose(transpose(x)))).toBe(0);
  expect(operations(straightThrough(stopGradient(x), mul(x, 3)))).toBe(0);
  expect(operations(mul(0.5, mul(4, x)))).toBe(1);
});

test('zero times anything is a constant, and what it hid is dead code', () => {
  expect(graphSize({ y: mul(0, silu(x)) })).toEqual({ operations: 0, constants: 1 });
});

test('constants fold, also through the turned kernel of a convolution gradient', () => {
  const image = input('image', [1, 2, 4, 4]);
  const weight = constant(random.normals([3, 2, 3, 3]));
  const [g] = grad(sum(mul(conv2d(image, weight, { pads: 1 }), input('seed', [1, 3, 4, 4]))), [image]);
  expect(operations(g)).toBe(1);
  expect(simplify({ y: flip(weight, [2, 3]) }).y.inputs).toHaveLength(0);
});

test('equal subexpressions are computed once', () => {
  expect(operations(add(silu(x), silu(x)))).toBe(2);
  expect(operations(add(mul(x, constant(tensor([3], [1, 2, 3]))), mul(x, constant(tensor([3], [1, 2, 3])))))).toBe(2);
});

test('an operand of a broadcasting operation is not stretched first', () => {
  const row = input('row', [1, 3]);
  expect(operations(mul(broadcastTo(row, [2, 3]), x))).toBe(1);
  // but it is where the result would shrink
  expect(operations(mul(broadcastTo(row, [2, 3]), 2))).toBe(2);
});

test('values do not change', () => {
  const image = input('image', [1, 4, 5, 5]);
  const y = groupNorm(
    conv2d(image, constant(random.normals([4, 4, 3, 3])), { pads: 1 }),
    2,
    constant(random.normals([4])),
    constant(random.normals([4])),
    1e-6,
  );
  const [g] = grad(sum(silu(y)), [image]);
  const feeds = { image: random.normals([1, 4, 5, 5]) };
  const before = evaluate({ y, g }, feeds);
  const after = evaluate(simplify({ y, g }), feeds);
  for (const key of ['y', 'g'] as const) {
    after[key].data.forEach((v, i) => {
      expect(v).toBeCloseTo(before[key].data[i], 5);
    });
  }
});

test('names: an output cannot be called like an input, and inputs of one name must agree', () => {
  expect(() => toOnnx({ x: mul(x, 2) })).toThrow(/"x" is the name of an input and of an output/);
  expect(() => toOnnx({ y: add(sum(input('a', [2])), sum(input('a', [3]))) })).toThrow(/two inputs are named "a"/);
  const { inputs, outputs } = toOnnx({ y: mul(x, 2) });
  expect(inputs).toEqual([{ name: 'x', shape: [2, 3], dtype: 'float32' }]);
  expect(outputs).toEqual([{ name: 'y', shape: [2, 3], dtype: 'float32' }]);
});
