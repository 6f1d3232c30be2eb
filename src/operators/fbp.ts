import { callingThread, sharedDoubles, type Workers } from '../runtime/jobs.js';
import { formatShape, type Tensor, tensor } from '../tensor/tensor.js';
import {
  type BackprojectFilteredArgs,
  backprojectFiltered,
  type Detector,
  type FilterArgs,
  fbpKernels,
  filterRows,
  PAIRS_PER_PART,
} from './fbp-kernels.js';
import { defaultMuMax, parseGeometry, type ScanGeometry } from './geometry.js';
import { type RampWindow, rampFilter } from './ramp-filter.js';
import { shortSide, viewWeights } from './view-weights.js';

export interface FbpOptions {
  /** `ramlak`, the plain ramp (default), or `hann`: smoother, less noise. */
  readonly window?: RampWindow;
  /** Attenuation in 1/cm at x = +1; the geometry's own, else 0.4. */
  readonly muMax?: number;
  /** Threads to work on, those of a runtime; by default the calling one. */
  readonly workers?: Workers;
}

/** Rows of the image in a part. */
const ROWS_PER_PART = 16;

/**
 * Filtered backprojection: sinograms `[N, views, bins]` of line integrals to images `[N, 1, H, W]`, x = 2 mu / muMax - 1, so air is -1
 * (not clipped: streaks go beyond [-1, 1]). Line integrals are weighted (`viewWeights`), rows filtered by the ramp, and backprojected by
 * linear interpolation on the detector. No matrix is made.
 *
 * Of a fan, with a pixel at the distance l from the source, whose ray meets the detector at L and at the angle gamma' to the central one:
 * `f = 1/2 int dbeta 1/l^2 int R cos(gamma) p h(sin(gamma' - gamma)) dgamma`, h homogeneous of degree -2. On a line turned by tau,
 * `sin(gamma' - gamma) = (s' - s) D cos(tau) / (L' L)`: an ordinary convolution in s, with cosine weights before it and `(L'/l)^2` behind.
 * On an arc it is one in gamma, with `(gamma / sin(gamma))^2` in the kernel.
 *
 * Source: Kak & Slaney, Principles of Computerized Tomographic Imaging, sections 3.3 and 3.4.
 *
 * @throws UserError when the geometry is impossible; RangeError when the sinogram is not of its shape.
 * @example
 * ```ts
 * import { operators, tensor } from 'posteriori';
 * const geometry = operators.defaultGeometry({ views: 180 });
 * const image = await operators.fbp(tensor([1, 180, geometry.bins]), geometry); // [1, 1, 256, 256]
 * ```
 */
export async function fbp(sinogram: Tensor, geometry: ScanGeometry, options: FbpOptions = {}): Promise<Tensor> {
  const { window, workers = callingThread } = options;
  const checked = parseGeometry({ ...geometry, muMax: options.muMax ?? geometry.muMax ?? defaultMuMax });
  const { size, pixelSize, angles, binSize } = checked;
  const [batch] = sinogram.shape;
  if (formatShape(sinogram.shape) !== formatShape([batch, angles.length, checked.bins]))
    throw new RangeError(`expected sinograms [N,${angles.length},${checked.bins}], got ${formatShape(sinogram.shape)}`);
  const { before, bins, axis } = evenedOut(checked);
  const detector: Detector =
    checked.beam === 'fan'
      ? {
          shape: checked.detector,
          sourceToAxis: checked.sourceToAxis,
          sourceToDetector: checked.sourceToDetector,
          tilt: checked.tilt ?? 0,
          axis,
          binSize,
        }
      : { shape: 'parallel', sourceToAxis: 0, sourceToDetector: 0, tilt: 0, axis, binSize };
  const [height, width] = size;
  const filtering: FilterArgs = {
    filter: rampFilter(bins, binSize, { window, arcRadius: detector.shape === 'arc' ? detector.sourceToDetector : undefined }),
    views: angles.length,
    weights: sharedDoubles(angles.length * bins),
    sinogram: sharedDoubles(angles.length * bins),
    filtered: sharedDoubles(angles.length * (bins + 2)),
  };
  const place = (rows: Float64Array, values: ArrayLike<number>, from: number): void => {
    for (let view = 0; view < angles.length; view++)
      for (let bin = 0; bin < checked.bins; bin++) rows[view * bins + before + bin] = values[from + view * checked.bins + bin];
  };
  place(filtering.weights, viewWeights(checked), 0);
  const backprojection: BackprojectFilteredArgs = {
    detector,
    bins,
    filtered: filtering.filtered,
    viewCos: Float64Array.from(angles, Math.cos),
    viewSin: Float64Array.from(angles, Math.sin),
    height,
    width,
    pixelSize,
    image: sharedDoubles(height * width),
    rowsPerPart: ROWS_PER_PART,
  };
  const images = tensor([batch, 1, height, width]);
  for (let n = 0; n < batch; n++) {
    place(filtering.sinogram, sinogram.data, n * angles.length * checked.bins);
    backprojection.image.fill(0);
    const pairs = Math.ceil(angles.length / 2);
    await workers.run({ module: fbpKernels, work: filterRows, args: filtering, parts: Math.ceil(pairs / PAIRS_PER_PART) });
    const parts = Math.ceil(height / ROWS_PER_PART);
    await workers.run({ module: fbpKernels, work: backprojectFiltered, args: backprojection, parts });
    for (let i = 0; i < height * width; i++) images.data[n * height * width + i] = (backprojection.image[i] * 2) / checked.muMax! - 1;
  }
  return images;
}

/**
 * A detector that was moved aside, with bins that see nothing on its shorter side, as many as it has on the longer: what a view is there
 * once filtered belongs to the image, though nothing was measured.
 */
function evenedOut(geometry: ScanGeometry): { before: number; bins: number; axis: number } {
  const { bins, axis } = geometry;
  const lacking = shortSide(geometry) === 0 ? 0 : Math.ceil(Math.abs(bins - 1 - 2 * axis));
  const before = 2 * axis < bins - 1 ? lacking : 0;
  return { before, bins: bins + lacking, axis: axis + before };
}
