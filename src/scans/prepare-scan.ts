import { parseGeometry, percentile, rayOffset, type ScanGeometry } from '../operators/index.js';
import { UsageError } from '../tensor/errors.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import { binLineIntegrals, type Counts, fillDead, levelAir, lineIntegrals, transmissions } from './counts.js';
import { noiseOf } from './noise.js';
import { withoutRings } from './rings.js';
import { findAxis, negativity } from './rotation-axis.js';
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
  const at = (where: number, side: number): ScanGeometry => {
    const beam = {
      size: [side, side] as const,
      pixelSize: 1,
      angles: scan.angles,
      bins,
      binSize: physical,
      axis: where,
      muMax: 1,
      ...(fan && { beam: 'fan' as const, detector: 'flat' as const, ...fan }),
    };
    const width = seen(beam as ScanGeometry);
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
    const score = async (candidate: number): Promise<number> => {
      signal?.throwIfAborted();
      const geometry = at(candidate, AXIS_SIDE);
      const { data } = await fbp(lines, geometry);
      // per area: the image is as wide as what is seen, which the axis decides
      return (
        negativity(
          data.map((x) => (x + 1) / 2),
          geometry.size,
        ) *
        geometry.pixelSize ** 2
      );
    };
    const found = await findAxis(score, { bins });
    if (found.atEnd || found.contrast > NO_CONTRAST)
      notices.push(
        `The rotation axis could not be found (no place was better than the others); it is taken to be in the middle of the detector, bin ${(scan.bins - 1) / 2}. State it with --axis.`,
      );
    else [where, axisFrom] = [found.axis, 'found'];
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
const AXIS_SIDE = 192;

/** A turn and more is measured from both sides, so that one wing of the detector is enough. */
const WHOLE_TURN = (330 * Math.PI) / 180;

/** Width of what a detector sees of the plane, in cm: twice the shorter of its wings, of a whole turn the longer. */
function seen(geometry: ScanGeometry): number {
  const wings = [-0.5, geometry.bins - 0.5].map((bin) => Math.abs(rayOffset(geometry, bin)));
  const covered = Math.max(...geometry.angles) - Math.min(...geometry.angles);
  return 2 * (covered >= WHOLE_TURN ? Math.max(...wings) : Math.min(...wings));
}
