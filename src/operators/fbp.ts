import { constant, type Expr, matmul, mul, sub } from '../graph/index.js';
import type { SparseMap } from '../graph/sparse-map.js';
import { defaultMuMax, type ParallelGeometry, parseGeometry } from './geometry.js';
import { checkEntries } from './radon-map.js';
import { type RampWindow, rampFilter } from './ramp-filter.js';
import { multiply } from './sparse-operator.js';

export interface FbpOptions {
  /** `ramlak`, the plain ramp (default), or `hann`: smoother, less noise. */
  window?: RampWindow;
  /** Attenuation in 1/cm at x = +1; the geometry's own, else 0.4. */
  muMax?: number;
}

/**
 * Filtered backprojection: sinograms `[N, views, bins]` of line integrals to images `[N, 1, H, W]`, x = 2 mu / muMax - 1,
 * so air is -1 (not clipped: streaks go beyond [-1, 1]). Ramp filter, then backprojection by linear interpolation on the
 * detector, each view weighted by the angle it stands for: pi / views when they are spread equally over [0, pi).
 *
 * Source: Kak & Slaney, Principles of Computerized Tomographic Imaging, section 3.3.
 *
 * @returns a function that adds these operations to a graph; the matrices are built once, here.
 * @throws UserError when the geometry is impossible or too large to hold as a sparse matrix.
 * @example
 * ```ts
 * import { graph, operators, tensor } from 'posteriori';
 * import { createNodeRuntime } from 'posteriori/node';
 * const geometry = operators.defaultGeometry({ views: 180 });
 * const runtime = await createNodeRuntime();
 * const compiled = await runtime.compile({ x: operators.fbp(geometry)(graph.input('y', [1, 180, geometry.bins])) });
 * const { x } = await compiled.run({ y: tensor([1, 180, geometry.bins]) }); // [1, 1, 256, 256]
 * ```
 */
export function fbp(geometry: ParallelGeometry, options: FbpOptions = {}): (sinogram: Expr) => Expr {
  const checked = parseGeometry({ ...geometry, muMax: options.muMax ?? geometry.muMax ?? defaultMuMax });
  const { size, angles, bins, binSize, muMax } = checked;
  const filter = constant(rampFilter(bins, binSize, options.window));
  const backprojection = backprojectionMap(checked);
  return (sinogram) => {
    const filtered = matmul(sinogram, filter); // [N, views, bins]
    const mu = multiply(backprojection, filtered, [angles.length, bins], [1, ...size]); // [N, 1, H, W]
    return sub(mul(mu, 2 / muMax!), 1);
  };
}

/**
 * Backprojection `[H * W, views * bins]`: each pixel reads every view at its own place on the detector, between two bins,
 * weighted by the view's share of the half turn. Pixels a view does not see get nothing from it.
 */
export function backprojectionMap(geometry: ParallelGeometry): SparseMap {
  const { size, pixelSize, angles, bins, binSize, axis } = geometry;
  const [height, width] = size;
  const shares = angularShares(angles);
  const cos = angles.map((angle) => (Math.cos(angle) * pixelSize) / binSize);
  const sin = angles.map((angle) => (Math.sin(angle) * pixelSize) / binSize);
  const rowStart = new Int32Array(height * width + 1);
  checkEntries(2 * angles.length * height * width, geometry);
  const columns = new Int32Array(2 * angles.length * height * width);
  const weights = new Float32Array(columns.length);
  let length = 0;
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const x = j - (width - 1) / 2;
      const y = (height - 1) / 2 - i;
      for (let view = 0; view < angles.length; view++) {
        const at = axis + x * cos[view] + y * sin[view];
        const bin = Math.floor(at);
        const fraction = at - bin;
        if (bin >= 0 && bin < bins) {
          columns[length] = view * bins + bin;
          weights[length++] = (1 - fraction) * shares[view];
        }
        if (bin + 1 >= 0 && bin + 1 < bins && fraction > 0) {
          columns[length] = view * bins + bin + 1;
          weights[length++] = fraction * shares[view];
        }
      }
      rowStart[i * width + j + 1] = length;
    }
  }
  return {
    rows: height * width,
    cols: angles.length * bins,
    rowStart,
    columns: columns.slice(0, length),
    weights: weights.slice(0, length),
  };
}

/** A gap between neighbouring views that is wider than this, and far wider than the usual one, was never meant to be measured. */
const WEDGE = Math.PI / 6;

/**
 * The angle, in radians, that each view stands for: half the way to either neighbour, angles being equal that differ
 * by a half turn. They sum to the range covered: to pi when the views go all the way round, however unevenly. A missing wedge (a gap above
 * 30 degrees and four times the mean of the gaps that are not) counts as one usual gap: giving it to the two views at its border would
 * only draw streaks.
 */
export function angularShares(angles: readonly number[]): number[] {
  const folded = angles.map((angle) => ((angle % Math.PI) + Math.PI) % Math.PI);
  const order = [...folded.keys()].sort((a, b) => folded[a] - folded[b]);
  const gaps = order.map((view, k) =>
    k + 1 < order.length ? folded[order[k + 1]] - folded[view] : folded[order[0]] + Math.PI - folded[view],
  );
  // angles written with few digits, or measured again after a turn, differ by next to nothing: no gap
  const narrow = gaps.filter((gap) => gap > 1e-3 * (Math.PI / gaps.length) && gap <= WEDGE);
  const usual = narrow.reduce((sum, gap) => sum + gap, 0) / narrow.length; // NaN where there are none: then nothing is a wedge
  const counted = gaps.map((gap) => (gap > WEDGE && gap > 4 * usual ? usual : gap));
  const shares = new Array<number>(angles.length);
  order.forEach((view, k) => {
    shares[view] = (counted[k] + counted[(k + order.length - 1) % order.length]) / 2;
  });
  return shares;
}
