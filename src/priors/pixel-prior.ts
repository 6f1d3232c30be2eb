import type { Expr } from '../graph/index.js';
import { checkWeights, constantParams, scope } from '../nn/index.js';
import type { Shape, Tensor } from '../tensor/tensor.js';
import type { PixelPriorConfig } from './config.js';
import { noiseEstimate } from './noise-estimate.js';
import type { LatentPrior } from './prior.js';
import { priorSpecs, UNET_PREFIX } from './prior-specs.js';
import { alphaBarOf } from './schedule.js';

/**
 * A diffusion model on images themselves (Ho et al., NeurIPS 2020; Dhariwal and Nichol, NeurIPS 2021). It is a latent prior whose
 * latents are images: `encode` and `decode` change nothing, so that every solver takes it. Any image size divisible by
 * 2^(levels - 1) will do; `imageShape` is the size of training.
 * @param weights full checkpoint names (`model.diffusion_model....`), exactly those of the model
 * @throws UserError naming a tensor that is missing, misshapen or unknown
 */
export function pixelPrior(config: PixelPriorConfig, weights: ReadonlyMap<string, Tensor>): LatentPrior {
  checkWeights(priorSpecs(config), weights);
  const denoiser = scope(constantParams(weights), UNET_PREFIX);
  const { inChannels, imageSize, channelMult } = config.unet;
  const shape: Shape = [inChannels, imageSize, imageSize];
  return {
    name: config.name,
    imageShape: shape,
    sizeMultiple: 2 ** (channelMult.length - 1),
    latentShape: shape,
    alphaBar: alphaBarOf(config.schedule),
    encode: (x: Expr): Expr => x,
    decode: (z: Expr): Expr => z,
    epsilon: (z: Expr, t: Expr): Expr => noiseEstimate(denoiser, config, z, t),
  };
}
