import {
  add,
  concat,
  constant,
  div,
  type Expr,
  exp,
  log,
  matmul,
  max,
  mul,
  reshape,
  softmax,
  sqrt,
  square,
  sub,
  sum,
  transpose,
} from '../graph/index.js';
import { UserError } from '../tensor/errors.js';
import type { Random } from '../tensor/random.js';
import { tensor } from '../tensor/tensor.js';
import { functionOf, multiply, symmetricEigen, transposeDense } from './dense.js';

/** One Gaussian of a mixture, over d numbers laid out as one row. */
export interface Component {
  /** Share of the mixture; shares need not sum to 1. */
  readonly weight: number;
  /** Length d. */
  readonly mean: ArrayLike<number>;
  /** d x d, row-major, symmetric and positive definite. */
  readonly covariance: ArrayLike<number>;
}

/**
 * A mixture of Gaussians and Gaussian noise on it, as graphs: `z = sqrt(abar) x + sqrt(1 - abar) n`, x from the mixture; z [N, d], abar as
 * `level` [N, 1].
 */
export interface NoisedMixture {
  /** `grad log p(z)` [N, d] */
  score(z: Expr, level: Expr): Expr;
  /** `log p(z)` [N] */
  logDensity(z: Expr, level: Expr): Expr;
}

/** @throws UserError when a mean or covariance is not of d numbers, or a covariance is not positive definite. */
export function noisedMixture(components: readonly Component[], d: number): NoisedMixture {
  const parts = components.map((component) => eigenbasis(component, d));

  /** Per component: log of share times density but for a constant, [N, 1], and score, [N, d]. */
  const densities = (z: Expr, level: Expr): { log: Expr; score: Expr }[] =>
    parts.map(({ logShare, mean, values, vectors }) => {
      const projected = matmul(sub(z, mul(sqrt(level), mean)), vectors); // [N, d], in the eigenbasis
      const variance = add(mul(level, values), sub(1, level)); // [N, d]
      const energy = add(sum(div(square(projected), variance), [1], true), sum(log(variance), [1], true));
      return { log: add(mul(energy, -0.5), logShare), score: matmul(div(mul(projected, -1), variance), transpose(vectors, [1, 0])) };
    });
  const logsOf = (each: readonly { log: Expr }[]): Expr =>
    concat(
      each.map(({ log: one }) => one),
      1,
    );

  return {
    score(z, level) {
      const n = z.shape[0];
      const each = densities(z, level);
      const shares = softmax(logsOf(each), 1); // [N, K], how likely z came from each component
      const stacked = concat(
        each.map(({ score }) => reshape(score, [n, 1, d])),
        1,
      ); // [N, K, d]
      return sum(mul(reshape(shares, [n, each.length, 1]), stacked), [1]);
    },
    logDensity(z, level) {
      const logs = logsOf(densities(z, level));
      const largest = max(logs, [1], true);
      return add(reshape(add(log(sum(exp(sub(logs, largest)), [1], true)), largest), [z.shape[0]]), -0.5 * d * Math.log(2 * Math.PI));
    },
  };
}

/**
 * The true posterior `p(z | y)` for `y = H z + c + n`, `n ~ N(0, sigma^2 I)`: again a mixture of Gaussians.
 *
 * @param matrix H, m x d, row-major: the operator after the decoder.
 * @param y measurement less the offset c, length m.
 * @param sigma above 0.
 * @returns components with weights that sum to 1.
 */
export function gaussianPosterior(
  components: readonly Component[],
  matrix: ArrayLike<number>,
  y: ArrayLike<number>,
  sigma: number,
): Component[] {
  const m = y.length;
  const d = components[0].mean.length;
  const transpose = transposeDense(matrix, m, d);
  const parts = components.map(({ weight, mean, covariance }) => {
    const cross = multiply(covariance, transpose, d, d, m); // C H^T
    const evidence = multiply(matrix, cross, m, d, m).map((v, i) => v + (i % (m + 1) === 0 ? sigma ** 2 : 0)); // S = H C H^T + sigma^2 I
    const inverse = functionOf(evidence, m, (v) => 1 / v);
    const predicted = multiply(matrix, mean, m, d, 1);
    const surprise = Float64Array.from(y, (value, i) => value - predicted[i]);
    const gain = multiply(cross, inverse, d, m, m);
    const shift = multiply(gain, surprise, d, m, 1);
    const reduction = multiply(gain, transposeDense(cross, d, m), d, m, d);
    const energy = multiply(surprise, multiply(inverse, surprise, m, m, 1), 1, m, 1)[0];
    const logDeterminant = symmetricEigen(evidence, m).values.reduce((total, v) => total + Math.log(v), 0);
    return {
      logWeight: Math.log(weight) - 0.5 * (energy + logDeterminant),
      mean: Float64Array.from(mean, (v, i) => v + shift[i]),
      covariance: Float64Array.from(covariance, (v, i) => v - reduction[i]),
    };
  });
  const largest = Math.max(...parts.map((part) => part.logWeight));
  const total = parts.reduce((all, part) => all + Math.exp(part.logWeight - largest), 0);
  return parts.map(({ logWeight, mean, covariance }) => ({ weight: Math.exp(logWeight - largest) / total, mean, covariance }));
}

/** Mean `[d]` and covariance `[d x d]` of a mixture whose weights sum to 1. */
export function mixtureMoments(components: readonly Component[]): { mean: Float64Array; covariance: Float64Array } {
  const d = components[0].mean.length;
  const mean = Float64Array.from({ length: d }, (_, i) => components.reduce((all, one) => all + one.weight * one.mean[i], 0));
  const covariance = Float64Array.from({ length: d * d }, (_, k) => {
    const [i, j] = [Math.floor(k / d), k % d];
    return components.reduce((all, one) => all + one.weight * (one.covariance[k] + (one.mean[i] - mean[i]) * (one.mean[j] - mean[j])), 0);
  });
  return { mean, covariance };
}

/** Log density of a mixture at a point of d numbers. */
export function mixtureLogDensity(components: readonly Component[], x: ArrayLike<number>): number {
  const d = x.length;
  const total = components.reduce((all, { weight }) => all + weight, 0);
  const logs = components.map(({ weight, mean, covariance }) => {
    const { values, vectors } = symmetricEigen(covariance, d);
    const along = multiply(
      Float64Array.from(x, (value, i) => value - mean[i]),
      vectors,
      1,
      d,
      d,
    );
    const energy = along.reduce((all, value, i) => all + value ** 2 / values[i] + Math.log(2 * Math.PI * values[i]), 0);
    return Math.log(weight / total) - 0.5 * energy;
  });
  const largest = Math.max(...logs);
  return largest + Math.log(logs.reduce((all, value) => all + Math.exp(value - largest), 0));
}

/** Draws from a mixture, each of d numbers. */
export function mixtureSampler(components: readonly Component[]): (random: Random) => Float64Array {
  const d = components[0].mean.length;
  const total = components.reduce((all, { weight }) => all + weight, 0);
  const roots = components.map(({ covariance }) => functionOf(covariance, d, (value) => Math.sqrt(Math.max(0, value))));
  return (random) => {
    let at = random.uniform(0, total);
    const found = components.findIndex(({ weight }) => {
      at -= weight;
      return at < 0;
    });
    const chosen = found < 0 ? components.length - 1 : found;
    const offset = multiply(roots[chosen], random.normals([d]).data, d, d, 1);
    return offset.map((value, i) => value + components[chosen].mean[i]);
  };
}

function eigenbasis({ weight, mean, covariance }: Component, d: number): { logShare: number; mean: Expr; values: Expr; vectors: Expr } {
  if (mean.length !== d || covariance.length !== d * d) {
    throw new UserError(
      `A Gaussian over ${d} numbers needs a mean of ${d} and a covariance of ${d * d} values, got ${mean.length} and ${covariance.length}.`,
    );
  }
  const { values, vectors } = symmetricEigen(covariance, d);
  if (!values.every((value) => value > 0)) throw new UserError('The covariance of an analytic prior is not positive definite.');
  return {
    logShare: Math.log(weight),
    mean: constant(tensor([1, d], mean)),
    values: constant(tensor([1, d], values)),
    vectors: constant(tensor([d, d], vectors)),
  };
}
