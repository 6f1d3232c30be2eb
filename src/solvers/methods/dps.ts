import type { PixelPrior } from '../../priors/index.js';
import { dps, dpsDefaults, dpsPhoto, dpsSchema } from '../dps.js';
import { checkNoiseLevels } from '../noise-levels.js';
import { type Method, variant } from './method.js';
import { presetByImages } from './photo-preset.js';

export const dpsMethod: Method = {
  name: 'dps',
  title: 'DPS',
  citation: 'Chung, Kim, McCann, Klasky and Ye, ICLR 2023, arXiv 2209.14687',
  kind: 'heuristic sampler',
  needs: { prior: true },
  presetFor: presetByImages('dps', 'dps-photo'),
  variants: [
    variant({
      space: 'pixel',
      restarts: true,
      options: dpsSchema,
      presets: { dps: dpsDefaults, 'dps-photo': dpsPhoto },
      check: (options, prior) => checkNoiseLevels(options, prior as PixelPrior | undefined),
      run: ({ prior, problem, context, options }) => dps(prior as PixelPrior, problem, context, options),
    }),
  ],
};
