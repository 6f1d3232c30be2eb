import { z } from 'zod';
import type { Operator } from '../operators/operator.js';
import { count, flag, group, number, orNone, word } from './methods/options.js';
import { replaceOptions } from './replace-options.js';
import { checkResampleOptions, resamplePresets, resampleSchema } from './resample-options.js';

/** What only the published program does; at these values it is `resample`. */
export const published = {
  grid: 'even',
  cleanEstimate: 'tweedie',
  lookAhead: 0,
  history: 10,
  weightDecay: 0,
  plateau: 0,
  loss: 'half-squares',
  tau: null,
  stepBeyondTarget: false,
  latentDps: 0,
  latentDpsNorm: 'squared',
  latentDpsThrough: 'network',
} as const;

/** The options of `resample`, and those that imitate the program published with the paper. */
export const publishedSchema = z.strictObject({
  ...resampleSchema.shape,
  ...group('as published', {
    grid: word("even takes any S and ends at the clean sample; authors is the published program's, where S must divide the levels", [
      'even',
      'authors',
    ]),
    cleanEstimate: word("Tweedie's, or the authors': with (1 - abar) where sqrt(1 - abar) belongs", ['tweedie', 'authors']),
    lookAhead: count(
      'DDIM steps taken ahead of each hard data consistency, only for its starting point; network time one index behind, as published',
      { from: 0, to: 1000 },
    ),
    history: count('pairs that L-BFGS keeps', { from: 1, to: 1000 }),
    weightDecay: number('of AdamW, in pixels and latents', { from: 0, to: 1000 }),
    plateau: count('latent Adam also stops when the loss is above its value this many iterations ago; 0 for never', {
      from: 0,
      to: 100_000,
    }),
    /** They differ only by Adam's epsilon. */
    loss: word('half-squares, 1/2 ||y - A x||^2, or the mean square', ['half-squares', 'mean']),
    tau: orNone(number('stop at this mean square instead, whatever sigma is', { from: 0, to: 1e6 })),
    stepBeyondTarget: flag('Adam takes one more step once it has met the target, as programs do that test after stepping'),
    latentDps: number("k of z' -= k abar_t grad ||y - A D(z0hat)||^p at every step; 0 for none (Table 9)", { from: 0, to: 1e6 }),
    latentDpsNorm: word('p = 2, squared, or 1, root', ['squared', 'root']),
    latentDpsThrough: word('differentiate through the denoiser, or take its output as constant', ['network', 'decoder']),
  }),
});

export type PublishedOptions = z.output<typeof publishedSchema>;

export const publishedPresets = {
  /** What the program does, slips included. */
  'authors-code': {
    ...resamplePresets.paper,
    ...published,
    grid: 'authors',
    cleanEstimate: 'authors',
    lookAhead: 5,
    pixelOptimiser: 'adam',
    weightDecay: 0.01,
    plateau: 200,
    loss: 'mean',
    tau: 1e-6,
    stepBeyondTarget: true,
    sigmaSchedule: 'posterior',
    latentDps: 0.5,
    latentDpsNorm: 'root',
    latentDpsThrough: 'decoder',
    finalOptimisation: true,
  },
} as const satisfies Record<string, PublishedOptions>;

/**
 * The published program's options with single ones replaced.
 * @throws UserError for a value out of range, or conjugate gradients on a nonlinear operator.
 */
export function publishedOptions(overrides: Partial<PublishedOptions> = {}, operator?: Operator): PublishedOptions {
  const options = replaceOptions(publishedSchema, publishedPresets['authors-code'], overrides, 'ReSample as published');
  checkResampleOptions(options, operator);
  return options;
}
