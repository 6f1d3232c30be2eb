import { describe, expect, test } from 'vitest';
import { evaluate, grad, input, mul, sum } from '../graph/index.js';
import { denseToMap } from '../graph/sparse-map.js';
import { Random } from '../tensor/random.js';
import { full, type Tensor, tensor } from '../tensor/tensor.js';
import { defaultGeometry, type LinearOperator, radon, sparseOperator } from './index.js';

/** Every linear operator of the room, small. A new one is added here and nowhere else. */
const registry: LinearOperator[] = [
  { ...radon(defaultGeometry({ size: 16, views: 5 })), name: 'ct' },
  {
    ...radon({ ...defaultGeometry({ size: 12, views: 3 }), bins: 9, axis: 3.7, size: [12, 15] }),
    name: 'ct, narrow detector, axis off the middle, oblong image',
  },
  {
    ...radon({ ...defaultGeometry({ size: 16, views: 4, muMax: 1.5 }), bins: 8, binSize: 4.1, axis: 3.5 }),
    name: 'ct, wide bins, its own muMax',
  },
  sparseOperator('a random matrix', denseToMap(new Random(9).normals([6, 2 * 3 * 4])), {
    inputShape: [2, 3, 4],
    outputShape: [6],
    offset: new Random(8).normals([6]),
  }),
];

const batch = 2;
const draw = (shape: readonly number[], seed: number, name: string): Tensor => new Random(seed).fork(name).normals([batch, ...shape]);
const inner = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((total, value, i) => total + value * b[i], 0);
const norm = (a: ArrayLike<number>): number => Math.sqrt(inner(a, a));

describe.each(registry.map((operator) => [operator.name, operator] as const))('%s', (_, operator) => {
  const x = input('x', [batch, ...operator.inputShape]);
  const y = input('y', [batch, ...operator.outputShape]);
  const outputs = { apply: operator.apply(x), linear: operator.linearPart(x), adjoint: operator.adjoint(y) };
  const run = (feeds: { x?: Tensor; y?: Tensor }) => evaluate(outputs, { x: feeds.x ?? tensor(x.shape), y: feeds.y ?? tensor(y.shape) });

  test('shapes', () => {
    expect(outputs.apply.shape).toEqual([batch, ...operator.outputShape]);
    expect(outputs.adjoint.shape).toEqual([batch, ...operator.inputShape]);
    expect(operator.offset.shape).toEqual(operator.outputShape);
    expect(() => operator.apply(input('x', [batch, 1, 2, 2]))).toThrow(/expected \[N,/);
  });

  test.each([0, 1, 2, 3])('<A x, v> = <x, A^T v> to 1e-5, seed %i', (seed) => {
    const [u, v] = [draw(operator.inputShape, seed, 'x'), draw(operator.outputShape, seed, 'v')];
    const { linear, adjoint } = run({ x: u, y: v });
    expect(norm(linear.data)).toBeGreaterThan(0);
    expect(Math.abs(inner(linear.data, v.data) - inner(u.data, adjoint.data))).toBeLessThan(1e-5 * norm(linear.data) * norm(v.data));
  });

  test('linear: A(a x + b z) = a A x + b A z', () => {
    const [p, q] = [draw(operator.inputShape, 5, 'x'), draw(operator.inputShape, 6, 'x')];
    const both = tensor(
      p.shape,
      p.data.map((value, i) => 2 * value - 0.5 * q.data[i]),
    );
    const [left, first, second] = [both, p, q].map((image) => run({ x: image }).linear.data);
    const difference = left.map((value, i) => value - 2 * first[i] + 0.5 * second[i]);
    expect(norm(difference)).toBeLessThan(1e-6 * norm(left));
  });

  test('apply = linear part + offset, and apply(0) = offset', () => {
    const { apply, linear } = run({ x: draw(operator.inputShape, 7, 'x') });
    const m = operator.offset.data.length;
    apply.data.forEach((value, i) => {
      expect(value - linear.data[i]).toBeCloseTo(operator.offset.data[i % m], 6);
    });
    const atZero = run({}).apply.data;
    atZero.forEach((value, i) => {
      expect(value).toBeCloseTo(operator.offset.data[i % m], 6);
    });
  });

  test('the gradient of <A x, v> is the adjoint', () => {
    const v = draw(operator.outputShape, 8, 'v');
    const [gradient] = grad(sum(mul(operator.apply(x), y)), [x]);
    const { g, adjoint } = evaluate({ g: gradient, adjoint: outputs.adjoint }, { x: tensor(x.shape), y: v });
    expect(norm(g.data.map((value, i) => value - adjoint.data[i]))).toBeLessThan(1e-6 * norm(adjoint.data));
  });
});

test('CT in the unit of a scanner: air gives 0, x = +1 gives muMax times the length in cm', () => {
  const operator = radon(defaultGeometry({ size: 16, fieldOfView: 8, views: 1 }), { muMax: 0.25 });
  const middle = (operator.outputShape[1] - 1) / 2;
  const at = (value: number): Float64Array =>
    evaluate({ y: operator.apply(input('x', [1, 1, 16, 16])) }, { x: full(value, [1, 1, 16, 16]) }).y.data;
  expect(Math.max(...at(-1).map(Math.abs))).toBeLessThan(1e-6);
  expect(at(1)[middle]).toBeCloseTo(0.25 * 8, 5);
  expect(at(0)[middle]).toBeCloseTo(0.25 * 4, 5);
});
