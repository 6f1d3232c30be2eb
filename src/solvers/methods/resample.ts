import { timeGrid } from '../../diffusion/index.js';
import { channelsOf, type LatentPrior, type PixelPrior } from '../../priors/index.js';
import { checkNoiseLevels } from '../noise-levels.js';
import { resample } from '../resample.js';
import { checkResampleOptions, resamplePresets, resampleSchema } from '../resample-options.js';
import { resamplePixel } from '../resample-pixel.js';
import { pixelResamplePresets, pixelResampleSchema } from '../resample-pixel-options.js';
import { type Method, variant } from './method.js';

export const resampleMethod: Method = {
  name: 'resample',
  title: 'ReSample',
  citation: 'Song, Kwon, Zhang, Hu, Qu and Shen, ICLR 2024, arXiv 2307.08123',
  kind: 'heuristic sampler',
  needs: { prior: true },
  presetFor: (prior) => {
    const colour = channelsOf(prior) === 3;
    if (prior.space === 'pixel') return colour ? 'pixel-photo' : 'pixel';
    return colour ? 'photo' : 'fast';
  },
  variants: [
    variant({
      space: 'pixel',
      restarts: true,
      options: pixelResampleSchema,
      presets: pixelResamplePresets,
      check: (options, prior) => checkNoiseLevels(options, prior as PixelPrior | undefined),
      run: ({ prior, problem, context, options }) => resamplePixel(prior as PixelPrior, problem, context, options),
    }),
    variant({
      space: 'latent',
      options: resampleSchema,
      presets: resamplePresets,
      check: (options, prior) => {
        checkResampleOptions(options);
        if (prior !== undefined) timeGrid((prior as LatentPrior).alphaBar, options.steps);
      },
      run: ({ prior, problem, context, options }) => resample(prior as LatentPrior, problem, context, options),
    }),
  ],
};
