import { UsageError } from '../tensor/errors.js';
import { type FanBeam, MOST_VIEWS, type ParallelBeam, parseGeometry } from './geometry.js';

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
export function defaultGeometry(options: DefaultGeometryOptions = {}): ParallelBeam {
  const { size = 256, fieldOfView = 25, views = 25, muMax } = options;
  const pixelSize = fieldOfView / size;
  // odd, so that the middle bin looks through the axis
  const bins = 2 * Math.ceil((Math.SQRT2 * size - 1) / 2) + 1;
  const angles = Array.from({ length: checkedViews(views) }, (_, k) => (k * Math.PI) / views);
  return parseGeometry({
    size: [size, size],
    pixelSize,
    angles,
    bins,
    binSize: pixelSize,
    axis: (bins - 1) / 2,
    ...(muMax === undefined ? {} : { muMax }),
  }) as ParallelBeam;
}

export interface LimitedGeometryOptions extends DefaultGeometryOptions {
  /** Angle in radians over which the views are spread equally, end point excluded, 2 pi / 3. */
  range?: number;
  /** The first view's angle in radians, 0. */
  start?: number;
}

/** The default geometry with its views in part of the half turn: what limits them is a gantry, a table, or the object itself. */
export function limitedGeometry(options: LimitedGeometryOptions = {}): ParallelBeam {
  const { range = (2 * Math.PI) / 3, start = 0, ...others } = options;
  const geometry = defaultGeometry(others);
  const angles = geometry.angles.map((_, k) => start + (k * range) / geometry.angles.length);
  return parseGeometry({ ...geometry, angles }) as ParallelBeam;
}

export interface FanGeometryOptions extends DefaultGeometryOptions {
  /** `flat` (default) or `arc`. */
  detector?: FanBeam['detector'];
  /** In cm, twice the width of the image. */
  sourceToAxis?: number;
  /** In cm, twice sourceToAxis. */
  sourceToDetector?: number;
  /** `full`, a whole turn (default), or `short`: half a turn and the angle of the fan, which sees every line once. */
  scan?: 'full' | 'short';
  /** In place of `scan`: the angle in radians by which the source turns, end point excluded; below that of a short scan a limited angle. */
  range?: number;
  /** The first view's angle in radians, 0. */
  start?: number;
  /** Of a flat detector, in radians, 0. */
  tilt?: number;
}

/**
 * A square image seen by a fan from equally spaced angles, by a detector that is as wide as the image's diagonal asks for, its bins
 * pixel-sized at the axis; centred, unless it is tilted.
 */
export function fanGeometry(options: FanGeometryOptions = {}): FanBeam {
  const { size = 256, fieldOfView = 25, views = 25, muMax, detector = 'flat', scan = 'full', start = 0, tilt } = options;
  const { sourceToAxis = 2 * fieldOfView, sourceToDetector = 2 * sourceToAxis } = options;
  const { pixelSize } = defaultGeometry({ size, fieldOfView, views });
  const reach = fieldOfView / Math.SQRT2;
  if (!(sourceToAxis > reach))
    throw new UsageError(
      `The source is ${sourceToAxis} cm from the axis, and the corners of the image are ${reach.toPrecision(3)}: it must be outside them.`,
    );
  const edge = Math.asin(reach / sourceToAxis);
  const binSize = (pixelSize * sourceToDetector) / sourceToAxis;
  const turn = tilt ?? 0;
  /** Where on the detector the ray at an angle to the middle one falls, in bins from that. */
  const place = (angle: number): number => {
    const flat = Math.tan(angle) / (Math.cos(turn) - Math.tan(angle) * Math.sin(turn));
    return (sourceToDetector * (detector === 'arc' ? angle : flat)) / binSize;
  };
  const [before, behind] = [Math.ceil(-place(-edge)), Math.ceil(place(edge))];
  const range = options.range ?? (scan === 'full' ? 2 * Math.PI : Math.PI + 2 * edge);
  return parseGeometry({
    beam: 'fan',
    detector,
    sourceToAxis,
    sourceToDetector,
    ...(tilt === undefined ? {} : { tilt }),
    size: [size, size],
    pixelSize,
    angles: Array.from({ length: views }, (_, k) => start + (k * range) / views),
    bins: before + 1 + behind,
    binSize,
    axis: before,
    ...(muMax === undefined ? {} : { muMax }),
  }) as FanBeam;
}

function checkedViews(views: number): number {
  if (!Number.isInteger(views) || views < 1 || views > MOST_VIEWS)
    throw new UsageError(`The number of angles is a whole number from 1 to ${MOST_VIEWS}, got ${views}.`);
  return views;
}
