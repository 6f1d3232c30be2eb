import { expect, test } from 'vitest';
import { Random } from '../../tensor/random.js';
import { tensor } from '../../tensor/tensor.js';
import { stateProjection } from './state-projection.js';

/** `3 a1 b1^T + 1 a2 b2^T`: squared singular values 9 and 1. */
const [rows, columns] = [3, 4];
const a = [
  [0.6, 0.8, 0],
  [-0.8, 0.6, 0],
];
const b = [
  [0.5, 0.5, 0.5, 0.5],
  [0.5, -0.5, 0.5, -0.5],
];
const outer = (i: number, j: number) => Array.from({ length: rows * columns }, (_, k) => a[i][Math.floor(k / columns)] * b[j][k % columns]);
const state = tensor(
  [1, 2, rows, columns],
  [...outer(0, 0).map((v, k) => 3 * v + outer(1, 1)[k]), ...outer(1, 1).map((v, k) => 2 * v + 0.5 * outer(0, 0)[k])],
);

test('0 is no projection, and 1 keeps what the state spans', () => {
  const gradient = new Random(1).normals([2 * rows * columns]).data;
  expect(stateProjection(state, 0)(gradient)).toBe(gradient);
  const inside = Float64Array.from([...outer(0, 1), ...outer(1, 0)]);
  expect(stateProjection(state, 1)(inside)).toBeNear(inside, { absolute: 1e-6 });
});

test('a share keeps as many singular vectors as hold it, channel by channel', () => {
  // of the first channel 9 of 10 are along a1 b1^T, of the second 4 of 4.25 along a2 b2^T
  const gradient = Float64Array.from([
    ...outer(0, 0).map((v, k) => v + 5 * outer(0, 1)[k]),
    ...outer(1, 1).map((v, k) => v + 7 * outer(0, 0)[k]),
  ]);
  expect(stateProjection(state, 0.85)(gradient)).toBeNear(Float64Array.from([...outer(0, 0), ...outer(1, 1)]), { absolute: 1e-6 });
  expect(stateProjection(state, 0.93)(gradient)).toBeNear(Float64Array.from([...gradient.slice(0, 12), ...outer(1, 1)]), {
    absolute: 1e-6,
  });
});

test('what it makes is a projection: twice is once, and nothing grows', () => {
  const project = stateProjection(new Random(2).normals([1, 1, 6, 5]), 0.7);
  const gradient = new Random(3).normals([30]).data;
  const once = project(gradient);
  expect(project(once)).toBeNear(once, { absolute: 1e-9 });
  const norm = (x: ArrayLike<number>) => Math.hypot(...Array.from(x));
  expect(norm(once)).toBeLessThan(norm(gradient));
  expect(norm(once)).toBeGreaterThan(0);
});
