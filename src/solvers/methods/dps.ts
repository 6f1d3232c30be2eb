import type { PixelPrior } from '../../priors/index.js';
import { dps, dpsDefaults, dpsSchema } from '../dps.js';
import { checkNoiseLevels } from '../noise-levels.js';
import { type Method, variant } from './method.js';

export const dpsMethod: Method = {
  name: 'dps',
  title: 'DPS',
  citation: 'Chung, Kim, McCann, Klasky and Ye, ICLR 2023, arXiv 2209.14687',
  kind: 'heuristic sampler',
  needs: { prior: true },
  variants: [
    variant({
      space: 'pixel',
      options: dpsSchema,
      presets: { dps: dpsDefaults },
      check: (options, prior) => checkNoiseLevels(options, prior as PixelPrior | undefined),
      run: ({ prior, problem, context, options }) => dps(prior as PixelPrior, problem, context, options),
    }),
  ],
};
