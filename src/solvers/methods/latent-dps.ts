import { timeGrid } from '../../diffusion/index.js';
import type { LatentPrior } from '../../priors/index.js';
import { latentDps, latentDpsDefaults, latentDpsSchema } from '../latent-dps.js';
import { type Method, variant } from './method.js';

export const latentDpsMethod: Method = {
  name: 'latent-dps',
  title: 'Latent-DPS',
  citation: 'Song, Kwon et al., ICLR 2024, as a baseline; after Chung et al., ICLR 2023',
  kind: 'heuristic sampler',
  needs: { prior: true },
  variants: [
    variant({
      space: 'latent',
      options: latentDpsSchema,
      presets: { 'latent-dps': latentDpsDefaults },
      check: ({ steps }, prior) => {
        if (prior !== undefined) timeGrid((prior as LatentPrior).alphaBar, steps);
      },
      run: ({ prior, problem, context, options }) => latentDps(prior as LatentPrior, problem, context, options),
    }),
  ],
};
