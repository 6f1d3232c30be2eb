import { z } from 'zod';
import { cgls } from '../cgls.js';
import { type Method, variant } from './method.js';
import { count, number, orNone } from './options.js';

export const cglsMethod: Method = {
  name: 'cgls',
  title: 'CGLS',
  citation: 'Hestenes and Stiefel, J. Res. NBS 1952; stopped by the discrepancy principle (Morozov 1966)',
  kind: 'point estimate',
  needs: { prior: false, linear: true },
  variants: [
    variant({
      options: z.strictObject({
        iterations: count('most iterations', { from: 1, to: 100_000 }),
        margin: number('stop at ||A x - y||^2 <= margin m sigma^2', { from: 0, to: 1e6 }),
        start: orNone(number('value of the image to start from; none: air (-1) for CT, else 0', { from: -100, to: 100 })),
      }),
      presets: { default: { iterations: 200, margin: 1, start: null } },
      run: ({ problem, context, options: { start, ...options } }) => cgls(problem, context, { ...options, start: start ?? undefined }),
    }),
  ],
};
