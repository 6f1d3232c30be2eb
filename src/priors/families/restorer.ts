import { z } from 'zod';
import { constant } from '../../graph/index.js';
import { checkWeights, constantParams, scope } from '../../nn/index.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import { denoiserSchema } from '../config.js';
import { denoiser, denoiserMultiple, denoiserSpecs } from '../denoiser.js';
import { onMultiple } from '../on-multiple.js';
import { DENOISER_PREFIX } from '../prefixes.js';
import type { Restorer } from '../prior.js';
import { allOf, family, prefixed } from './family.js';

/** A network that restores the images of one classical method and one measurement: everything but the weights. */
export const restorerSchema = z.strictObject({
  kind: z.literal('restorer'),
  name: z.string().min(1),
  /** What its inputs were in training. */
  input: z.strictObject({ method: z.literal('fbp'), views: z.int().positive(), sigma: z.number().positive() }),
  /** The noise level that the network is told, always. */
  level: z.number().positive(),
  denoiser: denoiserSchema,
});

export type RestorerConfig = z.output<typeof restorerSchema>;

export const restorerFamily = family({
  kind: 'restorer',
  schema: restorerSchema,
  is: 'a restorer: it makes the image of one classical method better, and is no prior of others',
  layouts: ['posteriori'],
  expressed: 'a restorer',
  space: 'restorer',
  parts: ({ denoiser: config }) => ({ denoiser: prefixed(DENOISER_PREFIX, denoiserSpecs(config)) }),
  shapes: ({ denoiser: { channels } }) => ({ image: [channels] }),
  facts: ({ input: { method, views, sigma } }) => [['restores', `${method} of ${views} views, sigma ${sigma}`]],
  build: restorer,
});

/**
 * A restorer with its weights; images of any size.
 * @param weights full names (`denoiser....`), exactly those of the model
 * @throws UserError naming a tensor that is missing, misshapen or unknown
 */
export function restorer(config: RestorerConfig, weights: ReadonlyMap<string, Tensor>): Restorer {
  checkWeights(allOf(restorerFamily.parts(config)), weights);
  const params = scope(constantParams(weights), DENOISER_PREFIX);
  const multiple = denoiserMultiple(config.denoiser);
  return {
    space: 'restorer',
    name: config.name,
    channels: config.denoiser.channels,
    input: config.input,
    restore: (x) =>
      onMultiple(x, multiple, (wide) => {
        const level = constant(tensor([wide.shape[0]], new Float32Array(wide.shape[0]).fill(config.level)));
        return denoiser(params, config.denoiser, wide, level);
      }),
  };
}
