import {
  angularRange,
  fanAngle,
  massCourse,
  parseGeometry,
  percentile,
  rayOffset,
  type ScanGeometry,
  selectViews,
} from '../operators/index.js';
import { UsageError } from '../tensor/errors.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import { binLineIntegrals, type Counts, fillDead, levelAir, lineIntegrals, transmissions } from './counts.js';
import { noiseOf } from './noise.js';
import { withoutRings } from './rings.js';
import { entropy, findAxis } from './rotation-axis.js';
import type { Scan } from './scan.js';

/** How counts become line integrals. */
export interface RowOptions {
  /** Bins averaged into one; by default as many as make a pixel of the image. */
  readonly binning: number;
  /** Bins at either end of the detector that see nothing but air, for a beam whose brightness drifts; 0 for none. */
  readonly air: number;
  /** Width in bins of the median that takes rings away; 0 leaves them. */
  readonly rings: number;
}

/** One row of the detector, ready to be reconstructed. */
export interface PreparedRow {
  /** Line integrals `[views, bins]`, binned. */
  readonly y: Tensor;
  /** Bins that told nothing and were filled in from their neighbours, before binning. */
  readonly dead: readonly number[];
  /** Rays that counted nothing. */
  readonly empty: number;
  readonly photons?: number;
}

/** From what a detector counted, or line integrals, to line integrals that can be reconstructed. @throws UserError as `transmissions` */
export function prepareRow(row: Counts | { readonly lineIntegrals: Tensor }, { binning, air, rings }: RowOptions): PreparedRow {
  const finish = (y: Tensor): Tensor => (rings > 0 ? withoutRings(y, rings) : y);
  if ('lineIntegrals' in row) {
    if (air > 0) throw new UsageError('--air levels counts by the air beside the object; these are line integrals already. Leave it out.');
    const { shape, data } = row.lineIntegrals;
    const [views, bins] = shape;
    const dead = new Uint8Array(bins);
    for (let at = 0; at < data.length; at++) if (!Number.isFinite(data[at])) dead[at % bins] = 1;
    const whole = dead.includes(1) ? fillDead({ light: tensor([views, bins], data), dead }) : row.lineIntegrals;
    return { y: finish(binLineIntegrals(whole, binning)), dead: indices(dead), empty: 0 };
  }
  const { light, dead, empty, photons } = transmissions(row);
  const filled = fillDead({ light, dead });
  const y = lineIntegrals(air > 0 ? levelAir(filled, air) : filled, binning);
  return { y: finish(y), dead: indices(dead), empty, photons };
}

function indices(flags: Uint8Array): number[] {
  return [...flags.keys()].filter((bin) => flags[bin] === 1);
}

/** The image that is to be made. */
export interface LayoutOptions {
  readonly binning: number;
  /** Rows and columns of the image. */
  readonly size: number;
  /** Bin of the rotation axis, before binning; by default it is found. */
  readonly axis?: number;
  readonly signal?: AbortSignal;
}

/** How a scan is reconstructed, and what was found out of it. */
export interface ScanLayout {
  readonly geometry: ScanGeometry;
  /** Standard deviation of the noise in the line integrals. */
  readonly sigma: number;
  /** Bin of the axis before binning. */
  readonly axis: number;
  /** How the axis came to be known. */
  readonly axisFrom: 'stated' | 'found' | 'middle of the detector';
  readonly notices: readonly string[];
}

/** Filtered backprojection: `[1, views, bins]` to `[1, 1, H, W]`, x = 2 mu / muMax - 1. */
export type Backprojection = (y: Tensor, geometry: ScanGeometry) => Promise<Tensor>;

/** The densest thousandth of an object lies at this part of the scale, so that overshoot has room. */
const DENSEST_AT = 0.75;
/** Where nothing is known of lengths, the image is as wide as that, in cm: so wide that priors and report know it. */
const USUAL_WIDTH = 25;
/** Least share of the median score that still is no axis: see `FoundAxis.contrast`. */
const NO_CONTRAST = 0.97;

/**
 * Geometry, noise and scale of a scan, from one of its rows: the rotation axis is found, the image is what the detector sees in all views,
 * `muMax` is set by the densest of a filtered backprojection.
 * @param y line integrals `[views, bins]`, binned
 */
export async function layOutScan(
  scan: Scan,
  y: Tensor,
  { binning, size, axis, signal }: LayoutOptions,
  fbp: Backprojection,
): Promise<ScanLayout> {
  const [, bins] = y.shape;
  const notices: string[] = [];
  if (scan.binSize === undefined)
    notices.push(
      `The distance between the detector's bins is not known: the image is taken to be ${USUAL_WIDTH} cm wide, and attenuation is relative to that. State it with --bin-size.`,
    );
  const { fan } = scan;
  const physical = scan.binSize === undefined ? 1 : scan.binSize * binning;
  const binned = (bin: number): number => (bin - (binning - 1) / 2) / binning;
  /** The scan with its axis at a bin, and an image as wide as what is seen. */
  const at = (where: number, side: number): ScanGeometry => {
    const beam = {
      ...{ size: [side, side] as const, pixelSize: 1, angles: scan.angles, bins, binSize: physical, axis: where, muMax: 1 },
      ...(fan && { beam: 'fan' as const, detector: 'flat' as const, ...fan }),
    } as ScanGeometry;
    const width = seen(beam);
    const scale = scan.binSize === undefined && fan === undefined ? USUAL_WIDTH / width : 1;
    return parseGeometry({ ...beam, pixelSize: (scale * width) / side, binSize: scale * physical });
  };
  const lines = tensor([1, ...y.shape], y.data);
  const middle = (bins - 1) / 2;
  let [where, axisFrom]: [number, ScanLayout['axisFrom']] = [middle, 'middle of the detector'];
  if (axis !== undefined) {
    if (!(axis >= 0 && axis <= scan.bins - 1))
      throw new UsageError(`The rotation axis is at a bin of the detector, 0 to ${scan.bins - 1}; got ${axis}.`);
    [where, axisFrom] = [binned(axis), 'stated'];
  } else {
    const found = await searchAxis(lines, at, { signal, fbp, parallel: fan === undefined });
    if (found === undefined)
      notices.push(
        `The rotation axis could not be found (no place was better than the others); it is taken to be in the middle of the detector, bin ${(scan.bins - 1) / 2}. State it with --axis.`,
      );
    else [where, axisFrom] = [found, 'found'];
  }
  const geometry = at(where, size);
  const { data } = await fbp(lines, geometry);
  const densest = (percentile(Float32Array.from(data), 0.999) + 1) / 2;
  const muMax = densest > 0 ? Number((densest / DENSEST_AT).toPrecision(4)) : undefined;
  return {
    geometry: parseGeometry({ ...geometry, muMax }),
    sigma: Number(noiseOf(y).toPrecision(3)),
    axis: where * binning + (binning - 1) / 2,
    axisFrom,
    notices,
  };
}

/** Rows and columns of the images that axes are judged by. */
const AXIS_SIDE = 128;
/** Views from so many sides tell the axis from the place of the object. */
const ENOUGH_ANGLES = (2 * Math.PI) / 3;
/** Line integrals at the detector's ends below this share of the greatest are air. */
const AIR = 0.05;

interface AxisScore {
  readonly fbp: Backprojection;
  readonly parallel: boolean;
  readonly signal?: AbortSignal;
}

/**
 * The axis, in bins: where an object is seen whole by parallel beams, the bin that its centre of mass moves about; else the one whose image
 * is sharpest. Undefined where nothing tells it.
 * @param at the scan with its axis at a bin, and an image of a side in pixels
 */
async function searchAxis(
  y: Tensor,
  at: (axis: number, side: number) => ScanGeometry,
  { fbp, parallel, signal }: AxisScore,
): Promise<number | undefined> {
  const [, views, bins] = y.shape;
  const { angles } = at((bins - 1) / 2, AXIS_SIDE);
  if (parallel && views >= 6 && angularRange(angles).range >= ENOUGH_ANGLES && endsInAir(y)) {
    const course = massCourse(y, angles);
    if (course.mass > 0 && course.spread < 0.1 && course.miss < Math.max(1, 0.01 * bins) && course.axis > 0 && course.axis < bins - 1)
      return course.axis;
  }
  const guess = (bins - 1) / 2;
  const reach = Math.floor(bins / 6);
  const around = at(guess, AXIS_SIDE);
  const half = selectViews(around, y, halfTurn(around));
  // what every candidate sees: its image is judged there
  const radius = (AXIS_SIDE / 2) * (1 - (2 * reach) / bins) - 2;
  const imageAt = async (candidate: number): Promise<Float32Array> => {
    signal?.throwIfAborted();
    return (await fbp(half.sinogram, { ...half.geometry, axis: candidate })).data;
  };
  const first = await imageAt(guess);
  const range = [percentile(first, 0.001), percentile(first, 0.999)] as const;
  if (!(range[1] > range[0])) return undefined;
  const score = async (candidate: number): Promise<number> => entropy(await imageAt(candidate), [AXIS_SIDE, AXIS_SIDE], radius, range);
  const found = await findAxis(score, { bins, guess, reach });
  return found.atEnd || !(found.contrast < NO_CONTRAST) ? undefined : found.axis;
}

/** Most views that an axis is judged by. */
const AXIS_VIEWS = 180;

/**
 * Views of half a turn and the fan, not too many: seen from all sides, an image with a wrong axis is blurred evenly, and there is less to
 * judge by.
 */
function halfTurn(geometry: ScanGeometry): number[] {
  const { angles, bins } = geometry;
  const { start } = angularRange(angles);
  const enough = Math.PI + 2 * Math.max(...[0, bins - 1].map((bin) => Math.abs(fanAngle(geometry, bin))));
  const turn = 2 * Math.PI;
  const since = (angle: number): number => (((angle - start) % turn) + turn) % turn;
  const near = [...angles.keys()].filter((view) => since(angles[view]) < enough);
  const every = Math.ceil(near.length / AXIS_VIEWS);
  return near.sort((a, b) => since(angles[a]) - since(angles[b])).filter((_, k) => k % every === 0);
}

/** Whether the object is seen whole: nearly all views end in air on both sides. */
function endsInAir({ shape, data }: Tensor): boolean {
  const [, views, bins] = shape;
  const peak = percentile(data, 0.99);
  const outer = Math.max(2, Math.round(bins / 64));
  const ends = (from: number): number => data.subarray(from, from + outer).reduce((sum, value) => sum + value, 0) / outer;
  let cut = 0;
  for (let view = 0; view < views; view++) if (Math.max(ends(view * bins), ends((view + 1) * bins - outer)) > AIR * peak) cut++;
  return cut <= views / 20;
}

/** Width of what a detector sees of the plane, in cm: twice the shorter of its wings; of a whole turn, where one is enough, the longer. */
function seen(geometry: ScanGeometry): number {
  const wings = [-0.5, geometry.bins - 0.5].map((bin) => Math.abs(rayOffset(geometry, bin)));
  return 2 * (angularRange(geometry.angles).whole ? Math.max(...wings) : Math.min(...wings));
}
