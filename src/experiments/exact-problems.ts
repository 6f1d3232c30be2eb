import { constant, denseToMap, type Expr, matmul, reshape } from '../graph/index.js';
import { type LinearOperator, type SpectralForm, sparseOperator } from '../operators/index.js';
import { svd } from '../operators/svd.js';
import { identity, multiply, transposeDense } from '../priors/dense.js';
import {
  type AnalyticFirstStage,
  type AnalyticPixelPrior,
  type AnalyticPrior,
  type Component,
  gaussianMixturePixelPrior,
  gaussianMixturePrior,
  gaussianPosterior,
} from '../priors/index.js';
import type { Problem } from '../solvers/index.js';
import { Random } from '../tensor/random.js';
import { type Shape, sizeOf, type Tensor, tensor } from '../tensor/tensor.js';

/** A problem whose posterior is known in closed form: a mixture of Gaussians as the prior, a linear operator, Gaussian noise. */
export interface ExactProblem {
  readonly prior: AnalyticPixelPrior | AnalyticPrior;
  readonly problem: Problem;
  readonly truth: Tensor;
  /** Of the d numbers of the state: of an image, or of its latent. */
  readonly posterior: readonly Component[];
  /** d x d, row-major, orthonormal: each column a direction of the state, those that the measurement sees first. */
  readonly directions: Float64Array;
  /** How many it sees. */
  readonly observed: number;
  /** The state of an image that a method gave. */
  stateOf(image: Tensor): Float64Array;
}

export interface ExactProblemOptions {
  /** [C, H, W] of the state: of the image, or of the latent where there is a first stage. */
  readonly shape: Shape;
  readonly components: readonly Component[];
  /** Makes the prior a latent one; linear. */
  readonly firstStage?: AnalyticFirstStage;
  /** m x n, row-major, n the size of the image. */
  readonly matrix: ArrayLike<number>;
  /** Of the noise; above 0. */
  readonly sigma: number;
  /** Of truth and noise. */
  readonly random: Random;
}

/** Draws a truth and measures it. */
export function exactProblem({ shape, components, firstStage, matrix, sigma, random }: ExactProblemOptions): ExactProblem {
  const d = sizeOf(shape);
  const imageShape = firstStage?.imageShape ?? shape;
  const n = sizeOf(imageShape);
  const m = matrix.length / n;
  const prior =
    firstStage === undefined ? gaussianMixturePixelPrior(shape, components) : gaussianMixturePrior(shape, components, { firstStage });
  const operator = denseOperator(matrix, imageShape);
  const decode = firstStage?.decode ?? identity(d);
  const seen = multiply(matrix, decode, m, n, d);
  const state = prior.sample(random);
  const image = multiply(decode, state.data, n, d, 1);
  const clean = multiply(matrix, image, m, n, 1);
  const y = tensor(
    [1, m],
    clean.map((value) => value + sigma * random.normal()),
  );
  const { s, v } = svd({ rows: m, columns: d, data: seen });
  return {
    prior,
    problem: { operator, y, sigma },
    truth: tensor([1, ...imageShape], image),
    posterior: gaussianPosterior(components, seen, y.data, sigma),
    directions: v.data,
    observed: s.filter((value) => value > 0).length,
    stateOf: ({ data }) => (firstStage === undefined ? Float64Array.from(data) : multiply(firstStage.encode, data, d, n, 1)),
  };
}

/** A small matrix as an operator, with its singular value decomposition. @param matrix m x n, row-major */
export function denseOperator(matrix: ArrayLike<number>, imageShape: Shape): LinearOperator {
  const n = sizeOf(imageShape);
  const m = matrix.length / n;
  const operator = sparseOperator('dense', denseToMap(tensor([m, n], matrix)), { inputShape: imageShape, outputShape: [m] });
  return { ...operator, spectral: () => denseSpectral(matrix, imageShape) };
}

function denseSpectral(matrix: ArrayLike<number>, imageShape: Shape): SpectralForm {
  const n = sizeOf(imageShape);
  const m = matrix.length / n;
  const { u, s, v } = svd({ rows: m, columns: n, data: Float64Array.from(matrix) });
  const by = (map: ArrayLike<number>, rows: number) => (x: Expr) => {
    const batch = x.shape[0];
    return reshape(matmul(reshape(x, [batch, rows]), constant(tensor([rows, n], map))), [batch, ...imageShape]);
  };
  return {
    singularValues: tensor([...imageShape], s),
    coefficients: by(v.data, n),
    image: by(transposeDense(v.data, n, n), n),
    measured: by(u.data, m),
  };
}

/** The problems of `docs/exactness.md`: states of 16 numbers, correlated, of which six are seen through random projections. */
export const exactProblems = {
  gaussian: (seed: number) => pixels(seed, 1),
  mixture: (seed: number) => pixels(seed, 2),
  'latent gaussian': (seed: number) => latents(seed, 1),
  'latent mixture': (seed: number) => latents(seed, 2),
} as const;

export type ExactProblemName = keyof typeof exactProblems;

const [SIDE, SEEN, SIGMA] = [4, 6, 0.05];
const STATE = SIDE * SIDE;

function pixels(seed: number, count: number): ExactProblem {
  const random = new Random(seed);
  const matrix = random.normals([SEEN, STATE]).data;
  const components = correlatedComponents(count, matrix, random);
  return exactProblem({ shape: [1, SIDE, SIDE], components, matrix, sigma: SIGMA, random });
}

/** Each number of the latent is seen by two pixels, and is their mean. */
function latents(seed: number, count: number): ExactProblem {
  const random = new Random(seed);
  const n = 2 * STATE;
  const decode = Float64Array.from({ length: n * STATE }, (_, k) => (Math.floor(k / STATE / 2) === k % STATE ? 1 : 0));
  const encode = transposeDense(decode, n, STATE).map((value) => value / 2);
  const matrix = random.normals([SEEN, n]).data;
  const components = correlatedComponents(count, multiply(matrix, decode, SEEN, n, STATE), random);
  const firstStage = { imageShape: [1, SIDE, 2 * SIDE], decode, encode };
  return exactProblem({ shape: [1, SIDE, SIDE], components, firstStage, matrix, sigma: SIGMA, random });
}

/**
 * Variances about 0.25, as of images in [-1, 1]. Two lie 1.6 apart along a direction that the measurement does not see, 30 and 70 %:
 * nothing but the prior says how much of the posterior either has.
 */
function correlatedComponents(count: number, seen: ArrayLike<number>, random: Random): Component[] {
  const root = random.normals([STATE, STATE]).data;
  const square = multiply(root, transposeDense(root, STATE, STATE), STATE, STATE, STATE);
  const covariance = square.map((value, i) => (0.25 * value) / STATE + (i % (STATE + 1) === 0 ? 0.02 : 0));
  const centre = random.normals([STATE]).data;
  const { v } = svd({ rows: SEEN, columns: STATE, data: Float64Array.from(seen) });
  const shares = count === 1 ? [1] : [0.3, 0.7];
  return shares.map((weight, k) => ({
    weight,
    mean: Float64Array.from(centre, (value, i) => 0.3 * value + (count === 1 ? 0 : (k - 0.5) * 1.6 * v.data[(i + 1) * STATE - 1])),
    covariance,
  }));
}
