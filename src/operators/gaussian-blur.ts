import { UsageError } from '../tensor/errors.js';
import type { Shape } from '../tensor/tensor.js';
import { imageShape } from './image-shape.js';
import { type Matrix, matrixOf } from './matrix.js';
import type { LinearOperator } from './operator.js';
import { separableOperator } from './separable.js';

export interface GaussianBlurOptions {
  /** Standard deviation in pixels (3). */
  std?: number;
  /**
   * Side of the kernel, odd (61). What lies beyond 4 standard deviations is cut off even where this has room for more: 61 at 3.0 is truly
   * 25.
   */
  size?: number;
}

/**
 * Blur by a Gaussian, edges mirrored without repeating the edge pixel (`reflect`): `[C, H, W]` to itself.
 * @throws UserError for a std that is not positive, an even size, or a kernel larger than the image.
 * @example
 * ```ts
 * import { operators } from 'posteriori';
 * const operator = operators.gaussianBlur([1, 256, 256], { std: 3 });
 * ```
 */
export function gaussianBlur(image: Shape, options: GaussianBlurOptions = {}): LinearOperator {
  const [channels, height, width] = imageShape(image);
  const taps = gaussianTaps(options);
  const smaller = Math.min(height, width);
  if (taps.length > smaller)
    throw new UsageError(
      `The blur kernel is ${taps.length} pixels wide, but the image is ${height} x ${width}: choose a std below ${(smaller / 8).toFixed(1)}, a smaller kernel size, or a larger image.`,
    );
  const vertical = blurMatrix(height, taps);
  return separableOperator('gaussian blur', {
    channels,
    vertical,
    horizontal: width === height ? vertical : blurMatrix(width, taps),
  });
}

/** A Gaussian's values at whole distances from its middle, summing to 1. */
export function gaussianTaps({ std = 3, size = 61 }: GaussianBlurOptions = {}): Float64Array {
  if (!(std > 0) || std === Infinity) throw new UsageError(`The standard deviation of the blur must be above 0, got ${std}.`);
  if (!Number.isInteger(size) || size < 1 || size % 2 === 0)
    throw new UsageError(`The size of the blur kernel must be an odd whole number, so that it has a middle; got ${size}.`);
  const radius = Math.min(Math.floor(4 * std + 0.5), (size - 1) / 2);
  const taps = Float64Array.from({ length: 2 * radius + 1 }, (_, k) => Math.exp(-((k - radius) ** 2) / (2 * std ** 2)));
  const total = taps.reduce((a, b) => a + b, 0);
  return taps.map((tap) => tap / total);
}

/** A filter along one axis with mirrored ends, as a matrix; the filter must not be longer than the axis. */
function blurMatrix(length: number, taps: Float64Array): Matrix {
  const radius = (taps.length - 1) / 2;
  const matrix = matrixOf(length, length, () => 0);
  for (let i = 0; i < length; i++) {
    taps.forEach((tap, k) => {
      const at = Math.abs(i + k - radius);
      matrix.data[i * length + (at < length ? at : 2 * (length - 1) - at)] += tap;
    });
  }
  return matrix;
}
