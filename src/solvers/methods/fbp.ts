import { z } from 'zod';
import { fbp } from '../fbp.js';
import { type Method, variant } from './method.js';
import { word } from './options.js';

export const fbpMethod: Method = {
  name: 'fbp',
  title: 'FBP',
  citation: 'Ramachandran and Lakshminarayanan, PNAS 1971; Kak and Slaney 1988, chapter 3',
  kind: 'point estimate',
  direct: true,
  needs: { prior: false, linear: true, geometry: true },
  variants: [
    variant({
      options: z.strictObject({ window: word('of the ramp filter', ['ramlak', 'hann']) }),
      presets: { default: { window: 'ramlak' } },
      run: ({ problem, context, options }) => fbp(problem, context, options),
    }),
  ],
};
