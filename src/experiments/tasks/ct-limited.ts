import { z } from 'zod';
import { limitedGeometry } from '../../operators/index.js';
import { scanTask } from './ct.js';

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** CT of a limited angle: views over a part of the half turn, in degrees. */
export const ctLimitedTask = scanTask({
  name: 'ct-limited',
  title: 'CT of a limited angle',
  options: z.strictObject({
    range: z.number().gt(0).lte(180).default(120),
    start: z.number().gte(-360).lte(360).default(0),
  }),
  geometry: (setting, { range, start }) => limitedGeometry({ ...setting, range: radians(range), start: radians(start) }),
});
