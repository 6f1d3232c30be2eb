import { z } from 'zod';
import { ctScale } from '../../io/index.js';
import { type ParallelGeometry, photonNoise, photonSigma, radon } from '../../operators/index.js';
import { UsageError } from '../../tensor/errors.js';
import { extent } from '../shown.js';
import type { Setup, Task } from './task.js';

const title = 'CT by parallel beams';
const classical = ['fbp', 'tv'];

/**
 * A scanner: CT of one geometry. y is the line integrals `-log(I / I0)`, `[1, views, bins]`, and photons are those of an unobstructed ray.
 * @throws UserError when the geometry is impossible.
 */
export function ctSetup(geometry: ParallelGeometry): Setup {
  const operator = radon(geometry);
  const [views, bins] = operator.outputShape;
  return {
    recipe: { task: 'ct', geometry },
    operator,
    title: `CT from ${views} views`,
    classical,
    counting: { noise: photonNoise, sigma: photonSigma },
    scale: { ...ctScale, ...(geometry.muMax !== undefined && { muMax: geometry.muMax }) },
    notices: [],
    expectation: 'the geometry describes (views, bins)',
    broken: (y, entry) =>
      `${y.data[entry]} at view ${Math.floor(entry / bins)}, bin ${entry % bins}. Dead bins must be filled in (by their neighbours, say) or left out.`,
    detail: () => `${views} views of ${bins} bins`,
    shown: (y) => ({ image: y, range: extent(y) }),
  };
}

export const ctTask: Task = {
  name: 'ct',
  title,
  linear: true,
  channels: 1,
  sigma: 0.01,
  defaults: {},
  schema: z.strictObject({}),
  classical,
  setUp: ({ geometry, options = {}, tensors = {} }) => {
    if (geometry === undefined) throw new UsageError(`ct (${title}) needs a geometry: give one.`);
    const [unknown] = [...Object.keys(options), ...Object.keys(tensors)];
    if (unknown !== undefined) throw new UsageError(`ct (${title}) takes no ${unknown}. Leave it out, or choose another task.`);
    return ctSetup(geometry);
  },
};
