import type { LatentPrior } from '../../priors/index.js';
import { checkLatentLevels, latentDaps, latentDapsDefaults, latentDapsSchema } from '../latent-daps.js';
import { type Method, variant } from './method.js';

export const latentDapsMethod: Method = {
  name: 'latent-daps',
  title: 'LatentDAPS',
  citation: 'Zhang, Chu, Berner, Meng, Anandkumar and Song, CVPR 2025, arXiv 2407.01521',
  kind: 'heuristic sampler',
  needs: { prior: true },
  variants: [
    variant({
      space: 'latent',
      options: latentDapsSchema,
      presets: { 'latent-daps': latentDapsDefaults },
      check: checkLatentLevels,
      run: ({ prior, problem, context, options }) => latentDaps(prior as LatentPrior, problem, context, options),
    }),
  ],
};
