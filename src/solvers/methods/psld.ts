import { timeGrid } from '../../diffusion/index.js';
import type { LatentPrior } from '../../priors/index.js';
import { psld, psldDefaults, psldSchema } from '../psld.js';
import { type Method, variant } from './method.js';

export const psldMethod: Method = {
  name: 'psld',
  title: 'PSLD',
  citation: 'Rout, Raoof, Daras, Caramanis, Dimakis and Shakkottai, NeurIPS 2023, arXiv 2307.00619',
  kind: 'heuristic sampler',
  needs: { prior: true, linear: true },
  variants: [
    variant({
      space: 'latent',
      options: psldSchema,
      presets: { psld: psldDefaults },
      check: ({ steps }, prior) => {
        if (prior !== undefined) timeGrid((prior as LatentPrior).alphaBar, steps);
      },
      run: ({ prior, problem, context, options }) => psld(prior as LatentPrior, problem, context, options),
    }),
  ],
};
