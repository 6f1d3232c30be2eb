import { z } from 'zod';
import { checkWeights, constantParams, scope } from '../../nn/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { dncnnSchema } from '../config.js';
import { dncnn, dncnnSpecs } from '../dncnn.js';
import { DENOISER_PREFIX } from '../prefixes.js';
import type { PixelPrior } from '../prior.js';
import { allOf, family, prefixed } from './family.js';

/** DnCNN as a pixel prior: everything but the weights. */
export const dncnnPriorSchema = z.strictObject({
  kind: z.literal('dncnn'),
  name: z.string().min(1),
  dncnn: dncnnSchema,
});

export type DncnnPriorConfig = z.output<typeof dncnnPriorSchema>;

export const dncnnFamily = family({
  kind: 'dncnn',
  schema: dncnnPriorSchema,
  is: 'a pixel prior: a DnCNN, which takes noise of moderate levels off images themselves',
  layouts: ['posteriori'],
  expressed: 'a DnCNN',
  space: 'pixel',
  parts: ({ dncnn: config }) => ({ denoiser: prefixed(DENOISER_PREFIX, dncnnSpecs(config)) }),
  shapes: ({ dncnn: config }) => ({ image: [config.channels] }),
  facts: ({ dncnn: { sigmaMin, sigmaMax } }) => [['noise', `sigma ${sigmaMin} to ${sigmaMax}`]],
  build: dncnnPrior,
});

/**
 * A DnCNN with its weights; images of any size.
 * @param weights full names (`denoiser.layers....`), exactly those of the model
 * @throws UserError naming a tensor that is missing, misshapen or unknown
 */
export function dncnnPrior(config: DncnnPriorConfig, weights: ReadonlyMap<string, Tensor>): PixelPrior {
  checkWeights(allOf(dncnnFamily.parts(config)), weights);
  const params = scope(constantParams(weights), DENOISER_PREFIX);
  const { channels, sigmaMin, sigmaMax } = config.dncnn;
  return {
    space: 'pixel',
    name: config.name,
    channels,
    noise: [sigmaMin, sigmaMax],
    denoise: (x, sigma) => dncnn(params, config.dncnn, x, sigma),
  };
}
