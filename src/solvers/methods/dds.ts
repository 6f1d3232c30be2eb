import type { PixelPrior } from '../../priors/index.js';
import { dds, ddsDefaults, ddsSchema } from '../dds.js';
import { checkNoiseLevels } from '../noise-levels.js';
import { type Method, variant } from './method.js';

export const ddsMethod: Method = {
  name: 'dds',
  title: 'DDS',
  citation: 'Chung, Lee and Ye, ICLR 2024, arXiv 2303.05754',
  kind: 'heuristic sampler',
  needs: { prior: true, linear: true },
  variants: [
    variant({
      space: 'pixel',
      restarts: true,
      options: ddsSchema,
      presets: { dds: ddsDefaults },
      check: (options, prior) => checkNoiseLevels(options, prior as PixelPrior | undefined),
      run: ({ prior, problem, context, options }) => dds(prior as PixelPrior, problem, context, options),
    }),
  ],
};
