import type { PixelPrior } from '../../priors/index.js';
import { daps, dapsDefaults, dapsPhoto, dapsSchema } from '../daps.js';
import { checkNoiseLevels } from '../noise-levels.js';
import { type Method, variant } from './method.js';
import { presetByImages } from './photo-preset.js';

export const dapsMethod: Method = {
  name: 'daps',
  title: 'DAPS',
  citation: 'Zhang, Chu, Berner, Meng, Anandkumar and Song, CVPR 2025, arXiv 2407.01521',
  kind: 'heuristic sampler',
  needs: { prior: true },
  presetFor: presetByImages('daps', 'daps-photo'),
  variants: [
    variant({
      space: 'pixel',
      restarts: true,
      options: dapsSchema,
      presets: { daps: dapsDefaults, 'daps-photo': dapsPhoto },
      check: (options, prior) => checkNoiseLevels(options, prior as PixelPrior | undefined),
      run: ({ prior, problem, context, options }) => daps(prior as PixelPrior, problem, context, options),
    }),
  ],
};
