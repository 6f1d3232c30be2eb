import type { PixelPrior } from '../../priors/index.js';
import { dmps, dmpsDefaults, dmpsPhoto, dmpsSchema } from '../dmps.js';
import { checkNoiseLevels } from '../noise-levels.js';
import { type Method, variant } from './method.js';
import { presetByImages } from './photo-preset.js';

export const dmpsMethod: Method = {
  name: 'dmps',
  title: 'DMPS',
  citation: 'Meng and Kabashima, ACML 2024, arXiv 2211.12343',
  kind: 'heuristic sampler',
  needs: { prior: true, linear: true },
  presetFor: presetByImages('dmps', 'dmps-photo'),
  variants: [
    variant({
      space: 'pixel',
      restarts: true,
      options: dmpsSchema,
      presets: { dmps: dmpsDefaults, 'dmps-photo': dmpsPhoto },
      check: (options, prior) => checkNoiseLevels(options, prior as PixelPrior | undefined),
      run: ({ prior, problem, context, options }) => dmps(prior as PixelPrior, problem, context, options),
    }),
  ],
};
