import { z } from 'zod';
import { bicubic } from '../bicubic.js';
import { type Method, variant } from './method.js';

export const bicubicMethod: Method = {
  name: 'bicubic',
  title: 'bicubic',
  citation: 'Keys, IEEE Trans. ASSP 1981',
  kind: 'point estimate',
  direct: true,
  needs: { prior: false, linear: true, smaller: true },
  variants: [variant({ options: z.strictObject({}), presets: { default: {} }, run: ({ problem, context }) => bicubic(problem, context) })],
};
