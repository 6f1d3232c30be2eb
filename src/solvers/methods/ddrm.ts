import type { PixelPrior } from '../../priors/index.js';
import { ddrm, ddrmDefaults, ddrmSchema } from '../ddrm.js';
import { checkNoiseLevels } from '../noise-levels.js';
import { type Method, variant } from './method.js';

export const ddrmMethod: Method = {
  name: 'ddrm',
  title: 'DDRM',
  citation: 'Kawar, Elad, Ermon and Song, NeurIPS 2022, arXiv 2201.11793',
  kind: 'heuristic sampler',
  needs: { prior: true, linear: true, spectral: true },
  variants: [
    variant({
      space: 'pixel',
      options: ddrmSchema,
      presets: { ddrm: ddrmDefaults },
      check: (options, prior) => checkNoiseLevels(options, prior as PixelPrior | undefined),
      run: ({ prior, problem, context, options }) => ddrm(prior as PixelPrior, problem, context, options),
    }),
  ],
};
