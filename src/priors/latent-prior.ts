import { div, type Expr, mul } from '../graph/index.js';
import { checkWeights, constantParams, scope } from '../nn/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { LatentPriorConfig } from './config.js';
import { decode, decodeContinuous, downsamplingOf, encode } from './first-stage.js';
import { noiseEstimate } from './noise-estimate.js';
import type { LatentPrior } from './prior.js';
import { FIRST_STAGE_PREFIX, priorSpecs, UNET_PREFIX } from './prior-specs.js';
import { alphaBarOf } from './schedule.js';

/**
 * A first stage and a UNet with their weights: a latent diffusion model (Rombach et al., CVPR 2022).
 * Any image size divisible by the downsampling may be encoded; `imageShape` is the size of training.
 * @param weights full checkpoint names (`first_stage_model....`, `model.diffusion_model....`), exactly those of the model
 * @throws UserError naming a tensor that is missing, misshapen or unknown
 */
export function latentPrior(config: LatentPriorConfig, weights: ReadonlyMap<string, Tensor>): LatentPrior {
  checkWeights(priorSpecs(config), weights);
  const params = constantParams(weights);
  const firstStage = scope(params, FIRST_STAGE_PREFIX);
  const denoiser = scope(params, UNET_PREFIX);
  const { inChannels, resolution, embedDim } = config.firstStage;
  const side = resolution / downsamplingOf(config.firstStage);
  const scaled = config.scaleFactor !== 1;
  return {
    space: 'latent',
    name: config.name,
    imageShape: [inChannels, resolution, resolution],
    // every level of the first stage and of the UNet below it halves the sides
    sizeMultiple: downsamplingOf(config.firstStage) * 2 ** (config.unet.channelMult.length - 1),
    latentShape: [embedDim, side, side],
    alphaBar: alphaBarOf(config.schedule),
    encode(x: Expr): Expr {
      const z = encode(firstStage, config.firstStage, x);
      return scaled ? mul(z, config.scaleFactor) : z;
    },
    decode: (z: Expr): Expr => decode(firstStage, config.firstStage, scaled ? div(z, config.scaleFactor) : z),
    decodeContinuous: (z: Expr): Expr => decodeContinuous(firstStage, config.firstStage, scaled ? div(z, config.scaleFactor) : z),
    epsilon: (z: Expr, t: Expr): Expr => noiseEstimate(denoiser, config, z, t),
  };
}
