import { z } from 'zod';
import { fanGeometry } from '../../operators/index.js';
import { scanTask } from './ct.js';

const cm = () => z.number().gt(0).lte(1e6);

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** CT by a fan: of a scanner at twice the width of a body, its detector as far behind. */
export const ctFanTask = scanTask({
  name: 'ct-fan',
  title: 'CT by a fan',
  options: z.strictObject({
    detector: z.enum(['flat', 'arc']).default('flat'),
    scan: z.enum(['full', 'short']).default('full'),
    /** Degrees, in place of `scan`: a limited angle. */
    range: z.number().gt(0).lte(360).nullable().default(null),
    start: z.number().gte(-360).lte(360).default(0),
    sourceToAxis: cm().default(50),
    sourceToDetector: cm().default(100),
  }),
  geometry: (setting, { range, start, ...options }) =>
    fanGeometry({ ...setting, ...options, start: radians(start), ...(range !== null && { range: radians(range) }) }),
});
