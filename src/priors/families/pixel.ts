import { z } from 'zod';
import { add, clip, constant, div, type Expr, log, mul, reshape, sqrt, square, sub, sum } from '../../graph/index.js';
import { checkWeights, constantParams, scope } from '../../nn/index.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import { estimatesNoise, scheduleSchema, unetSchema } from '../config.js';
import { noiseEstimate } from '../noise-estimate.js';
import { onMultiple } from '../on-multiple.js';
import { UNET_PREFIX } from '../prefixes.js';
import type { PixelPrior, Prior } from '../prior.js';
import { alphaBarOf, formatSchedule } from '../schedule.js';
import { unetSpecs } from '../unet.js';
import { allOf, family, square as ofSide, prefixed } from './family.js';

/** A diffusion prior on images themselves; the schedule is DDPM's where not said. */
export const pixelPriorSchema = z
  .strictObject({
    kind: z.literal('pixel'),
    name: z.string().min(1),
    unet: unetSchema,
    schedule: scheduleSchema.prefault({ kind: 'linear', betaStart: 1e-4, betaEnd: 0.02 }),
  })
  .refine((c) => estimatesNoise(c.unet), {
    path: ['unet', 'outChannels'],
    error: 'the UNet must give as many channels as it takes, or twice as many (learned sigma)',
  });

export type PixelPriorConfig = z.output<typeof pixelPriorSchema>;

export const pixelFamily = family({
  kind: 'pixel',
  schema: pixelPriorSchema,
  is: 'a pixel prior: its diffusion runs on images themselves, without a first stage',
  layouts: ['posteriori', 'guided-diffusion', 'diffusers'],
  expressed: 'a diffusion model on images, without a first stage',
  space: 'pixel',
  parts: ({ unet }) => ({ unet: prefixed(UNET_PREFIX, unetSpecs(unet)) }),
  shapes: ({ unet }) => ({ image: ofSide(unet.inChannels, unet.imageSize) }),
  facts: ({ schedule }) => [['schedule', formatSchedule(schedule)]],
  build: pixelPrior,
});

/** A diffusion model on images with a schedule of levels, as a solver of either kind of noise sees it. */
export interface PixelDiffusion extends PixelPrior, Pick<Prior, 'alphaBar' | 'epsilon'> {}

/**
 * A diffusion model on images themselves (Ho et al., NeurIPS 2020; Dhariwal and Nichol, NeurIPS 2021). Its levels are numbered; a sigma
 * between two is a level between them, linear in ln sigma, which its time embedding takes as well.
 * @param weights full checkpoint names (`model.diffusion_model....`), exactly those of the model
 * @throws UserError naming a tensor that is missing, misshapen or unknown
 */
export function pixelPrior(config: PixelPriorConfig, weights: ReadonlyMap<string, Tensor>): PixelDiffusion {
  checkWeights(allOf(pixelFamily.parts(config)), weights);
  const unet = scope(constantParams(weights), UNET_PREFIX);
  const alphaBar = alphaBarOf(config.schedule);
  const epsilon = (z: Expr, t: Expr): Expr => noiseEstimate(unet, config, z, t);
  const sigmas = Array.from(alphaBar, (a) => Math.sqrt((1 - a) / a));
  const { inChannels, channelMult } = config.unet;
  return {
    space: 'pixel',
    name: config.name,
    channels: inChannels,
    noise: [sigmas[0], sigmas[sigmas.length - 1]],
    alphaBar,
    epsilon,
    denoise(x, sigma) {
      const n = sigma.shape[0];
      const s = reshape(sigma, [n, 1, 1, 1]);
      const t = levelOf(sigma, sigmas);
      const noise = (wide: Expr) => epsilon(div(wide, sqrt(add(square(s), 1))), t); // z = sqrt(abar) x, abar = 1 / (1 + sigma^2)
      return sub(x, mul(s, onMultiple(x, 2 ** (channelMult.length - 1), noise)));
    },
  };
}

/** Where sigma [N] lies among rising ones: the number of those before it, and linearly in the logarithm between two. [N] */
function levelOf(sigma: Expr, sigmas: readonly number[]): Expr {
  const logs = sigmas.map(Math.log);
  const gaps = logs.slice(1).map((value, k) => value - logs[k]);
  const row = (values: readonly number[]): Expr => constant(tensor([1, values.length], Float32Array.from(values)));
  const passed = div(sub(log(reshape(sigma, [sigma.shape[0], 1])), row(logs.slice(0, -1))), row(gaps));
  return sum(clip(passed, 0, 1), [1]);
}
