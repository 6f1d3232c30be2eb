import { type Tensor, tensor } from '../tensor/tensor.js';
import { fanAngle, rayOffset, type ScanGeometry } from './geometry.js';
import { shortSide } from './view-weights.js';

/** Share of the greatest line integral above which a ray has certainly met something. */
const MATTER = 0.04;
/** Views that end in matter before truncation is more than a stray bin: one in so many. */
const ONE_IN = 20;

/** A view of a fan is continued no further than this from its middle, in radians. */
const MOST_FAN_ANGLE = (80 * Math.PI) / 180;

/** Where views end in matter, or an object reaches beyond the image. */
export interface Truncation {
  /** Whether the object is wider than the detector: views end in the middle of it. */
  readonly detector: boolean;
  /** Whether rays that pass by the image meet the object. */
  readonly image: boolean;
  /** How far from the axis the object reaches, in cm; where views end in it, as their course suggests. */
  readonly reach: number;
  /** The outermost bins where views end in matter, at their worst, as a share of the greatest line integral. */
  readonly edge: number;
}

/**
 * Whether a sinogram shows all of its object, and the image has room for it.
 * @param y [1, views, bins] of line integrals
 * @param sigma standard deviation of their noise
 */
export function truncationOf(y: Tensor, geometry: ScanGeometry, sigma: number): Truncation {
  const { angles, bins, size, pixelSize } = geometry;
  const lost = shortSide(geometry);
  const outer = edgeBins(bins);
  const peak = percentile(y.data, 0.99);
  // a mean of several bins of noise alone stays below
  const threshold = Math.max(MATTER * peak, (4 * sigma) / Math.sqrt(outer));
  let [cut, beside, reach, edge] = [0, 0, 0, 0];
  for (const [view, angle] of angles.entries()) {
    const row = y.data.subarray(view * bins, (view + 1) * bins);
    // what ends on the shorter side of a detector that was moved aside is seen from the other side
    const ends = [lost < 0 ? 0 : meanOf(row, 0, outer), lost > 0 ? 0 : meanOf(row, bins - outer, bins)];
    edge = Math.max(edge, ends[0] / peak, ends[1] / peak);
    if (ends.some((value) => value > threshold)) cut++;
    let outside = false;
    for (let bin = 0; bin + outer <= bins; bin++) {
      if (meanOf(row, bin, bin + outer) <= threshold) continue;
      const middle = bin + (outer - 1) / 2;
      const t = Math.abs(rayOffset(geometry, middle));
      const theta = angle - fanAngle(geometry, middle);
      const half = ((Math.abs(Math.cos(theta)) * size[1] + Math.abs(Math.sin(theta)) * size[0]) * pixelSize) / 2;
      reach = Math.max(reach, t);
      if (t > half + outer * binWidth(geometry, middle)) outside = true;
    }
    if (outside) beside++;
    for (const side of [0, 1] as const) if (ends[side] > threshold) reach = Math.max(reach, support(row, geometry, side));
  }
  const many = angles.length / ONE_IN;
  return { detector: cut > many, image: beside > many, reach, edge };
}

/**
 * Views continued beyond the detector's ends as a disc would be (the water cylinder of Hsieh et al., Med. Phys. 31, 2004): the ramp filter
 * sees no step, and attenuation and border come out right. Of views that end in air nothing is made.
 * @returns the wider detector and its sinogram
 */
export function continueViews(y: Tensor, geometry: ScanGeometry): { geometry: ScanGeometry; y: Tensor } {
  const { angles, bins, axis } = geometry;
  const outer = edgeBins(bins);
  const peak = percentile(y.data, 0.99);
  const lost = shortSide(geometry);
  let more = bins; // as far as a fit is trusted, on either side; no ray of a fan is at right angles to its middle
  while (more > 0 && [-more, bins - 1 + more].some((bin) => Math.abs(fanAngle(geometry, bin)) > MOST_FAN_ANGLE)) more--;
  const [before, behind] = [lost < 0 ? 0 : more, lost > 0 ? 0 : more];
  const wide = { ...geometry, bins: before + bins + behind, axis: axis + before };
  const out = tensor([1, angles.length, wide.bins]);
  for (let view = 0; view < angles.length; view++) {
    const row = y.data.subarray(view * bins, (view + 1) * bins);
    const target = view * wide.bins + before;
    out.data.set(row, target);
    for (const side of [0, 1] as const) {
      if (lost === (side === 0 ? -1 : 1)) continue;
      const end = side === 0 ? meanOf(row, 0, outer) : meanOf(row, bins - outer, bins);
      if (end <= MATTER * peak) continue;
      const edge = rayOffset(geometry, side === 0 ? (outer - 1) / 2 : bins - 1 - (outer - 1) / 2);
      const radius = support(row, geometry, side);
      const amplitude = end / Math.sqrt(radius ** 2 - edge ** 2);
      for (let k = 1; k <= more; k++) {
        const bin = side === 0 ? -k : bins - 1 + k;
        const squared = radius ** 2 - rayOffset(geometry, bin) ** 2;
        if (squared > 0) out.data[target + bin] = amplitude * Math.sqrt(squared);
      }
    }
  }
  return { geometry: wide, y: out };
}

/** A geometry whose image reaches further, in whole pixels on all sides; `by` pixels more at each. */
export function widenDetector(geometry: ScanGeometry, by: number): ScanGeometry {
  const [height, width] = geometry.size;
  return { ...geometry, size: [height + 2 * by, width + 2 * by] };
}

/**
 * The radius, in cm, of the disc that a view's end belongs to: for a disc, the square of the line integral falls evenly with the square of
 * the distance from the axis, to zero at the radius. A line through the outer eighth of the detector finds it.
 */
function support(row: Float32Array, geometry: ScanGeometry, side: 0 | 1): number {
  const { bins } = geometry;
  const count = Math.max(4, bins >> 3);
  let [n, sx, sy, sxx, sxy] = [0, 0, 0, 0, 0];
  for (let k = 0; k < count; k++) {
    const bin = side === 0 ? k : bins - 1 - k;
    const [x, value] = [rayOffset(geometry, bin) ** 2, Math.max(0, row[bin]) ** 2];
    n++;
    sx += x;
    sy += value;
    sxx += x * x;
    sxy += x * value;
  }
  const slope = (n * sxy - sx * sy) / (n * sxx - sx * sx);
  const last = side === 0 ? 0 : bins - 1;
  const edge = Math.abs(rayOffset(geometry, last));
  const squared = slope < 0 ? (sy - slope * sx) / n / -slope : Number.POSITIVE_INFINITY;
  // no shorter than a few bins beyond the end, no longer than it is likely that a body is wider than its scanner
  const few = 4 * binWidth(geometry, last);
  return Math.min(Math.max(Math.sqrt(Math.max(0, squared)), edge + few), 1.8 * edge + few);
}

/** The distance, at the axis, between the rays of a bin's two sides, in cm. */
export function binWidth(geometry: ScanGeometry, bin: number): number {
  return rayOffset(geometry, bin + 0.5) - rayOffset(geometry, bin - 0.5);
}

/** Bins at each end that are looked at together. */
function edgeBins(bins: number): number {
  return Math.max(2, Math.round(bins / 64));
}

function meanOf(row: Float32Array, from: number, to: number): number {
  let sum = 0;
  for (let bin = from; bin < to; bin++) sum += row[bin];
  return sum / (to - from);
}

/** The value that a share of the values lies below. */
export function percentile(values: Float32Array, share: number): number {
  const sorted = Float32Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
