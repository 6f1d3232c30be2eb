import { afterAll, beforeAll, expect, test } from 'vitest';
import { add, type Expr, input, mul, reshape, square } from '../graph/index.js';
import { denseToMap } from '../graph/sparse-map.js';
import { inpainting } from '../operators/inpainting.js';
import type { Operator } from '../operators/operator.js';
import { sparseOperator } from '../operators/sparse-operator.js';
import { functionOf, multiply, transposeDense } from '../priors/dense.js';
import type { Runtime } from '../runtime/index.js';
import { createNodeRuntime } from '../runtime/node/index.js';
import { Random } from '../tensor/random.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import { cglsIterations, Measurement, proximal } from './index.js';
import { smoothest } from './smoothest.js';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createNodeRuntime({ threads: 1 });
});
afterAll(() => runtime.dispose());

const [m, n] = [5, 9];
const random = new Random(4);
const matrix = random.normals([m, n]);
const linear = sparseOperator('dense', denseToMap(matrix), { inputShape: [1, 3, 3], outputShape: [m] });
const y = random.normals([1, m]);
const x0 = random.normals([1, 1, 3, 3]);
const measurementOf = (operator: Operator, sigma = 0.3) => new Measurement({ operator, y, sigma }, { runtime, random: new Random(0) });

/** `A^T (y - A x) - weight (x - x0)`, which is 0 at the minimum. */
function slope(x: Tensor, weight: number): number[] {
  const ax = multiply(matrix.data, x.data, m, n, 1);
  const back = multiply(
    transposeDense(matrix.data, m, n),
    Float64Array.from(y.data, (v, i) => v - ax[i]),
    n,
    m,
    1,
  );
  return Array.from(back, (v, i) => v - weight * (x.data[i] - x0.data[i]));
}

test('a linear operator: the minimiser, where the gradient vanishes; its squares are its own', async () => {
  const measurement = measurementOf(linear);
  const { x, squares } = await proximal(measurement, x0, { trust: 0.5, iterations: 9, newtonSteps: 1 });
  for (const value of slope(x, (0.3 / 0.5) ** 2)) expect(Math.abs(value)).toBeLessThan(1e-5);
  expect(squares).toBeCloseTo((await measurement.discrepancy(x)).squares, 4);
  const trusting = await proximal(measurement, x0, { trust: 1e-4, iterations: 9, newtonSteps: 1 });
  trusting.x.data.forEach((v, i) => {
    expect(v).toBeCloseTo(x0.data[i], 4);
  });
  await measurement.dispose();
});

test('a nonlinear operator: Gauss-Newton ends where the gradient vanishes', async () => {
  const bent: Operator = {
    name: 'bent',
    inputShape: [1, 3, 3],
    outputShape: [m],
    linear: false,
    apply(x: Expr) {
      const ax = linear.apply(x);
      return add(ax, mul(0.1, square(ax))); // A x + (A x)^2 / 10
    },
  };
  const measurement = measurementOf(bent);
  const weight = (0.3 / 0.5) ** 2;
  const { x } = await proximal(measurement, x0, { trust: 0.5, iterations: 9, newtonSteps: 20 });
  const { gradient } = await measurement.misfit(x); // of half the squares
  gradient.data.forEach((g, i) => {
    expect(Math.abs(g + weight * (x.data[i] - x0.data[i]))).toBeLessThan(5e-3); // costs are told apart in single precision; at x0 it is of order 1
  });
  const cost = async (at: Tensor) =>
    (await measurement.discrepancy(at)).squares + weight * at.data.reduce((sum, v, i) => sum + (v - x0.data[i]) ** 2, 0);
  expect(await cost(x)).toBeLessThan(0.5 * (await cost(x0)));
  await measurement.dispose();
});

test('the derivative of a nonlinear operator and its transpose belong together', async () => {
  const bent: Operator = {
    name: 'squares',
    inputShape: [1, 3, 3],
    outputShape: [9],
    linear: false,
    apply: (x) => reshape(square(x), [1, 9]),
  };
  const measurement = new Measurement({ operator: bent, y: random.normals([1, 9]), sigma: 1 }, { runtime, random: new Random(0) });
  const at = measurement.linearisedAt(x0);
  const d = Float64Array.from(random.normals([9]).data);
  const forward = await at.forward(d);
  forward.forEach((v, i) => {
    expect(v).toBeCloseTo(2 * x0.data[i] * d[i], 5);
  });
  expect([...(await at.adjoint(d))]).toEqual([...forward]); // it is diagonal
  await measurement.dispose();
});

test('conjugate gradients with damping solve (A^T A + w I) x = A^T b, and watch no target', async () => {
  const back = transposeDense(matrix.data, m, n);
  const map = {
    forward: async (x: Float64Array) => Float64Array.from(multiply(matrix.data, x, m, n, 1)),
    adjoint: async (r: Float64Array) => Float64Array.from(multiply(back, r, n, m, 1)),
  };
  const b = Float64Array.from(y.data);
  const steps = cglsIterations(map, b, n, { iterations: 9, damping: 0.7 });
  let next = await steps.next();
  while (!next.done) next = await steps.next();
  const { x, r } = next.value;
  const s = await map.adjoint(r);
  x.forEach((v, i) => {
    expect(s[i]).toBeCloseTo(0.7 * v, 6);
  });
  const ax = multiply(matrix.data, x, m, n, 1);
  expect(r).toBeNear(
    b.map((v, i) => v - ax[i]),
    { absolute: 1e-5 },
  );
});

test('the smoothest image that explains a measurement: what is missing is filled harmonically, from its border', async () => {
  const [side, hole] = [24, { from: 6, to: 18 }];
  const keep = tensor([side, side], new Float32Array(side * side).fill(1));
  const ramp = tensor([1, 1, side, side]);
  for (let i = 0; i < side; i++)
    for (let j = 0; j < side; j++) {
      ramp.data[i * side + j] = 0.03 * i - 0.02 * j + 0.1; // harmonic: the fill should be the ramp itself
      if (i >= hole.from && i < hole.to && j >= hole.from && j < hole.to) keep.data[i * side + j] = 0;
    }
  const operator = inpainting([1, side, side], keep);
  const compiled = await runtime.compile({ y: operator.apply(input('x', ramp.shape)) });
  const { y: masked } = await compiled.run({ x: ramp });
  const exact = new Measurement({ operator, y: masked, sigma: 0.01 }, { runtime, random: new Random(0) });
  const filled = await smoothest(exact, tensor([1, 1, side, side]), { slope: 0.1, iterations: 500 });
  expect(filled.data).toBeNear(ramp.data, { absolute: 0.01 });
  // long after convergence rounding has not grown
  const longer = await smoothest(exact, tensor([1, 1, side, side]), { slope: 0.1, iterations: 5000 });
  expect(longer.data).toBeNear(filled.data, { absolute: 1e-4 });
});

test('more iterations than there are directions: they end where rounding begins, and do not grow from there', async () => {
  const measurement = measurementOf(linear, 0.01);
  const few = await proximal(measurement, x0, { trust: 3, iterations: 9, newtonSteps: 1 });
  const many = await proximal(measurement, x0, { trust: 3, iterations: 500, newtonSteps: 1 });
  expect(many.x.data).toBeNear(few.x.data, { absolute: 1e-3 });
  await measurement.dispose();
});

test('with noise on y and on x0 the result is a draw: its deviation is that of the density', async () => {
  const measurement = measurementOf(linear);
  const trust = 0.5;
  const draws: Float32Array[] = [];
  for (let seed = 0; seed < 400; seed++) {
    const own = new Random(seed);
    const noisy = tensor(
      x0.shape,
      x0.data.map((v) => v + trust * own.normal()),
    );
    const noise = tensor(
      y.shape,
      y.data.map(() => 0.3 * own.normal()),
    );
    draws.push((await proximal(measurement, noisy, { trust, iterations: 9, newtonSteps: 1, noise })).x.data);
  }
  const precision = multiply(transposeDense(matrix.data, m, n), matrix.data, n, m, n).map(
    (v, i) => v / 0.3 ** 2 + (i % (n + 1) === 0 ? 1 / trust ** 2 : 0),
  );
  const exact = functionOf(precision, n, (v) => 1 / v);
  const total = (f: (i: number) => number) => Array.from({ length: n }, (_, i) => f(i)).reduce((a, b) => a + b, 0);
  const variance = total((i) => {
    const mean = draws.reduce((sum, x) => sum + x[i], 0) / draws.length;
    return draws.reduce((sum, x) => sum + (x[i] - mean) ** 2, 0) / draws.length;
  });
  expect(Math.abs(variance / total((i) => exact[i * (n + 1)]) - 1)).toBeLessThan(0.12);
  await measurement.dispose();
});
