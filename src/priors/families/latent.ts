import { z } from 'zod';
import { div, type Expr, mul } from '../../graph/index.js';
import { checkWeights, constantParams, scope } from '../../nn/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { estimatesNoise, firstStageSchema, scheduleSchema, unetSchema } from '../config.js';
import { decode, decodeContinuous, downsamplingOf, encode, firstStageSpecs } from '../first-stage.js';
import { noiseEstimate } from '../noise-estimate.js';
import { FIRST_STAGE_PREFIX, UNET_PREFIX } from '../prefixes.js';
import type { LatentPrior } from '../prior.js';
import { alphaBarOf, formatSchedule } from '../schedule.js';
import { unetSpecs } from '../unet.js';
import { allOf, family, prefixed, square } from './family.js';

/** A latent diffusion prior: everything but the weights. */
export const latentPriorSchema = z
  .strictObject({
    /** Absent in the files of earlier versions, which knew no other kind. */
    kind: z.literal('latent').default('latent'),
    name: z.string().min(1),
    firstStage: firstStageSchema,
    unet: unetSchema,
    schedule: scheduleSchema.prefault({}),
    /** Diffusion sees `scaleFactor` times the first stage's latents. */
    scaleFactor: z.number().positive().default(1),
  })
  .refine((c) => c.unet.inChannels === c.firstStage.embedDim && estimatesNoise(c.unet), {
    path: ['unet', 'inChannels'],
    error: 'the UNet must take and give as many channels as a latent has (firstStage.embedDim), or give twice as many (learned sigma)',
  });

export type LatentPriorConfig = z.output<typeof latentPriorSchema>;

export const latentFamily = family({
  kind: 'latent',
  schema: latentPriorSchema,
  is: 'a latent prior: its diffusion runs in the space of a first stage',
  layouts: ['posteriori', 'compvis', 'diffusers'],
  expressed: 'a diffusion model with a first stage',
  space: 'latent',
  parts: ({ unet, firstStage }) => ({
    unet: prefixed(UNET_PREFIX, unetSpecs(unet)),
    firstStage: prefixed(FIRST_STAGE_PREFIX, firstStageSpecs(firstStage)),
  }),
  shapes: ({ firstStage, unet }) => ({
    image: square(firstStage.inChannels, firstStage.resolution),
    latent: square(unet.inChannels, unet.imageSize),
  }),
  words: ({ firstStage }) => `latent, ${firstStage.kind} first stage`,
  facts: ({ schedule }) => [['schedule', formatSchedule(schedule)]],
  build: latentPrior,
});

/**
 * A first stage and a UNet with their weights: a latent diffusion model (Rombach et al., CVPR 2022).
 * Any image size divisible by the downsampling may be encoded; `imageShape` is the size of training.
 * @param weights full checkpoint names (`first_stage_model....`, `model.diffusion_model....`), exactly those of the model
 * @throws UserError naming a tensor that is missing, misshapen or unknown
 */
export function latentPrior(config: LatentPriorConfig, weights: ReadonlyMap<string, Tensor>): LatentPrior {
  checkWeights(allOf(latentFamily.parts(config)), weights);
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
