import type { PixelPrior } from '../../priors/index.js';
import { admmPnp, admmPnpSchema, checkPnpLevels, pnpUnetDefaults } from '../admm-pnp.js';
import { type Method, variant } from './method.js';

export const pnpUnetMethod: Method = {
  name: 'pnp-unet',
  title: 'PnP-UNet',
  citation: 'Gilton, Ongie and Willett, IEEE Transactions on Computational Imaging 2021',
  kind: 'point estimate',
  needs: { prior: true },
  variants: [
    variant({
      space: 'pixel',
      options: admmPnpSchema,
      presets: { 'pnp-unet': pnpUnetDefaults },
      check: (options, prior) => checkPnpLevels(options, prior as PixelPrior | undefined),
      run: ({ prior, problem, context, options }) => admmPnp(prior as PixelPrior, problem, context, options),
    }),
  ],
};
