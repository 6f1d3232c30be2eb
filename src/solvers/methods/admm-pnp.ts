import type { PixelPrior } from '../../priors/index.js';
import { admmPnp, admmPnpDefaults, admmPnpPhoto, admmPnpSchema, checkPnpLevels } from '../admm-pnp.js';
import { type Method, variant } from './method.js';
import { presetByImages } from './photo-preset.js';

export const admmPnpMethod: Method = {
  name: 'admm-pnp',
  title: 'ADMM-PnP',
  citation: 'Venkatakrishnan, Bouman and Wohlberg, GlobalSIP 2013; Ahmad et al., IEEE Signal Processing Magazine 2020',
  kind: 'point estimate',
  needs: { prior: true },
  usualPrior: { ct: 'ct-dncnn', photo: 'photo-dncnn' },
  presetFor: presetByImages('admm-pnp', 'admm-pnp-photo'),
  variants: [
    variant({
      space: 'pixel',
      options: admmPnpSchema,
      presets: { 'admm-pnp': admmPnpDefaults, 'admm-pnp-photo': admmPnpPhoto },
      check: (options, prior) => checkPnpLevels(options, prior as PixelPrior | undefined),
      run: ({ prior, problem, context, options }) => admmPnp(prior as PixelPrior, problem, context, options),
    }),
  ],
};
