import { type ResizeFilter, resizeTaps } from '../io/resize.js';
import { UsageError, UserError } from '../tensor/errors.js';
import type { Shape } from '../tensor/tensor.js';
import { imageShape } from './image-shape.js';
import type { Matrix } from './matrix.js';
import type { LinearOperator } from './operator.js';
import { separableOperator } from './separable.js';

/**
 * Reduction by an antialiased bicubic filter, equal to MATLAB's `imresize(x, 1 / factor, 'bicubic')`: Keys' cubic (a = -0.5) widened by
 * the factor, edges mirrored. At factor 4 output j reads the inputs 4j - 6 .. 4j + 9.
 *
 * @param image `[C, H, W]` to `[C, H / factor, W / factor]`
 * @throws UserError when the factor is not a whole number of at least 2 that divides both sides.
 * @example
 * ```ts
 * import { operators } from 'posteriori';
 * const operator = operators.bicubicDownsampling([3, 256, 256], 4); // to [3, 64, 64]
 * ```
 */
export function bicubicDownsampling(image: Shape, factor: number): LinearOperator {
  return downsampling(`super-resolution x${factor}`, image, factor, 'bicubic');
}

/** Means of blocks of `factor` x `factor` pixels; otherwise as `bicubicDownsampling`. */
export function averagePooling(image: Shape, factor: number): LinearOperator {
  return downsampling(`average pooling x${factor}`, image, factor, 'area');
}

function downsampling(name: string, image: Shape, factor: number, filter: ResizeFilter): LinearOperator {
  const [channels, height, width] = imageShape(image);
  if (!Number.isInteger(factor) || factor < 2) throw new UsageError(`${name}: the scale is a whole number of at least 2; got ${factor}.`);
  if (height % factor !== 0 || width % factor !== 0)
    throw new UserError(
      `${name}: an image of ${height} x ${width} does not divide by ${factor}. Crop or resize it to multiples of ${factor}, or choose another scale.`,
    );
  const vertical = resizeMatrix(height, height / factor, filter);
  const horizontal = width === height ? vertical : resizeMatrix(width, width / factor, filter);
  return separableOperator(name, { channels, vertical, horizontal });
}

/** The resampling of one axis by `io/resize`, as a matrix `[newLength, length]`. */
function resizeMatrix(length: number, newLength: number, filter: ResizeFilter): Matrix {
  const { taps, indices, weights } = resizeTaps(length, newLength, filter);
  const data = new Float64Array(newLength * length);
  indices.forEach((from, k) => {
    data[Math.floor(k / taps) * length + from] += weights[k];
  });
  return { rows: newLength, columns: length, data };
}
