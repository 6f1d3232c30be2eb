import { type SparseMap, sparseMap } from '../graph/sparse-map.js';
import { UserError } from '../tensor/errors.js';
import type { ParallelGeometry } from './geometry.js';

/** More entries would not fit a graph, where each takes 8 bytes and the transpose as much again. */
const maxEntries = 60e6;

/** @throws UserError when the matrices of a scan would have too many entries. */
export function checkEntries(entries: number, { size, angles, bins }: ParallelGeometry): void {
  if (entries > maxEntries)
    throw new UserError(
      `${angles.length} views of ${bins} bins on ${size[0]} x ${size[1]} pixels make a sparse matrix of ${Math.round(entries / 1e6)} million entries; at most ${maxEntries / 1e6} million fit. Use fewer views, wider bins, or an image of fewer pixels.`,
    );
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
 * @throws UserError when the scan is too large to hold as a sparse matrix.
 */
export function radonMap(geometry: ParallelGeometry): SparseMap {
  const { size, pixelSize, angles, bins, binSize, axis } = geometry;
  const [height, width] = size;
  const rays = Math.max(1, Math.ceil(binSize / pixelSize - 1e-9));
  const rowStart = new Int32Array(angles.length * bins + 1);
  const capacity = mostEntries(geometry, rays);
  checkEntries(capacity, geometry);
  const columns = new Int32Array(capacity);
  const weights = new Float32Array(capacity);
  let length = 0;

  for (let view = 0; view < angles.length; view++) {
    const cos = Math.cos(angles[view]);
    const sin = Math.sin(angles[view]);
    const steep = Math.abs(cos) >= Math.abs(sin);
    const lines = steep ? height : width;
    const along = steep ? width : height;
    // The flat index of (line r, position j along it) is r * lineStride + j * alongStride.
    const lineStride = steep ? width : 1;
    const alongStride = steep ? 1 : width;
    // Position along line r, in pixels: at(t, r) = centre + t * perT + (r - middle) * perLine, from x cos + y sin = t.
    const centre = (along - 1) / 2;
    const middle = (lines - 1) / 2;
    const perT = (steep ? 1 / cos : -1 / sin) / pixelSize;
    const perLine = steep ? sin / cos : cos / sin;
    const weight = pixelSize / Math.max(Math.abs(cos), Math.abs(sin)) / rays;
    const scratch = new Float64Array(along);

    for (let bin = 0; bin < bins; bin++) {
      for (let line = 0; line < lines; line++) {
        let first = along;
        let last = -1;
        for (let ray = 0; ray < rays; ray++) {
          const t = (bin - axis + (ray + 0.5) / rays - 0.5) * binSize;
          const at = centre + t * perT + (line - middle) * perLine;
          const j = Math.floor(at);
          if (j < -1 || j >= along) continue;
          const fraction = at - j;
          if (j >= 0) scratch[j] += weight * (1 - fraction);
          if (j + 1 < along) scratch[j + 1] += weight * fraction;
          first = Math.min(first, Math.max(j, 0));
          last = Math.max(last, Math.min(j + 1, along - 1));
        }
        for (let j = first; j <= last; j++) {
          // what rounding leaves of a ray through pixel centres is no entry
          if (scratch[j] > 1e-9 * weight) {
            columns[length] = line * lineStride + j * alongStride;
            weights[length++] = scratch[j];
          }
          scratch[j] = 0;
        }
      }
      rowStart[view * bins + bin + 1] = length;
    }
  }
  return sparseMap({
    rows: angles.length * bins,
    cols: height * width,
    rowStart,
    columns: columns.slice(0, length),
    weights: weights.slice(0, length),
  });
}

/** No fewer entries than there can be: for each line of the image, the bins whose rays can meet it, times the pixels a bin spans there. */
function mostEntries(geometry: ParallelGeometry, rays: number): number {
  const { size, pixelSize, angles, bins, binSize } = geometry;
  const pixelsPerBin = 2 + Math.ceil((rays - 1) * Math.SQRT2);
  let most = 0;
  for (const angle of angles) {
    const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))];
    const [lines, along] = cos >= sin ? size : [size[1], size[0]];
    const reach = Math.ceil(((along + 1) * Math.max(cos, sin) * pixelSize) / binSize) + 2;
    most += lines * Math.min(bins, reach) * pixelsPerBin;
  }
  return most;
}
