import { describe, expect, test } from 'vitest';
import { add, evaluate, grad, input, mul, sub, sum } from '../graph/index.js';
import { createNodeRuntime } from '../runtime/node/index.js';
import { Random } from '../tensor/random.js';
import { full, type Tensor, tensor } from '../tensor/tensor.js';
import { defaultGeometry, graphOperator, linearOperator, pseudoInverse, radon, solveNormal } from './index.js';
import { linearOperators, nonlinearOperators } from './testing/every-operator.js';

const batch = 2;
const draw = (shape: readonly number[], seed: number, name: string): Tensor => new Random(seed).fork(name).normals([batch, ...shape]);
const inner = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((total, value, i) => total + value * b[i], 0);
const norm = (a: ArrayLike<number>): number => Math.sqrt(inner(a, a));

describe.each(linearOperators.map((operator) => [operator.name, operator] as const))('%s', (_, operator) => {
  const x = input('x', [batch, ...operator.inputShape]);
  const y = input('y', [batch, ...operator.outputShape]);
  const outputs = { apply: operator.apply(x), linear: operator.linearPart(x), adjoint: operator.adjoint(y) };
  const run = (feeds: { x?: Tensor; y?: Tensor }) => evaluate(outputs, { x: feeds.x ?? tensor(x.shape), y: feeds.y ?? tensor(y.shape) });

  test('shapes', () => {
    expect(outputs.apply.shape).toEqual([batch, ...operator.outputShape]);
    expect(outputs.adjoint.shape).toEqual([batch, ...operator.inputShape]);
    expect(operator.offset.shape).toEqual(operator.outputShape);
    expect(() => operator.apply(input('x', [batch, 1, 2, 2]))).toThrow(/expected \[N,/);
    expect(() => operator.adjoint(input('y', [batch, 1, 2, 2]))).toThrow(/expected \[N,/);
    expect(() => operator.apply(input('x', x.shape, 'int64'))).toThrow(TypeError);
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

describe.each(linearOperators.filter(({ direct }) => direct).map((operator) => [operator.name, operator] as const))(
  'without a graph: %s',
  (_, operator) => {
    const map = operator.direct!.on();
    const x = Float64Array.from(new Random(31).normals(operator.inputShape).data);
    const v = Float64Array.from(new Random(32).normals(operator.outputShape).data);
    const graphs = {
      y: operator.linearPart(input('x', [1, ...operator.inputShape])),
      back: operator.adjoint(input('v', [1, ...operator.outputShape])),
    };

    test('the numbers are those of its graphs', async () => {
      const { y, back } = evaluate(graphs, { x: tensor([1, ...operator.inputShape], x), v: tensor([1, ...operator.outputShape], v) });
      // entries of the matrix are rounded to float32
      expect(await map.forward(x)).toBeNear(y.data, { relative: 1e-6 });
      expect(await map.adjoint(v)).toBeNear(back.data, { relative: 1e-6 });
      expect(operator.direct!.only).toBe(false);
    });

    test('<A x, v> = <x, A^T v> to rounding, calls one after another however they are made', async () => {
      const [y, back, again] = await Promise.all([map.forward(x), map.adjoint(v), map.forward(x)]);
      expect(Math.abs(inner(y, v) - inner(x, back))).toBeLessThan(1e-12 * norm(y) * norm(v));
      expect(again).toEqual(y);
    });
  },
);

describe.each(linearOperators.filter((operator) => operator.spectral).map((operator) => [operator.name, operator] as const))(
  'spectral form: %s',
  (_, operator) => {
    const form = operator.spectral!();
    const x = input('x', [batch, ...operator.inputShape]);
    const u = draw(operator.inputShape, 11, 'x');
    const close = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance: number) =>
      expect(norm(Array.from(a, (value, i) => value - b[i]))).toBeLessThan(tolerance * norm(b));

    test('V is orthonormal', () => {
      const c = form.coefficients(x);
      const { there, back } = evaluate({ there: c, back: form.image(c) }, { x: u });
      expect(norm(there.data)).toBeCloseTo(norm(u.data), 4);
      close(back.data, u.data, 1e-5);
    });

    test('U^T A x = S V^T x', () => {
      const { left, right } = evaluate({ left: form.measured(operator.linearPart(x)), right: form.coefficients(x) }, { x: u });
      const values = form.singularValues.data;
      expect(form.singularValues.shape).toEqual(operator.inputShape);
      close(
        left.data,
        right.data.map((value, i) => value * values[i % values.length]),
        1e-5,
      );
    });

    test('A A^+ A = A, and A^+ A is no larger than the image: what A does not see it leaves 0', () => {
      const found = pseudoInverse(operator, operator.apply(x));
      const { image, twice, once } = evaluate({ image: found, twice: operator.apply(found), once: operator.apply(x) }, { x: u });
      close(twice.data, once.data, 1e-5);
      expect(norm(image.data)).toBeLessThan(1.001 * norm(u.data));
    });

    test('(A^T A + rho I)^-1 solves', () => {
      const solved = solveNormal(operator, x, 0.3);
      const { back } = evaluate({ back: add(operator.adjoint(operator.linearPart(solved)), mul(solved, 0.3)) }, { x: u });
      close(back.data, u.data, 1e-5);
    });
  },
);

describe.each(nonlinearOperators.map((operator) => [operator.name, operator] as const))('not linear: %s', (_, operator) => {
  const x = input('x', [batch, ...operator.inputShape]);
  const y = operator.apply(x);

  test('shapes and kinds', () => {
    expect(operator.linear).toBe(false);
    expect(y.shape).toEqual([batch, ...operator.outputShape]);
    expect(() => operator.apply(input('x', [batch, 1, 2, 2]))).toThrow(/expected \[N,/);
    expect(() => operator.apply(input('x', x.shape, 'bool'))).toThrow(TypeError);
  });

  test('the gradient is the slope, and the operator is truly not linear', () => {
    const [at, along] = [draw(operator.inputShape, 1, 'x'), draw(operator.inputShape, 2, 'x')].map((t) => t.data.map((v) => 0.3 * v));
    const v = draw(operator.outputShape, 3, 'v');
    const moved = (h: number) =>
      tensor(
        x.shape,
        Float64Array.from(at, (value, i) => value + h * along[i]),
      );
    const weighted = sum(mul(y, input('v', v.shape)));
    const value = (h: number) =>
      evaluate({ weighted }, { x: { shape: x.shape, data: Float64Array.from(at, (a, i) => a + h * along[i]) }, v });
    const { g } = evaluate({ g: grad(weighted, [x])[0] }, { x: moved(0), v });
    const slope = (value(1e-5).weighted.data[0] - value(-1e-5).weighted.data[0]) / 2e-5;
    expect(Math.abs(inner(g.data, along) - slope)).toBeLessThan(1e-4 * norm(g.data) * norm(along));
    expect(norm(g.data)).toBeGreaterThan(0);
    const bend = value(1).weighted.data[0] + value(-1).weighted.data[0] - 2 * value(0).weighted.data[0];
    expect(Math.abs(bend)).toBeGreaterThan(1e-3);
  });
});

test('a graph that does not give what it declares is told apart', () => {
  const wrong = graphOperator('wrong', { inputShape: [1, 4, 4], outputShape: [1, 2, 2], apply: (x) => sub(x, 1) });
  expect(() => wrong.apply(input('x', [1, 1, 4, 4]))).toThrow(/gives \[1,1,4,4\], not \[1,1,2,2\]/);
  expect(() => linearOperator('off', { inputShape: [1, 2, 2], outputShape: [1, 2, 2], linearPart: (x) => x, offset: tensor([3]) })).toThrow(
    /offset/,
  );
});

test('the engine agrees with the float64 evaluator on every operator', async () => {
  const runtime = await createNodeRuntime({ threads: 1 });
  try {
    for (const operator of [...linearOperators, ...nonlinearOperators]) {
      const [x, y] = [draw(operator.inputShape, 21, 'x'), draw(operator.outputShape, 21, 'y')];
      const at = input('x', x.shape);
      const forward = operator.apply(at);
      const outputs = { forward, back: grad(sum(mul(forward, input('y', y.shape))), [at])[0] };
      const compiled = await runtime.compile(outputs, { name: operator.name });
      const [found, expected] = [await compiled.run({ x, y }), evaluate(outputs, { x, y })];
      for (const key of ['forward', 'back'] as const)
        expect(norm(found[key].data.map((value, i) => value - expected[key].data[i]))).toBeLessThan(1e-5 * norm(expected[key].data));
      await compiled.dispose();
    }
  } finally {
    await runtime.dispose();
  }
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
