import { div, type Expr, mul } from '../graph/index.js';
import { checkWeights, constantParams, type ParamSpec, scope } from '../nn/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { LatentPriorConfig } from './config.js';
import { decode, decodeContinuous, downsamplingOf, encode, firstStageSpecs } from './first-stage.js';
import type { LatentPrior } from './prior.js';
import { linearAlphaBar, scaledLinearAlphaBar } from './schedule.js';
import { unet, unetSpecs } from './unet.js';

/** Where a latent diffusion checkpoint of CompVis keeps its two models. */
export const FIRST_STAGE_PREFIX = 'first_stage_model';
export const UNET_PREFIX = 'model.diffusion_model';

/** Every parameter of a latent prior, under the full names of a checkpoint. */
export function latentPriorSpecs(config: LatentPriorConfig): ParamSpec[] {
  const prefixed = (prefix: string, specs: readonly ParamSpec[]) => specs.map((spec) => ({ ...spec, name: `${prefix}.${spec.name}` }));
  return [...prefixed(UNET_PREFIX, unetSpecs(config.unet)), ...prefixed(FIRST_STAGE_PREFIX, firstStageSpecs(config.firstStage))];
}

/**
 * A first stage and a UNet with their weights: a latent diffusion model (Rombach et al., CVPR 2022).
 * Any image size divisible by the downsampling may be encoded; `imageShape` is the size of training.
 * @param weights full checkpoint names (`first_stage_model....`, `model.diffusion_model....`), exactly those of the model
 * @throws UserError naming a tensor that is missing, misshapen or unknown
 */
export function latentPrior(config: LatentPriorConfig, weights: ReadonlyMap<string, Tensor>): LatentPrior {
  checkWeights(latentPriorSpecs(config), weights);
  const params = constantParams(weights);
  const firstStage = scope(params, FIRST_STAGE_PREFIX);
  const denoiser = scope(params, UNET_PREFIX);
  const { inChannels, resolution, embedDim } = config.firstStage;
  const { kind, ...schedule } = config.schedule;
  const side = resolution / downsamplingOf(config.firstStage);
  const scaled = config.scaleFactor !== 1;
  return {
    name: config.name,
    imageShape: [inChannels, resolution, resolution],
    // every level of the first stage and of the UNet below it halves the sides
    sizeMultiple: downsamplingOf(config.firstStage) * 2 ** (config.unet.channelMult.length - 1),
    latentShape: [embedDim, side, side],
    alphaBar: kind === 'linear' ? linearAlphaBar(schedule) : scaledLinearAlphaBar(schedule),
    encode(x: Expr): Expr {
      const z = encode(firstStage, config.firstStage, x);
      return scaled ? mul(z, config.scaleFactor) : z;
    },
    decode: (z: Expr): Expr => decode(firstStage, config.firstStage, scaled ? div(z, config.scaleFactor) : z),
    decodeContinuous: (z: Expr): Expr => decodeContinuous(firstStage, config.firstStage, scaled ? div(z, config.scaleFactor) : z),
    epsilon: (z: Expr, t: Expr): Expr => unet(denoiser, config.unet, z, t),
  };
}
