import { z } from 'zod';
import { checked } from '../../io/checked.js';
import { ctScale } from '../../io/index.js';
import { defaultGeometry, imageShape, photonNoise, photonSigma, radon, type ScanGeometry } from '../../operators/index.js';
import { type OptionValues, withAssignments } from '../../solvers/methods/option-values.js';
import { UsageError } from '../../tensor/errors.js';
import { extent } from '../shown.js';
import type { ScanSetting, Setup, Task } from './task.js';

const classical = ['fbp', 'tv'];

/**
 * A scanner: CT of one geometry. y is the line integrals `-log(I / I0)`, `[1, views, bins]`, and photons are those of an unobstructed ray.
 * @param task the name that a recipe keeps
 * @throws UserError when the geometry is impossible.
 */
export function ctSetup(geometry: ScanGeometry, task = 'ct'): Setup {
  const operator = radon(geometry);
  const [views, bins] = operator.outputShape;
  return {
    recipe: { task, geometry },
    operator,
    title: `${geometry.beam === 'fan' ? 'Fan-beam CT' : 'CT'} from ${views} views`,
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

/** A kind of scan, by its options and the geometry that they make. */
export interface ScanTask<S extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly options: S;
  geometry(setting: ScanSetting, options: z.output<S>): ScanGeometry;
}

/** Views and width of an image where nobody says. */
const usual = { views: 25, fieldOfView: 25 };

/** A task of CT. From a recipe with a geometry, as results keep it, comes that scanner; from an image and options, the one that fits it. */
export function scanTask<S extends z.ZodObject>({ name, title, options: schema, geometry: make }: ScanTask<S>): Task {
  const defaults = schema.parse({}) as OptionValues;
  const scan = (setting: ScanSetting, set: Readonly<Record<string, unknown>> = {}): ScanGeometry => {
    const values = withAssignments(defaults, set, schema, name);
    return make(
      setting,
      checked(schema, values, (problems) => new UsageError(`${title}: ${problems}.`)),
    );
  };
  return {
    name,
    title,
    linear: true,
    channels: 1,
    sigma: 0.01,
    defaults,
    schema,
    classical,
    scan,
    setUp: ({ geometry, image, options = {}, tensors = {} }) => {
      const [unknown] = [...(geometry === undefined ? [] : Object.keys(options)), ...Object.keys(tensors)];
      if (unknown !== undefined) throw new UsageError(`${name} (${title}) takes no ${unknown} here. Leave it out, or choose another task.`);
      if (geometry !== undefined) return ctSetup(geometry, name);
      if (image === undefined) throw new UsageError(`${name} (${title}) needs a geometry: give one.`);
      const [channels, height, width] = imageShape(image);
      if (channels !== 1 || height !== width)
        throw new UsageError(`${name} (${title}) is of one channel and a square, not ${channels} of ${height} x ${width}: give a size.`);
      return ctSetup(scan({ ...usual, size: height }, options), name);
    },
  };
}

export const ctTask = scanTask({
  name: 'ct',
  title: 'CT by parallel beams',
  options: z.strictObject({}),
  geometry: defaultGeometry,
});
