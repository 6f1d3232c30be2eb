import type { Expr } from '../graph/index.js';
import type { Shape } from '../tensor/tensor.js';
import type { TileGrid } from './tile-grid.js';

/** A noise schedule and a denoiser: all that a solver knows of a diffusion model. */
export interface Prior {
  readonly name: string;
  /** [c, h, w] of the space diffusion lives in. */
  readonly latentShape: Shape;
  /** abar_t for t = 0 .. T-1: the share of signal variance left at level t, z_t = sqrt(abar_t) z_0 + sqrt(1 - abar_t) noise. */
  readonly alphaBar: Float64Array;
  /** The noise in z [N, c, h, w] at level t ([N] float32, whole numbers 0 .. T-1), as a graph of z's shape. */
  epsilon(z: Expr, t: Expr): Expr;
}

/**
 * A prior on images themselves: a denoiser of any image size at every noise level between two. Encoding and decoding are nothing, and noise
 * is added, not mixed in: `x = clean + sigma n` (variance exploding), which with `z = sqrt(abar) x` and `sigma^2 = (1 - abar) / abar` is
 * the same diffusion.
 */
export interface PixelPrior {
  readonly space: 'pixel';
  readonly name: string;
  /** C, of an image. */
  readonly channels: number;
  /** Least and greatest sigma that it knows, for images in [-1, 1]. */
  readonly noise: readonly [least: number, most: number];
  /** The clean estimate `E[x_0 | x]` of x [N, C, H, W] at sigma [N], as a graph of x's shape (Tweedie). */
  denoise(x: Expr, sigma: Expr): Expr;
}

/** A prior whose diffusion lives in the latent space of a first stage. */
export interface LatentPrior extends Prior {
  readonly space: 'latent';
  /** [C, H, W] of images. */
  readonly imageShape: Shape;
  /** A convolutional prior runs on every image whose sides are multiples of this (`atSize`); absent: on `imageShape` alone. */
  readonly sizeMultiple?: number;
  /** How its networks see one tile of the image at a time (`inTiles`); absent: all of it. */
  readonly tiles?: TileLayout;
  /** Images [N, C, H, W] in [-1, 1] to latents [N, c, h, w]; not quantised. */
  encode(x: Expr): Expr;
  /** Latents to images, about [-1, 1], not clipped; quantises with a straight-through gradient where the first stage is VQ. */
  decode(z: Expr): Expr;
  /** `decode` without the quantiser, where there is one. */
  decodeContinuous?(z: Expr): Expr;
}

/** A prior for a large image, made of a prior for one tile of it; tile k of `latents` decodes to tile k of `pixels`. */
export interface TileLayout {
  /** The prior at the size of a tile. */
  readonly prior: LatentPrior;
  readonly latents: TileGrid;
  readonly pixels: TileGrid;
}

/**
 * A network that makes the images of one classical method, of one measurement, better: what FBP-UNet is made of, and no prior of others.
 */
export interface Restorer {
  readonly space: 'restorer';
  readonly name: string;
  /** C, of an image. */
  readonly channels: number;
  /** What its images were in training. */
  readonly input: { readonly method: 'fbp'; readonly views: number; readonly sigma: number };
  /** x [N, C, H, W], any size, restored. */
  restore(x: Expr): Expr;
}

/** Every kind of prior that a solver may meet. */
export type AnyPrior = LatentPrior | PixelPrior | Restorer;

/** C of the images that a prior makes. */
export function channelsOf(prior: AnyPrior): number {
  return prior.space === 'latent' ? prior.imageShape[0] : prior.channels;
}
