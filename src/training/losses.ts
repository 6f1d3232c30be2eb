import { abs, add, averagePool, type Expr, exp, mean, mul, slice, square, stopGradient, sub } from '../graph/index.js';
import type { Params } from '../nn/index.js';
import type { FirstStageConfig } from '../priors/config.js';
import type { LatentPriorConfig } from '../priors/families/latent.js';
import { decodeContinuous, encode, moments, quantise } from '../priors/first-stage.js';
import { noiseEstimate } from '../priors/noise-estimate.js';

/** Weights of the terms of the first stage's loss. */
export interface FirstStageWeights {
  readonly l1: number;
  /** Mean square: what PSNR measures, large errors before small ones. */
  readonly l2: number;
  /** Difference of horizontal and vertical gradients, at full, half and quarter size: sharp edges without a pretrained network. */
  readonly edges: number;
  /** Codes drawn to latents (VQ). */
  readonly codebook: number;
  /** Latents drawn to codes (VQ): beta of van den Oord et al., 2017. */
  readonly commitment: number;
  /** Divergence from the standard normal (KL). */
  readonly kl: number;
}

export interface FirstStageLoss {
  /** Scalars by name; `loss` is the one to minimise. */
  readonly losses: Readonly<Record<'loss' | 'l1' | 'l2' | 'edges' | 'latent', Expr>>;
  /** [N, d, h, w]. */
  readonly latent: Expr;
  /** Which code each position took, [N, h, w] (VQ). */
  readonly indices: Expr | undefined;
}

/** Loss of an autoencoder on images x [N, C, H, W] in [-1, 1]. */
export function firstStageLoss(params: Params, config: FirstStageConfig, x: Expr, noise: Expr, weights: FirstStageWeights): FirstStageLoss {
  const { latent, decoderInput, penalty, indices } =
    config.kind === 'vq' ? vector(params, config, x, weights) : gaussian(params, config, x, noise, weights);
  const restored = decodeContinuous(params, config, decoderInput);
  const l1 = mean(abs(sub(restored, x)));
  const l2 = mean(square(sub(restored, x)));
  const edges = edgeLoss(restored, x);
  const loss = [mul(weights.l1, l1), mul(weights.l2, l2), mul(weights.edges, edges), penalty].reduce(add);
  return { losses: { loss, l1, l2, edges, latent: penalty }, latent, indices };
}

function vector(params: Params, config: FirstStageConfig, x: Expr, weights: FirstStageWeights) {
  const latent = encode(params, config, x);
  const { latent: decoderInput, codes, indices } = quantise(params, config, latent);
  const codebook = mean(square(sub(codes, stopGradient(latent))));
  const commitment = mean(square(sub(stopGradient(codes), latent)));
  return { latent, decoderInput, indices, penalty: add(mul(weights.codebook, codebook), mul(weights.commitment, commitment)) };
}

function gaussian(params: Params, config: FirstStageConfig, x: Expr, noise: Expr, weights: FirstStageWeights) {
  const { mean: latent, logVariance } = moments(params, config, x);
  const deviation = exp(mul(0.5, logVariance));
  const divergence = mul(0.5, mean(sub(add(square(latent), square(deviation)), add(logVariance, 1))));
  return { latent, decoderInput: add(latent, mul(deviation, noise)), indices: undefined, penalty: mul(weights.kl, divergence) };
}

/** Mean absolute difference of finite differences, averaged over three scales. */
export function edgeLoss(a: Expr, b: Expr): Expr {
  const difference = sub(a, b);
  const terms = [1, 2, 4].flatMap((scale) => {
    const d = averagePool(difference, scale);
    const [, , height, width] = d.shape;
    const down = sub(slice(d, [1], [height], [2]), slice(d, [0], [height - 1], [2]));
    const right = sub(slice(d, [1], [width], [3]), slice(d, [0], [width - 1], [3]));
    return [mean(abs(down)), mean(abs(right))];
  });
  return mul(terms.reduce(add), 1 / terms.length);
}

/**
 * Epsilon loss of DDPM (Ho et al., 2020, eq. 14): the mean square of noise - epsilon(z_t, t), whatever the network gives it by.
 * @param zt noised latents [N, c, h, w];
 * @param t levels [N];
 * @param noise what was added
 */
export function diffusionLoss(params: Params, config: Pick<LatentPriorConfig, 'unet' | 'schedule'>, zt: Expr, t: Expr, noise: Expr): Expr {
  return mean(square(sub(noiseEstimate(params, config, zt, t), noise)));
}
