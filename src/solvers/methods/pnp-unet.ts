import type { PixelPrior } from '../../priors/index.js';
import { admmPnp, admmPnpSchema, checkPnpLevels, pnpUnetDefaults, pnpUnetPhoto } from '../admm-pnp.js';
import { type Method, variant } from './method.js';
import { presetByImages } from './photo-preset.js';

export const pnpUnetMethod: Method = {
  name: 'pnp-unet',
  title: 'PnP-UNet',
  citation: 'Gilton, Ongie and Willett, IEEE Transactions on Computational Imaging 2021',
  kind: 'point estimate',
  needs: { prior: true },
  presetFor: presetByImages('pnp-unet', 'pnp-unet-photo'),
  variants: [
    variant({
      space: 'pixel',
      options: admmPnpSchema,
      presets: { 'pnp-unet': pnpUnetDefaults, 'pnp-unet-photo': pnpUnetPhoto },
      check: (options, prior) => checkPnpLevels(options, prior as PixelPrior | undefined),
      run: ({ prior, problem, context, options }) => admmPnp(prior as PixelPrior, problem, context, options),
    }),
  ],
};
