import { z } from 'zod';
import { tv } from '../tv.js';
import { type Method, variant } from './method.js';
import { count, number, orNone } from './options.js';

export const tvMethod: Method = {
  name: 'tv',
  title: 'TV',
  citation: 'Rudin, Osher and Fatemi, Physica D 1992; by ADMM (Boyd et al. 2011)',
  kind: 'point estimate',
  needs: { prior: false, linear: true },
  variants: [
    variant({
      options: z.strictObject({
        iterations: count('most steps of conjugate gradients, each an A and an adjoint', { from: 1, to: 100_000 }),
        lambda: orNone(
          number('weight of the total variation against 1/2 ||A x - y||^2; none: the one that the noise asks for', { above: 0, to: 1e9 }),
        ),
        margin: number('without lambda the residual is brought to margin m sigma^2', { from: 0, to: 1e6 }),
        tolerance: number('end when an outer iteration changes less than this share of the image', { from: 0, to: 1 }),
        start: orNone(number('value of the image to start from; none: air (-1) for CT, else 0', { from: -100, to: 100 })),
      }),
      presets: { default: { iterations: 360, lambda: null, margin: 1, tolerance: 3e-4, start: null } },
      run: ({ problem, context, options: { lambda, start, ...options } }) =>
        tv(problem, context, { ...options, lambda: lambda ?? undefined, start: start ?? undefined }),
    }),
  ],
};
