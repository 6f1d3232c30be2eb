import { add, constant, div, type Expr, exp, gather, log, matmul, mul, reshape, sqrt, square, sub, toInt } from '../graph/index.js';
import type { Random } from '../tensor/random.js';
import { type Shape, sizeOf, type Tensor, tensor } from '../tensor/tensor.js';
import { transposeDense } from './dense.js';
import { type Component, mixtureSampler, noisedMixture } from './gaussian-mixture.js';
import type { LatentPrior, PixelPrior } from './prior.js';
import { scaledLinearAlphaBar } from './schedule.js';

/** A first stage in closed form: `D(z) = decode g(z)`, `E(x) = g^-1(encode x)`, each on rows laid out flat. */
export interface AnalyticFirstStage {
  /** [C, H, W], n numbers. */
  readonly imageShape: Shape;
  /** n x d, row-major. */
  readonly decode: ArrayLike<number>;
  /** d x n, row-major; a left inverse of `decode` if `E(D(z)) = z` is to hold. */
  readonly encode: ArrayLike<number>;
  /** Above 0, `g(z) = sinh(warp z) / warp`, number by number: not linear, and invertible. Absent: g(z) = z. */
  readonly warp?: number;
}

export interface AnalyticPriorOptions {
  alphaBar?: Float64Array;
  /** The identity where absent: images are latents. */
  firstStage?: AnalyticFirstStage;
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
  const mixture = noisedMixture(components, d);
  const schedule = constant(tensor([alphaBar.length], alphaBar));
  const rows = (z: Expr) => reshape(z, [z.shape[0], d]);
  const levels = (t: Expr) => reshape(gather(schedule, toInt(t)), [t.shape[0], 1]);
  return {
    space: 'latent',
    name: 'gaussian-mixture',
    latentShape,
    imageShape: firstStage?.imageShape ?? latentShape,
    alphaBar,
    components,
    epsilon: (z, t) => reshape(mul(mul(sqrt(sub(1, levels(t))), mixture.score(rows(z), levels(t))), -1), z.shape),
    logDensity: (z, t) => mixture.logDensity(rows(z), levels(t)),
    encode: (x) => (firstStage === undefined ? x : unwarped(linear(x, firstStage.encode, latentShape), firstStage.warp)),
    decode: (z) => (firstStage === undefined ? z : linear(warped(z, firstStage.warp), firstStage.decode, firstStage.imageShape)),
    sample: sampler(components, latentShape),
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

/** A pixel prior whose every density is known, on images of one size. */
export interface AnalyticPixelPrior extends PixelPrior {
  readonly components: readonly Component[];
  /** `log p_s(x)` [N] of the noised prior, as a graph. @param s [N], as for `denoise`. */
  logDensity(x: Expr, s: Expr): Expr;
  /** One draw of the clean image, `[1, ...imageShape]`. */
  sample(random: Random): Tensor;
}

/**
 * A mixture of Gaussians as a pixel prior with the exact denoiser, `E[x0 | x] = x + s^2 grad log p_s(x)`, each component `N(m, C + s^2
 * I)` at noise s.
 *
 * @param imageShape [C, H, W]
 * @throws UserError when a mean or covariance has another size than the image, or a covariance is not positive definite.
 */
export function gaussianMixturePixelPrior(imageShape: Shape, components: readonly Component[]): AnalyticPixelPrior {
  const d = sizeOf(imageShape);
  const mixture = noisedMixture(components, d);
  // mixed in rather than added, the noise is that of abar = 1 / (1 + s^2), of sqrt(abar) x
  const mixed = (x: Expr, s: Expr) => {
    const n = x.shape[0];
    const level = div(1, add(1, square(reshape(s, [n, 1]))));
    return { z: mul(reshape(x, [n, d]), sqrt(level)), level };
  };
  return {
    space: 'pixel',
    name: 'gaussian-mixture-pixel',
    channels: imageShape[0],
    noise: [1e-4, 1e4],
    components,
    denoise(x, s) {
      const { z, level } = mixed(x, s);
      return reshape(div(add(z, mul(sub(1, level), mixture.score(z, level))), sqrt(level)), x.shape);
    },
    logDensity(x, s) {
      const { z, level } = mixed(x, s);
      return add(mixture.logDensity(z, level), mul(reshape(log(level), [x.shape[0]]), 0.5 * d));
    },
    sample: sampler(components, imageShape),
  };
}

function sampler(components: readonly Component[], shape: Shape): (random: Random) => Tensor {
  const draw = mixtureSampler(components);
  return (random) => tensor([1, ...shape], draw(random));
}

function warped(z: Expr, warp?: number): Expr {
  return warp === undefined ? z : div(sub(exp(mul(z, warp)), exp(mul(z, -warp))), 2 * warp);
}

function unwarped(v: Expr, warp?: number): Expr {
  if (warp === undefined) return v;
  const scaled = mul(v, warp);
  return div(log(add(scaled, sqrt(add(square(scaled), 1)))), warp);
}

function linear(x: Expr, matrix: ArrayLike<number>, shape: Shape): Expr {
  const n = x.shape[0];
  const from = sizeOf(x.shape.slice(1));
  const to = sizeOf(shape);
  const transposed = constant(tensor([from, to], transposeDense(matrix, to, from)));
  return reshape(matmul(reshape(x, [n, from]), transposed), [n, ...shape]);
}
