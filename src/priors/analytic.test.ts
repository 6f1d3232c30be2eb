import { expect, test } from 'vitest';
import { evaluate, grad, input, slice, sum } from '../graph/index.js';
import { Random } from '../tensor/random.js';
import { full, type Tensor, tensor } from '../tensor/tensor.js';
import { gaussianMixturePrior, gaussianPrior } from './analytic.js';
import { functionOf, identity, multiply, symmetricEigen, transposeDense } from './dense.js';
import { type Component, gaussianPosterior } from './gaussian-mixture.js';

const shape = [1, 1, 3];
const covariance = [1.3, 0.4, -0.2, 0.4, 0.8, 0.1, -0.2, 0.1, 0.5];
const mean = [0.5, -1, 0.2];
const single = gaussianPrior(shape, mean, covariance);
const components: Component[] = [
  { weight: 0.3, mean: [1, 0, -1], covariance },
  { weight: 0.7, mean: [-1.5, 0.5, 0], covariance: identity(3).map((v) => 0.2 * v) },
];
const mixture = gaussianMixturePrior(shape, components);
const close = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number) => {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++)
    expect(Math.abs(actual[i] - expected[i]), `element ${i}: ${actual[i]} for ${expected[i]}`).toBeLessThan(tolerance);
};

test('eigenvalues and functions of a symmetric matrix', () => {
  const random = new Random(1);
  const b = random.normals([6, 6]).data;
  const matrix = multiply(b, transposeDense(b, 6, 6), 6, 6, 6);
  const { values, vectors } = symmetricEigen(matrix, 6);
  close(multiply(transposeDense(vectors, 6, 6), vectors, 6, 6, 6), identity(6), 1e-12);
  close(
    multiply(matrix, vectors, 6, 6, 6),
    vectors.map((v, i) => v * values[i % 6]),
    1e-10,
  );
  close(
    multiply(
      functionOf(matrix, 6, (v) => 1 / v),
      matrix,
      6,
      6,
      6,
    ),
    identity(6),
    1e-8,
  );
});

test.each([single, mixture])('$name: the noise estimate is -sqrt(1 - abar) times the gradient of the log density', (prior) => {
  const z = input('z', [4, ...shape]);
  const t = input('t', [4]);
  const feeds = { z: new Random(2).normals([4, ...shape]), t: tensor([4], [0, 40, 400, 999]) };
  const { epsilon, score } = evaluate({ epsilon: prior.epsilon(z, t), score: grad(sum(prior.logDensity(z, t)), [z])[0] }, feeds);
  const expected = score.data.map((value, i) => -Math.sqrt(1 - prior.alphaBar[feeds.t.data[Math.floor(i / 3)]]) * value);
  close(epsilon.data, expected, 1e-6);
});

test('Theorem 2: Cov(z0 | z_t) = (1 - abar) / abar (I + (1 - abar) Hessian of log p_t), Hessian by the gradient of a gradient', () => {
  const level = 300;
  const alphaBar = single.alphaBar[level];
  const z = input('z', [1, ...shape]);
  const [score] = grad(sum(single.logDensity(z, input('t', [1]))), [z]);
  const rows = [0, 1, 2].map((i) => grad(sum(slice(score, [i], [i + 1], [3])), [z])[0]);
  const feeds = { z: new Random(3).normals([1, ...shape]), t: tensor([1], [level]) };
  const hessian = Object.values(evaluate({ a: rows[0], b: rows[1], c: rows[2] }, feeds)).flatMap((row) => [...row.data]);
  const byHessian = identity(3).map((one, i) => ((1 - alphaBar) / alphaBar) * (one + (1 - alphaBar) * hessian[i]));
  // z_t is a measurement of z0: sqrt(abar) z0 plus noise.
  const [posterior] = gaussianPosterior(
    single.components,
    identity(3).map((v) => v * Math.sqrt(alphaBar)),
    feeds.z.data,
    Math.sqrt(1 - alphaBar),
  );
  close(byHessian, Array.from(posterior.covariance), 1e-6);
});

test('the mixture posterior: mean of z0 given z_t equals Tweedie', () => {
  const level = 200;
  const alphaBar = mixture.alphaBar[level];
  const feeds = { z: tensor([1, ...shape], [-0.4, 0.3, -0.2]), t: tensor([1], [level]) };
  const { epsilon } = evaluate({ epsilon: mixture.epsilon(input('z', [1, ...shape]), input('t', [1])) }, feeds);
  const tweedie = Array.from(feeds.z.data, (value, i) => (value - Math.sqrt(1 - alphaBar) * epsilon.data[i]) / Math.sqrt(alphaBar));
  const posterior = gaussianPosterior(
    components,
    identity(3).map((v) => v * Math.sqrt(alphaBar)),
    feeds.z.data,
    Math.sqrt(1 - alphaBar),
  );
  expect(posterior.reduce((total, one) => total + one.weight, 0)).toBeCloseTo(1, 12);
  expect(Math.min(...posterior.map((one) => one.weight))).toBeGreaterThan(0.01); // both components speak
  close(
    tweedie,
    [0, 1, 2].map((i) => posterior.reduce((total, one) => total + one.weight * one.mean[i], 0)),
    1e-5,
  );
});

test('log density integrates as a density: that of one Gaussian in closed form', () => {
  const unit = gaussianPrior([1, 1, 2], [0, 0], identity(2));
  const { value } = evaluate(
    { value: unit.logDensity(input('z', [1, 1, 1, 2]), input('t', [1])) },
    { z: full(1, [1, 1, 1, 2]), t: tensor([1], [500]) },
  );
  expect(value.data[0]).toBeCloseTo(-1 - Math.log(2 * Math.PI), 5); // variance 1 at every level
});

test('samples have the moments of the mixture', () => {
  const random = new Random(4);
  const draws: Tensor[] = Array.from({ length: 4000 }, () => mixture.sample(random));
  const average = [0, 1, 2].map((i) => draws.reduce((total, one) => total + one.data[i], 0) / draws.length);
  close(
    average,
    [0, 1, 2].map((i) => 0.3 * Number(components[0].mean[i]) + 0.7 * Number(components[1].mean[i])),
    0.08,
  );
});

test('a linear first stage, and what does not fit', () => {
  const prior = gaussianPrior([1, 1, 2], [0, 0], identity(2), {
    firstStage: { imageShape: [1, 1, 3], decode: [1, 0, 0, 1, 1, 1], encode: [1, 0, 0, 0, 1, 0] },
  });
  const { x, z } = evaluate(
    { x: prior.decode(input('z', [1, 1, 1, 2])), z: prior.encode(input('x', [1, 1, 1, 3])) },
    { z: tensor([1, 1, 1, 2], [2, 3]), x: tensor([1, 1, 1, 3], [4, 5, 9]) },
  );
  expect([...x.data]).toEqual([2, 3, 5]);
  expect([...z.data]).toEqual([4, 5]);
  expect(() => gaussianPrior([1, 1, 2], [0], identity(2))).toThrow(/mean of 2/);
  expect(() => gaussianPrior([1, 1, 2], [0, 0], [1, 2, 2, 1])).toThrow(/positive definite/);
});
