import { denseToMap, mul, square } from '../../graph/index.js';
import { type LinearOperator, type Operator, sparseOperator } from '../../operators/index.js';
import { type AnalyticPrior, gaussianPrior } from '../../priors/analytic.js';
import { multiply } from '../../priors/dense.js';
import { type Component, gaussianPosterior } from '../../priors/gaussian-mixture.js';
import { Random } from '../../tensor/random.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import type { Problem } from '../solver.js';

/** A problem whose posterior is known: smooth Gaussian latents [2,2,2], a linear decoder to images [1,4,4], six random projections. */
export interface LinearGaussian {
  readonly prior: AnalyticPrior;
  readonly operator: LinearOperator;
  readonly problem: Problem;
  readonly truth: Tensor;
  readonly posterior: Component;
}

export function linearGaussian(seed: number, options: { sigma?: number; offset?: number } = {}): LinearGaussian {
  const { sigma = 0.05, offset = 0 } = options;
  const random = new Random(seed);
  const [m, n, d] = [6, 16, 8];
  const covariance = Float64Array.from({ length: d * d }, (_, i) => 0.6 * Math.exp(-Math.abs(Math.floor(i / d) - (i % d)) / 2));
  const mean = Float64Array.from({ length: d }, (_, i) => 0.5 * Math.sin(i));
  // Each latent number is seen by two pixels; its average is the left inverse.
  const decode = Float64Array.from({ length: n * d }, (_, i) => (Math.floor(i / d / 2) === i % d ? 1 : 0));
  const encode = Float64Array.from({ length: d * n }, (_, i) => (Math.floor((i % n) / 2) === Math.floor(i / n) ? 0.5 : 0));
  const prior = gaussianPrior([2, 2, 2], mean, covariance, { firstStage: { imageShape: [1, 4, 4], decode, encode } });
  const matrix = random.normals([m, n]);
  const shift = tensor([m], new Float32Array(m).fill(offset));
  const operator = sparseOperator('random projections', denseToMap(matrix), { inputShape: [1, 4, 4], outputShape: [m], offset: shift });
  const truth = prior.sample(random);
  const image = multiply(decode, truth.data, n, d, 1);
  const y = tensor(
    [1, m],
    multiply(matrix.data, image, m, n, 1).map((v) => v + offset + sigma * random.normal()),
  );
  const [posterior] = gaussianPosterior(
    prior.components,
    multiply(matrix.data, decode, m, n, d),
    y.data.map((v) => v - offset),
    sigma,
  );
  return { prior, operator, problem: { operator, y, sigma }, truth: tensor([1, 1, 4, 4], image), posterior };
}

/** `(A x)^2`: an operator that is not linear. */
export function squaredOperator(operator: LinearOperator): Operator {
  const { name, inputShape, outputShape } = operator;
  return { name: `squared ${name}`, inputShape, outputShape, linear: false, apply: (x) => mul(square(operator.linearPart(x)), 0.5) };
}
