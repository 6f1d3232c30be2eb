import { z } from 'zod';
import { checkWeights, constantParams, scope } from '../../nn/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { denoiserSchema } from '../config.js';
import { denoiser, denoiserMultiple, denoiserSpecs } from '../denoiser.js';
import { onMultiple } from '../on-multiple.js';
import { DENOISER_PREFIX } from '../prefixes.js';
import type { PixelPrior } from '../prior.js';
import { allOf, family, prefixed } from './family.js';

/** A pixel prior of a continuous noise level: everything but the weights. */
export const denoiserPriorSchema = z.strictObject({
  kind: z.literal('denoiser'),
  name: z.string().min(1),
  denoiser: denoiserSchema,
});

export type DenoiserPriorConfig = z.output<typeof denoiserPriorSchema>;

export const denoiserFamily = family({
  kind: 'denoiser',
  schema: denoiserPriorSchema,
  is: 'a pixel prior: it takes noise off images themselves, without a first stage',
  layouts: ['posteriori'],
  expressed: 'a denoiser of a continuous noise level',
  space: 'pixel',
  parts: ({ denoiser }) => ({ denoiser: prefixed(DENOISER_PREFIX, denoiserSpecs(denoiser)) }),
  shapes: ({ denoiser }) => ({ image: [denoiser.channels] }),
  facts: ({ denoiser: { sigmaMin, sigmaMax } }) => [['noise', `sigma ${sigmaMin} to ${sigmaMax}`]],
  build: denoiserPrior,
});

/**
 * A denoiser of a continuous noise level with its weights. Images of any size: where the network asks for sides of a certain multiple, they
 * are mirrored at the bottom and right up to it.
 * @param weights full names (`denoiser....`), exactly those of the model
 * @throws UserError naming a tensor that is missing, misshapen or unknown
 */
export function denoiserPrior(config: DenoiserPriorConfig, weights: ReadonlyMap<string, Tensor>): PixelPrior {
  checkWeights(allOf(denoiserFamily.parts(config)), weights);
  const params = scope(constantParams(weights), DENOISER_PREFIX);
  const { channels, sigmaMin, sigmaMax } = config.denoiser;
  return {
    space: 'pixel',
    name: config.name,
    channels,
    noise: [sigmaMin, sigmaMax],
    denoise: (x, sigma) => onMultiple(x, denoiserMultiple(config.denoiser), (wide) => denoiser(params, config.denoiser, wide, sigma)),
  };
}
