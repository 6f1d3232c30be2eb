import { z } from 'zod';
import type { Restorer } from '../../priors/index.js';
import { checkViews, fbpUnet } from '../fbp-unet.js';
import { type Method, variant } from './method.js';

export const fbpUnetMethod: Method = {
  name: 'fbp-unet',
  title: 'FBP-UNet',
  citation: 'Jin, McCann, Froustey and Unser, IEEE TIP 2017',
  kind: 'point estimate',
  direct: true,
  needs: { prior: true, linear: true, geometry: true },
  usualPrior: { ct: 'ct-fbp-unet' },
  suits: (prior, operator) => checkViews(prior as Restorer, operator),
  variants: [
    variant({
      space: 'restorer',
      options: z.strictObject({}),
      presets: { 'fbp-unet': {} },
      run: ({ prior, problem, context }) => fbpUnet(prior as Restorer, problem, context),
    }),
  ],
};
