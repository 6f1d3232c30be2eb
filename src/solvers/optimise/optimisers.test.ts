import { describe, expect, test } from 'vitest';
import { functionOf, multiply, transposeDense } from '../../priors/dense.js';
import { Random } from '../../tensor/random.js';
import { adam } from './adam.js';
import { cglsIterations, type LinearMap } from './cgls-iterations.js';
import { lbfgs } from './lbfgs.js';
import { cubicMinimum, strongWolfe } from './line-search.js';
import type { Evaluation } from './objective.js';

async function last<Y, R>(generator: AsyncGenerator<Y, R, void>): Promise<{ yields: Y[]; value: R }> {
  const yields: Y[] = [];
  for (;;) {
    const next = await generator.next();
    if (next.done) return { yields, value: next.value };
    yields.push(next.value);
  }
}

const rosenbrock = async ([x, y]: Float64Array): Promise<Evaluation> => ({
  value: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
  gradient: [-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)],
});

const n = 30;
const curvatures = Float64Array.from({ length: n }, (_, i) => 10 ** (-1 + (2 * i) / (n - 1)));
const quadratic = async (x: Float64Array): Promise<Evaluation> => ({
  value: 0.5 * x.reduce((sum, v, i) => sum + curvatures[i] * (v - 1) ** 2, 0),
  gradient: x.map((v, i) => curvatures[i] * (v - 1)),
});

describe('L-BFGS', () => {
  test('solves Rosenbrock, with few evaluations beyond one an iteration', async () => {
    const { value } = await last(lbfgs(rosenbrock, [-1.2, 1], { iterations: 100 }));
    expect(value.x[0]).toBeCloseTo(1, 5);
    expect(value.x[1]).toBeCloseTo(1, 5);
    expect(value.evaluations).toBeLessThan(65);
  });

  test('solves a quadratic of condition 100, every iterate lower than the one before', async () => {
    const { value, yields } = await last(lbfgs(quadratic, new Float64Array(n), { iterations: 150 }));
    expect(value.at.value).toBeLessThan(1e-12);
    for (let k = 1; k < yields.length; k++) expect(yields[k].at.value).toBeLessThan(yields[k - 1].at.value);
  });

  test('stops at the target, and within its evaluations', async () => {
    const met = (await last(lbfgs(quadratic, new Float64Array(n), { iterations: 150, target: 1e-2 }))).value;
    expect(met.at.value).toBeLessThanOrEqual(1e-2);
    expect(met.at.value).toBeGreaterThan(1e-6);
    expect((await last(lbfgs(quadratic, new Float64Array(n), { iterations: 150, maxEvaluations: 7 }))).value.evaluations).toBe(7);
    expect((await last(lbfgs(quadratic, new Float64Array(n), { iterations: 5, target: 1e9 }))).value.iteration).toBe(0);
  });

  test('an objective that jumps, or is not finite beyond a point, neither hangs it nor makes it worse', async () => {
    const jumpy = async (x: Float64Array): Promise<Evaluation> => ({
      value: x[0] > 3 ? Number.NaN : Math.round(10 * (x[0] - 5) ** 2) / 10,
      gradient: [2 * (x[0] - 5)],
    });
    const { value } = await last(lbfgs(jumpy, [0], { iterations: 40 }));
    expect(value.at.value).toBeLessThan(9);
  });
});

test('the line search meets the strong Wolfe conditions from steps far too short and far too long', async () => {
  const line = (t: number) => ({ value: (t - 2) ** 4 + 0.1 * t, slope: 4 * (t - 2) ** 3 + 0.1 });
  const start = { step: 0, ...line(0) };
  for (const first of [1e-4, 0.3, 50]) {
    const found = await strongWolfe(async (step) => ({ step, ...line(step), at: { value: 0, gradient: [] } }), start, first);
    expect(found.value).toBeLessThanOrEqual(start.value + 1e-4 * found.step * start.slope);
    expect(Math.abs(found.slope)).toBeLessThanOrEqual(-0.9 * start.slope);
    expect(found.step).toBeGreaterThan(0);
  }
  const cubic = (t: number) => ({ step: t, value: t ** 3 - 3 * t, slope: 3 * t * t - 3 });
  expect(cubicMinimum(cubic(0), cubic(2))).toBeCloseTo(1, 12);
});

describe('Adam', () => {
  test('first steps by the formula of the paper', async () => {
    const gradients = [3, -1];
    let call = 0;
    const { value } = await last(
      adam(async () => ({ value: 1, gradient: [gradients[call++]] }), [0.5], { iterations: 2, learningRate: 0.1 }),
    );
    const second = (0.9 * 0.1 * 3 + 0.1 * -1) / (1 - 0.81) / (Math.sqrt((0.999 * 0.001 * 9 + 0.001) / (1 - 0.999 ** 2)) + 1e-8);
    expect(value.x[0]).toBeCloseTo(0.5 - 0.1 - 0.1 * second, 9);
  });

  test('converges; stops where the target is met, or one step beyond; weight decay shrinks what has no gradient', async () => {
    const flat = async ([x]: Float64Array): Promise<Evaluation> => ({ value: (x - 1) ** 2, gradient: [2 * (x - 1), 0] });
    const met = (await last(adam(flat, [0, 1], { iterations: 2000, learningRate: 0.01, target: 1e-4 }))).value;
    expect((met.x[0] - 1) ** 2).toBeLessThanOrEqual(1e-4);
    expect(met.x[1]).toBe(1);
    const beyond = (await last(adam(flat, [0, 1], { iterations: 2000, learningRate: 0.01, target: 1e-4, stepBeyondTarget: true }))).value;
    expect(beyond.iteration).toBe(met.iteration);
    expect(beyond.x[0]).not.toBe(met.x[0]);
    const decayed = (await last(adam(flat, [0, 1], { iterations: 2000, learningRate: 0.01, weightDecay: 0.01 }))).value;
    expect(decayed.x[1]).toBeCloseTo((1 - 1e-4) ** 2000, 9); // 0.819
  });

  test('a plateau is a value above that of so many iterations ago', async () => {
    let call = 0;
    const { value } = await last(
      adam(async () => ({ value: Math.abs(++call - 50), gradient: [1] }), [0], { iterations: 1000, learningRate: 0.01, plateau: 20 }),
    );
    expect(value.iteration).toBe(61); // |61 - 50| > |41 - 50|
  });
});

describe('least squares', () => {
  const [m, d] = [12, 8];
  const random = new Random(6);
  const a = Float64Array.from(random.normals([m, d]).data);
  const b = Float64Array.from(random.normals([m]).data);
  const map: LinearMap = {
    forward: async (x) => multiply(a, x, m, d, 1),
    adjoint: async (r) => multiply(transposeDense(a, m, d), r, d, m, 1),
  };
  const normal = multiply(transposeDense(a, m, d), a, d, m, d);
  const dense = multiply(
    functionOf(normal, d, (v) => 1 / v),
    multiply(transposeDense(a, m, d), b, d, m, 1),
    d,
    d,
    1,
  );

  test('CGLS ends at the dense least-squares solution; its residual never rises', async () => {
    const squares: number[] = [];
    const steps = cglsIterations(map, b, d, { iterations: d });
    let next = await steps.next();
    for (; !next.done; next = await steps.next()) squares.push(next.value.squares);
    expect(next.value.x).toBeNear(dense, { absolute: 5e-9 });
    for (let k = 1; k < squares.length; k++) expect(squares[k]).toBeLessThanOrEqual(squares[k - 1]);
  });

  test('CGLS on an underdetermined system with a row of zeros: the solution of least norm, nothing blown up by the row', async () => {
    const wide = transposeDense(a, m, d); // 8 x 12
    wide.fill(0, 0, m);
    const right = Float64Array.from(random.normals([d]).data);
    const { value } = await last(
      cglsIterations(
        { forward: async (x) => multiply(wide, x, d, m, 1), adjoint: async (r) => multiply(transposeDense(wide, d, m), r, m, d, 1) },
        right,
        m,
        { iterations: 40, target: right[0] ** 2 + 1e-16 },
      ),
    );
    const gram = multiply(wide, transposeDense(wide, d, m), d, m, d);
    const expected = multiply(
      transposeDense(wide, d, m),
      multiply(
        functionOf(gram, d, (v) => (v > 1e-9 ? 1 / v : 0)),
        right,
        d,
        d,
        1,
      ),
      m,
      d,
      1,
    );
    expect(value.x).toBeNear(expected, { absolute: 5e-7 });
  });

  test('CGLS stops at the first iterate under the target', async () => {
    const full = (await last(cglsIterations(map, b, d, { iterations: d }))).value.squares;
    const target = 2 * full;
    const { value, yields } = await last(cglsIterations(map, b, d, { iterations: d, target }));
    expect(value.squares).toBeLessThanOrEqual(target);
    expect(value.iteration).toBeLessThan(d);
    expect(yields.length).toBe(value.iteration);
  });
});
