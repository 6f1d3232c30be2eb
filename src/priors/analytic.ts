import {
  add,
  concat,
  constant,
  div,
  type Expr,
  exp,
  gather,
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
  toInt,
  transpose,
} from '../graph/index.js';
import { UserError } from '../tensor/errors.js';
import type { Random } from '../tensor/random.js';
import { type Shape, sizeOf, type Tensor, tensor } from '../tensor/tensor.js';
import { functionOf, multiply, symmetricEigen, transposeDense } from './dense.js';
import type { LatentPrior } from './prior.js';
import { scaledLinearAlphaBar } from './schedule.js';

/** One Gaussian of a mixture, over the d numbers of a latent laid out as one row. */
export interface Component {
  /** Share of the mixture; shares need not sum to 1. */
  readonly weight: number;
  /** Length d. */
  readonly mean: ArrayLike<number>;
  /** d x d, row-major, symmetric and positive definite. */
  readonly covariance: ArrayLike<number>;
}

/** A linear first stage: `D(z) = decode z`, `E(x) = encode x`, each on rows laid out flat. */
export interface LinearFirstStage {
  /** [C, H, W], n numbers. */
  readonly imageShape: Shape;
  /** n x d, row-major. */
  readonly decode: ArrayLike<number>;
  /** d x n, row-major; a left inverse of `decode` if `E(D(z)) = z` is to hold. */
  readonly encode: ArrayLike<number>;
}

export interface AnalyticPriorOptions {
  alphaBar?: Float64Array;
  /** The identity where absent: images are latents. */
  firstStage?: LinearFirstStage;
}

/** A prior whose every density is known. */
export interface AnalyticPrior extends LatentPrior {
  readonly components: readonly Component[];
  /** `log p_t(z)` [N] of the noised prior, as a graph. @param t [N], as for `epsilon`. */
  logDensity(z: Expr, t: Expr): Expr;
  /** One draw of the clean latent, `[1, ...latentShape]`. */
  sample(random: Random): Tensor;
}

/**
 * A mixture of Gaussians as a diffusion prior with the exact denoiser: at level t each component is
 * `N(sqrt(abar) m, abar C + (1 - abar) I)`, and `eps = -sqrt(1 - abar) grad log p_t(z)`. A solver can be tested against it without weights.
 *
 * @throws UserError when a mean or covariance has another size than the latent, or a covariance is not positive definite.
 */
export function gaussianMixturePrior(
  latentShape: Shape,
  components: readonly Component[],
  options: AnalyticPriorOptions = {},
): AnalyticPrior {
  const { alphaBar = scaledLinearAlphaBar(), firstStage } = options;
  const d = sizeOf(latentShape);
  const parts = components.map((component) => eigenbasis(component, d));
  const schedule = constant(tensor([alphaBar.length], alphaBar));
  const imageShape = firstStage?.imageShape ?? latentShape;

  /** Per component: log of share times density, [N, 1], and score, [N, d]. */
  const densities = (z: Expr, t: Expr): { logs: Expr; scores: Expr[] } => {
    const n = z.shape[0];
    const flat = reshape(z, [n, d]);
    const level = reshape(gather(schedule, toInt(t)), [n, 1]);
    const each = parts.map(({ logShare, mean, values, vectors }) => {
      const projected = matmul(sub(flat, mul(sqrt(level), mean)), vectors); // [N, d], in the eigenbasis
      const variance = add(mul(level, values), sub(1, level)); // [N, d]
      const energy = add(sum(div(square(projected), variance), [1], true), sum(log(variance), [1], true));
      return { log: add(mul(energy, -0.5), logShare), score: matmul(div(mul(projected, -1), variance), transpose(vectors, [1, 0])) };
    });
    return {
      logs: concat(
        each.map((one) => one.log),
        1,
      ),
      scores: each.map((one) => one.score),
    };
  };

  return {
    space: 'latent',
    name: 'gaussian-mixture',
    latentShape,
    imageShape,
    alphaBar,
    components,
    epsilon(z, t) {
      const n = z.shape[0];
      const { logs, scores } = densities(z, t);
      const shares = softmax(logs, 1); // [N, K], how likely z came from each component
      const stacked = concat(
        scores.map((score) => reshape(score, [n, 1, d])),
        1,
      ); // [N, K, d]
      const score = sum(mul(reshape(shares, [n, scores.length, 1]), stacked), [1]); // [N, d]
      const level = reshape(gather(schedule, toInt(t)), [n, 1]);
      return reshape(mul(mul(sqrt(sub(1, level)), score), -1), z.shape);
    },
    logDensity(z, t) {
      const { logs } = densities(z, t);
      const largest = max(logs, [1], true);
      return add(reshape(add(log(sum(exp(sub(logs, largest)), [1], true)), largest), [z.shape[0]]), -0.5 * d * Math.log(2 * Math.PI));
    },
    encode: (x) => (firstStage === undefined ? x : linear(x, firstStage.encode, latentShape)),
    decode: (z) => (firstStage === undefined ? z : linear(z, firstStage.decode, firstStage.imageShape)),
    sample(random) {
      const total = components.reduce((sumOfWeights, one) => sumOfWeights + one.weight, 0);
      let at = random.uniform(0, total);
      const chosen =
        components.find((one) => {
          at -= one.weight;
          return at < 0;
        }) ?? components[components.length - 1];
      const root = functionOf(chosen.covariance, d, Math.sqrt);
      const noise = random.normals([d]).data;
      const offset = multiply(root, noise, d, d, 1);
      return tensor(
        [1, ...latentShape],
        offset.map((value, i) => value + chosen.mean[i]),
      );
    },
  };
}

/** A single Gaussian `N(mean, covariance)`: `gaussianMixturePrior` with one component. */
export function gaussianPrior(
  latentShape: Shape,
  mean: ArrayLike<number>,
  covariance: ArrayLike<number>,
  options: AnalyticPriorOptions = {},
): AnalyticPrior {
  return { ...gaussianMixturePrior(latentShape, [{ weight: 1, mean, covariance }], options), name: 'gaussian' };
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

function linear(x: Expr, matrix: ArrayLike<number>, shape: Shape): Expr {
  const n = x.shape[0];
  const from = sizeOf(x.shape.slice(1));
  const to = sizeOf(shape);
  const transpose = constant(tensor([from, to], transposeDense(matrix, to, from)));
  return reshape(matmul(reshape(x, [n, from]), transpose), [n, ...shape]);
}
