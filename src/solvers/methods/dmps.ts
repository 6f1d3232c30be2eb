import type { PixelPrior } from '../../priors/index.js';
import { dmps, dmpsDefaults, dmpsSchema } from '../dmps.js';
import { checkNoiseLevels } from '../noise-levels.js';
import { type Method, variant } from './method.js';

export const dmpsMethod: Method = {
  name: 'dmps',
  title: 'DMPS',
  citation: 'Meng and Kabashima, ACML 2024, arXiv 2211.12343',
  kind: 'heuristic sampler',
  needs: { prior: true, linear: true },
  variants: [
    variant({
      space: 'pixel',
      options: dmpsSchema,
      presets: { dmps: dmpsDefaults },
      check: (options, prior) => checkNoiseLevels(options, prior as PixelPrior | undefined),
      run: ({ prior, problem, context, options }) => dmps(prior as PixelPrior, problem, context, options),
    }),
  ],
};
