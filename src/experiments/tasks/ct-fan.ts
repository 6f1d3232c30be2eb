import { z } from 'zod';
import { fanGeometry } from '../../operators/index.js';
import { scanTask } from './ct.js';

const cm = () => z.number().gt(0).lte(1e6);

/** CT by a fan: of a scanner at twice the width of a body, its detector as far behind. */
export const ctFanTask = scanTask({
  name: 'ct-fan',
  title: 'CT by a fan',
  options: z.strictObject({
    detector: z.enum(['flat', 'arc']).default('flat'),
    scan: z.enum(['full', 'short']).default('full'),
    sourceToAxis: cm().default(50),
    sourceToDetector: cm().default(100),
  }),
  geometry: (setting, options) => fanGeometry({ ...setting, ...options }),
});
