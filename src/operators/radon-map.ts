import { type SparseMap, sparseMap } from '../graph/sparse-map.js';
import { UserError } from '../tensor/errors.js';
import type { ScanGeometry } from './geometry.js';
import { type Course, firstLine, isSteep, lastLine, type ScanRays, scanRays, setCourse } from './scan-rays.js';

/** More entries would not fit a graph, where each takes 8 bytes and the transpose as much again. */
const maxEntries = 60e6;

/** Whether the sparse matrix of a scan would be too large for a graph. */
export function isTooLargeForGraph(rays: ScanRays): boolean {
  return mostEntries(rays) > maxEntries;
}

/**
 * The X-ray transform of an image of attenuation (1/cm), `[views * bins, H * W]`: line integrals, dimensionless.
 *
 * Joseph's method (IEEE TMI 1(3):192, 1982): a ray steps through the rows of the image (the columns, where it runs
 * nearer the horizontal) and in each reads the image by linear interpolation between two neighbours, times the length
 * of a step. Against closed-form ellipses (25 views, 256x256, pixel-sized bins) its error, relative root mean square,
 * was 0.44 %, distance-driven projection's 0.45 %, exact strip areas' 0.46 %, with 2.9, 3.1 and 3.7 million entries and
 * at most 512, 610 and 850 in a row: the most accurate is the sparsest too.
 * A ray would skip pixels where bins are wider than pixels, so there a bin is the mean of several rays across it.
 *
 * @param scale line integrals are multiplied by it (1)
 * @throws UserError when the scan is too large to hold as a sparse matrix.
 */
export function radonMap(geometry: ScanGeometry, scale = 1): SparseMap {
  const { size, angles, bins } = geometry;
  const [height, width] = size;
  const rays = scanRays(geometry, scale);
  const capacity = mostEntries(rays);
  if (capacity > maxEntries)
    throw new UserError(
      `${angles.length} views of ${bins} bins on ${height} x ${width} pixels make a sparse matrix of ${Math.round(capacity / 1e6)} million entries; a graph holds at most ${maxEntries / 1e6} million. Methods that need no gradient through the operator in a graph (fbp, cgls, sirt, tv, resample and others) do without it; or use fewer views, wider bins, or an image of fewer pixels.`,
    );
  const rowStart = new Int32Array(angles.length * bins + 1);
  const columns = new Int32Array(capacity);
  const weights = new Float32Array(capacity);
  const course: Course = { start: 0, slope: 0, weight: 0 };
  let length = 0;
  for (let view = 0; view < angles.length; view++)
    for (let bin = 0; bin < bins; bin++) {
      const steep = isSteep(rays, view, bin);
      const [lines, along] = steep ? [height, width] : [width, height];
      // The flat index of (line r, position j along it) is r * lineStride + j * alongStride.
      const [lineStride, alongStride] = steep ? [width, 1] : [1, width];
      const courses = coursesOf(rays, view, bin, steep, course);
      const scratch = new Float64Array(along);
      for (let line = 0; line < lines; line++) {
        let first = along;
        let last = -1;
        for (const { start, slope, weight } of courses) {
          const at = start + line * slope;
          const j = Math.floor(at);
          if (!(j >= -1 && j < along)) continue;
          const fraction = at - j;
          if (j >= 0) scratch[j] += weight * (1 - fraction);
          if (j + 1 < along) scratch[j + 1] += weight * fraction;
          first = Math.min(first, Math.max(j, 0));
          last = Math.max(last, Math.min(j + 1, along - 1));
        }
        for (let j = first; j <= last; j++) {
          // what rounding leaves of a ray through pixel centres is no entry
          if (scratch[j] > 1e-9 * courses[0].weight) {
            columns[length] = line * lineStride + j * alongStride;
            weights[length++] = scratch[j];
          }
          scratch[j] = 0;
        }
      }
      rowStart[view * bins + bin + 1] = length;
    }
  return sparseMap({
    rows: angles.length * bins,
    cols: height * width,
    rowStart,
    columns: columns.slice(0, length),
    weights: weights.slice(0, length),
  });
}

function coursesOf(rays: ScanRays, view: number, bin: number, steep: boolean, course: Course): Course[] {
  return Array.from({ length: rays.raysPerBin }, (_, ray) => {
    setCourse(rays, view, bin * rays.raysPerBin + ray, steep, course);
    return { ...course };
  });
}

/**
 * No fewer entries than there can be: the lines that a bin's rays meet, times the pixels that it spans there. Where they are too many,
 * about how many.
 */
function mostEntries(rays: ScanRays): number {
  const { views, bins, raysPerBin, height, width } = rays;
  const [one, other]: Course[] = [
    { start: 0, slope: 0, weight: 0 },
    { start: 0, slope: 0, weight: 0 },
  ];
  let most = 0;
  for (let view = 0; view < views; view++) {
    if (most > maxEntries) return (most * views) / view;
    for (let bin = 0; bin < bins; bin++) {
      const steep = isSteep(rays, view, bin);
      const [lines, along] = steep ? [height, width] : [width, height];
      setCourse(rays, view, bin * raysPerBin, steep, one);
      setCourse(rays, view, (bin + 1) * raysPerBin - 1, steep, other);
      const first = Math.min(firstLine(one, 0, -1, along), firstLine(other, 0, -1, along));
      const last = Math.max(lastLine(one, lines, -1, along), lastLine(other, lines, -1, along));
      const apart = (line: number): number => Math.abs(one.start - other.start + line * (one.slope - other.slope));
      most += Math.max(0, last - first + 1) * (2 + Math.ceil(Math.max(apart(0), apart(lines - 1))));
    }
  }
  return most;
}
