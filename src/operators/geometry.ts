import { z } from 'zod';
import { checked } from '../io/checked.js';
import { ctScale } from '../io/hounsfield.js';
import { UsageError, UserError } from '../tensor/errors.js';
import { type Tensor, tensor } from '../tensor/tensor.js';

/**
 * Parallel-beam tomography in one plane.
 *
 * The image's centre is the rotation axis; x points right along a row, y up against the rows. The ray of angle
 * `theta` and detector coordinate `t` is the line `x cos(theta) + y sin(theta) = t`; bin k sits at `t = (k - axis) binSize`.
 * Nothing asks the detector to cover the image: rays beyond it are absent.
 */
export interface ParallelGeometry {
  /** Image rows and columns. */
  readonly size: readonly [height: number, width: number];
  /** Side of an image pixel in cm. */
  readonly pixelSize: number;
  /** One a view, in radians, in the order of the views. */
  readonly angles: readonly number[];
  /** Detector bins a view. */
  readonly bins: number;
  /** Distance between bins in cm. */
  readonly binSize: number;
  /** Where the rotation axis falls on the detector, in bins; `(bins - 1) / 2` is the middle. May be fractional. */
  readonly axis: number;
  /** Attenuation in 1/cm that x = +1 stands for (x = -1 is zero); 0.4 where absent. */
  readonly muMax?: number;
}

/** Attenuation of x = +1 in 1/cm unless a geometry says otherwise: about +1000 HU. */
export const defaultMuMax = ctScale.muMax;

/** Most views of a scan. */
const MOST_VIEWS = 20_000;
const side = z.int().min(1).max(8192);
const length = z.number().positive();
const schema = z
  .strictObject({
    size: z.tuple([side, side]),
    pixelSize: length,
    angles: z
      .array(
        z
          .number()
          .min(-4 * Math.PI, 'in radians: this one looks like degrees')
          .max(4 * Math.PI, 'in radians: this one looks like degrees'),
      )
      .min(1, 'at least one view is needed')
      .max(MOST_VIEWS),
    bins: z.int().min(1).max(65536),
    binSize: length,
    axis: z.number(),
    muMax: length.optional(),
  })
  .refine(
    ({ size, pixelSize, bins, binSize, axis }) => {
      const reach = (Math.hypot(...size) * pixelSize) / 2;
      return (bins - 1 - axis) * binSize > -reach && -axis * binSize < reach;
    },
    { path: ['axis'], message: 'no ray meets the image: the detector lies wholly to one side of it' },
  );

/**
 * Check a geometry, as read from `geometry.json` or built in a program, and return it.
 * @param source what to call it in an error: a file name.
 * @throws UserError naming the field and what is wrong with it.
 */
export function parseGeometry(value: unknown, source = 'geometry'): ParallelGeometry {
  return checked(
    schema,
    value,
    (problems) =>
      new UserError(
        `${source} does not describe a parallel-beam scan. ${problems}. It needs size [rows, columns], pixelSize and binSize in cm, angles in radians, bins, and axis (the bin of the rotation axis).`,
      ),
  );
}

export interface DefaultGeometryOptions {
  /** Image side in pixels, 256. */
  size?: number;
  /** Image side in cm, 25. */
  fieldOfView?: number;
  /** Views spread equally over [0, pi), end point excluded, 25. */
  views?: number;
  muMax?: number;
}

/**
 * A square image seen from `views` equally spaced angles by a centred detector of pixel-sized bins, wide enough for the diagonal.
 * @example
 * ```ts
 * import { operators } from 'posteriori';
 * const { angles, bins, binSize } = operators.defaultGeometry({ size: 128, fieldOfView: 30, views: 60 });
 * ```
 */
export function defaultGeometry(options: DefaultGeometryOptions = {}): ParallelGeometry {
  const { size = 256, fieldOfView = 25, views = 25, muMax } = options;
  if (!Number.isInteger(views) || views < 1 || views > MOST_VIEWS)
    throw new UsageError(`The number of angles is a whole number from 1 to ${MOST_VIEWS}, got ${views}.`);
  const pixelSize = fieldOfView / size;
  // odd, so that the middle bin looks through the axis
  const bins = 2 * Math.ceil((Math.SQRT2 * size - 1) / 2) + 1;
  const angles = Array.from({ length: views }, (_, k) => (k * Math.PI) / views);
  return parseGeometry({
    size: [size, size],
    pixelSize,
    angles,
    bins,
    binSize: pixelSize,
    axis: (bins - 1) / 2,
    ...(muMax === undefined ? {} : { muMax }),
  });
}

/**
 * Indices of `count` views of a scan whose angles lie nearest to equal spacing over [0, pi) (a view and its opposite see the same lines).
 * @throws UserError when the scan has fewer views.
 */
export function spreadViews(geometry: ParallelGeometry, count: number): number[] {
  const { angles } = geometry;
  if (!Number.isInteger(count) || count < 1 || count > angles.length)
    throw new UserError(`angles: cannot choose ${count} views of a scan of ${angles.length}; ask for 1 to ${angles.length}.`);
  const free = new Set(angles.keys());
  const distance = (k: number, target: number): number => Math.abs(Math.sin(angles[k] - target));
  const chosen = Array.from({ length: count }, (_, i) => {
    const target = angles[0] + (i * Math.PI) / count;
    let best = -1;
    for (const k of free) if (best < 0 || distance(k, target) < distance(best, target)) best = k;
    free.delete(best);
    return best;
  });
  return chosen.sort((a, b) => a - b);
}

/** A geometry and its sinogram `[1, views, bins]` with only the views named, in that order. */
export function selectViews(
  geometry: ParallelGeometry,
  sinogram: Tensor,
  views: readonly number[],
): { geometry: ParallelGeometry; sinogram: Tensor } {
  const { bins, angles } = geometry;
  const data = new Float32Array(views.length * bins);
  for (const [row, view] of views.entries()) data.set(sinogram.data.subarray(view * bins, (view + 1) * bins), row * bins);
  return {
    geometry: parseGeometry({ ...geometry, angles: views.map((view) => angles[view]) }),
    sinogram: tensor([1, views.length, bins], data),
  };
}
