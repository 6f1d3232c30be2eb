import { expect, test } from 'vitest';
import { multiply, transposeDense } from '../../priors/dense.js';
import { Random } from '../../tensor/random.js';
import { tensor } from '../../tensor/tensor.js';
import { langevin } from './langevin.js';
import { squaredNorm } from './squared-norm.js';

test('Langevin steps draw from the density whose slope they take', async () => {
  // N(1, 0.5^2) in 4000 numbers at once; the deviation is off by h / (4 deviation^2), here 1 %
  const gradient = async ({ data }: { data: Float32Array }) => Float64Array.from(data, (v) => (v - 1) / 0.25);
  const { data } = await langevin(gradient, tensor([4000]), { steps: 600, size: 0.01, random: new Random(1) });
  const mean = data.reduce((sum, v) => sum + v, 0) / data.length;
  const deviation = Math.sqrt(data.reduce((sum, v) => sum + (v - mean) ** 2, 0) / data.length);
  expect(Math.abs(mean - 1)).toBeLessThan(0.03);
  expect(Math.abs(deviation / 0.5 - 1)).toBeLessThan(0.04);
});

test('the squared norm of a matrix is the greatest eigenvalue of A^T A; of nothing, 0', async () => {
  const [m, n] = [5, 4];
  const a = new Float64Array(m * n);
  for (const [i, s] of [0.5, 3, 1, 2].entries()) a[i * n + i] = s;
  const map = {
    forward: async (x: Float64Array) => multiply(a, x, m, n, 1),
    adjoint: async (r: Float64Array) => multiply(transposeDense(a, m, n), r, n, m, 1),
  };
  expect(await squaredNorm(map, n)).toBeCloseTo(9, 3);
  const none = { forward: async () => new Float64Array(m), adjoint: async () => new Float64Array(n) };
  expect(await squaredNorm(none, n)).toBe(0);
});
