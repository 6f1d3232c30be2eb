import { denseToMap } from '../../graph/index.js';
import { sparseOperator } from '../../operators/sparse-operator.js';
import { gaussianMixturePixelPrior } from '../../priors/analytic.js';
import { functionOf, multiply, transposeDense } from '../../priors/dense.js';
import { type Component, gaussianPosterior } from '../../priors/gaussian-mixture.js';
import { Random } from '../../tensor/random.js';
import { tensor } from '../../tensor/tensor.js';

/* A Gaussian prior on 16 pixels, whose denoiser is known: D(x, s) = m + C (C + s^2 I)^-1 (x - m). Six directions are observed, ten are not. */
export const [n, m, sigma] = [16, 6, 0.05];
const random = new Random(5);
const root = random.normals([n, n]).data;
const covariance = multiply(root, transposeDense(root, n, n), n, n, n).map((v, i) => (0.25 * v) / n + (i % (n + 1) === 0 ? 0.02 : 0));
export const mean = Float64Array.from(random.normals([n]).data, (v) => 0.3 * v);
const components = [{ weight: 1, mean, covariance }];

export const prior = { ...gaussianMixturePixelPrior([1, 4, 4], components), name: 'gaussian', noise: [1e-3, 10] as [number, number] };
export const matrix = random.normals([m, n]);
export const operator = sparseOperator('dense', denseToMap(matrix), { inputShape: [1, 4, 4], outputShape: [m] });
const truth = multiply(functionOf(covariance, n, Math.sqrt), random.normals([n]).data, n, n, 1).map((v, i) => v + mean[i]);
export const y = tensor(
  [1, m],
  multiply(matrix.data, truth, m, n, 1).map((v) => v + sigma * random.normal()),
);

/** The exact posterior. */
export const posterior: Component = gaussianPosterior(components, matrix.data, y.data, sigma)[0];

/** No randomness: where denoiser and data step are affine, the mean over the noise is the run without any. */
export const quiet = { normal: () => 0 } as unknown as Random;
