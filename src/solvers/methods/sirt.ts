import { z } from 'zod';
import { sirt } from '../sirt.js';
import { type Method, variant } from './method.js';
import { count, number } from './options.js';

export const sirtMethod: Method = {
  name: 'sirt',
  title: 'SIRT',
  citation: 'Gilbert, J. Theor. Biol. 1972; stopped by the discrepancy principle (Morozov 1966)',
  kind: 'point estimate',
  needs: { prior: false, linear: true },
  variants: [
    variant({
      options: z.strictObject({
        iterations: count('most iterations', { from: 1, to: 100_000 }),
        relaxation: number('factor on every step', { above: 0, to: 1.99 }),
        margin: number('stop at ||A x - y||^2 <= margin m sigma^2', { from: 0, to: 1e6 }),
      }),
      presets: { default: { iterations: 300, relaxation: 1, margin: 1 } },
      run: ({ problem, context, options }) => sirt(problem, context, options),
    }),
  ],
};
