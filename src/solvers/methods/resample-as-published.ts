import { authorsTimeGrid, timeGrid } from '../../diffusion/index.js';
import type { LatentPrior } from '../../priors/index.js';
import { publishedPresets, publishedSchema } from '../published-options.js';
import { resampleAsPublished } from '../resample-as-published.js';
import { checkResampleOptions } from '../resample-options.js';
import { type Method, variant } from './method.js';

export const resampleAsPublishedMethod: Method = {
  name: 'resample-as-published',
  title: 'ReSample as published',
  citation: 'the program of Song, Kwon, Zhang, Hu, Qu and Shen, ICLR 2024, slips included',
  kind: 'heuristic sampler',
  needs: { prior: true },
  variants: [
    variant({
      space: 'latent',
      options: publishedSchema,
      presets: publishedPresets,
      check: (options, prior) => {
        checkResampleOptions(options);
        if (prior !== undefined) (options.grid === 'authors' ? authorsTimeGrid : timeGrid)((prior as LatentPrior).alphaBar, options.steps);
      },
      run: ({ prior, problem, context, options }) => resampleAsPublished(prior as LatentPrior, problem, context, options),
    }),
  ],
};
