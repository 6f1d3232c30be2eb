import type { PixelPrior } from '../../priors/index.js';
import { mcg, mcgDefaults, mcgPhoto, mcgSchema } from '../mcg.js';
import { checkNoiseLevels } from '../noise-levels.js';
import { type Method, variant } from './method.js';
import { presetByImages } from './photo-preset.js';

export const mcgMethod: Method = {
  name: 'mcg',
  title: 'MCG',
  citation: 'Chung, Sim, Ryu and Ye, NeurIPS 2022, arXiv 2206.00941',
  kind: 'heuristic sampler',
  needs: { prior: true, linear: true },
  presetFor: presetByImages('mcg', 'mcg-photo'),
  variants: [
    variant({
      space: 'pixel',
      restarts: true,
      options: mcgSchema,
      presets: { mcg: mcgDefaults, 'mcg-photo': mcgPhoto },
      check: (options, prior) => checkNoiseLevels(options, prior as PixelPrior | undefined),
      run: ({ prior, problem, context, options }) => mcg(prior as PixelPrior, problem, context, options),
    }),
  ],
};
