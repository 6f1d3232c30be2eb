import type { PixelPrior } from '../../priors/index.js';
import { daps, dapsDefaults, dapsSchema } from '../daps.js';
import { checkNoiseLevels } from '../noise-levels.js';
import { type Method, variant } from './method.js';

export const dapsMethod: Method = {
  name: 'daps',
  title: 'DAPS',
  citation: 'Zhang, Chu, Berner, Meng, Anandkumar and Song, CVPR 2025, arXiv 2407.01521',
  kind: 'heuristic sampler',
  needs: { prior: true },
  variants: [
    variant({
      space: 'pixel',
      options: dapsSchema,
      presets: { daps: dapsDefaults },
      check: (options, prior) => checkNoiseLevels(options, prior as PixelPrior | undefined),
      run: ({ prior, problem, context, options }) => daps(prior as PixelPrior, problem, context, options),
    }),
  ],
};
