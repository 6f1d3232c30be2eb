import { type Expr, reshape, type SparseMap, sparseLinear, sparseMap, transposeMap } from '../graph/index.js';
import { UsageError, UserError } from '../tensor/errors.js';
import type { Random } from '../tensor/random.js';
import { formatShape, type Shape, type Tensor, tensor } from '../tensor/tensor.js';
import { imageShape } from './image-shape.js';
import { linearOperator } from './linear-operator.js';
import type { LinearOperator } from './operator.js';

/** Which pixels are observed: bytes or floats, as an image file or a program has them. */
export interface MaskLike {
  readonly shape: Shape;
  readonly data: ArrayLike<number>;
}

/**
 * Pixels left out: an image `[C, H, W]` to the values of its M observed pixels, `[C, M]`, in row-major order. Nothing of the
 * others enters the measurement.
 *
 * @param mask as `parseMask` takes it
 * @throws UserError as `parseMask`.
 * @example
 * ```ts
 * import { operators, Random } from 'posteriori';
 * const mask = operators.randomMask([256, 256], 0.7, new Random(0)); // 1 where a pixel is observed
 * const operator = operators.inpainting([3, 256, 256], mask);
 * ```
 */
export function inpainting(image: Shape, mask: MaskLike): LinearOperator {
  const shape = imageShape(image);
  const [channels, height, width] = shape;
  const observed = parseMask(mask, [height, width]);
  const select = selection(observed);
  const pixels = (x: Expr): Expr => reshape(x, [x.shape[0], channels, height * width]);
  const adjoint = (y: Expr): Expr => reshape(sparseLinear(y, transposeMap(select)), [y.shape[0], ...shape]);
  return linearOperator('inpainting', {
    inputShape: shape,
    outputShape: [channels, select.rows],
    linearPart: (x) => sparseLinear(pixels(x), select),
    adjoint,
    spectral: () => ({
      singularValues: tensor(
        shape,
        Float32Array.from({ length: channels * height * width }, (_, i) => observed.data[i % (height * width)]),
      ),
      coefficients: (x) => x,
      image: (c) => c,
      measured: adjoint,
    }),
  });
}

/** Row i picks the i-th observed pixel. */
function selection(mask: Tensor): SparseMap {
  const columns = Int32Array.from([...mask.data.keys()].filter((pixel) => mask.data[pixel] === 1));
  const rowStart = Int32Array.from({ length: columns.length + 1 }, (_, i) => i);
  return sparseMap({ rows: columns.length, cols: mask.data.length, rowStart, columns, weights: new Float32Array(columns.length).fill(1) });
}

/**
 * A mask as `[H, W]` of 1 (observed) and 0 (missing). Bright is observed: an entry counts as 1 when it is above half of the largest, so
 * 0 and 1, 0 and 255, and images in [-1, 1] all do.
 *
 * @param mask `[H, W]`; leading sizes of 1 are allowed, and colours where they agree
 * @throws UserError when its size is not the image's, its colours differ, or it observes nothing or everything.
 */
export function parseMask(mask: MaskLike, size: readonly [height: number, width: number], name = 'The mask'): Tensor {
  const [height, width] = size;
  const pixels = height * width;
  const planes = mask.data.length / pixels;
  const tail = mask.shape.slice(-2);
  if (formatShape(tail) !== formatShape(size) || !mask.shape.slice(0, -3).every((n) => n === 1))
    throw new UserError(
      `${name} has the shape ${formatShape(mask.shape)}, but the image is ${height} x ${width}: give a mask of the image's own size.`,
    );
  const half = Array.from(mask.data).reduce((a, b) => Math.max(a, b), 0) / 2;
  const observed = tensor(
    size,
    Array.from({ length: pixels }, (_, i) => (mask.data[i] > half ? 1 : 0)),
  );
  for (let i = pixels; i < pixels * planes; i++)
    if (mask.data[i] > half !== (observed.data[i % pixels] === 1))
      throw new UserError(`${name} differs between colours: a pixel is observed in all of them or in none. Give a grey mask.`);
  const count = observed.data.reduce((a, b) => a + b, 0);
  if (count === 0)
    throw new UserError(`${name} observes no pixel: there is nothing to reconstruct from. Observed pixels are the bright ones.`);
  if (count === pixels)
    throw new UserError(
      `${name} leaves no pixel out: there is nothing to fill in. Missing pixels are the dark ones; for noise alone use denoising.`,
    );
  return observed;
}

/**
 * Each pixel missing by itself with probability `missing`, all its channels together.
 * @throws UserError when the probability is not between 0 and 1.
 */
export function randomMask([height, width]: readonly [number, number], missing: number, random: Random): Tensor {
  if (!(missing > 0 && missing < 1)) throw new UsageError(`The share of missing pixels must lie between 0 and 1; got ${missing}.`);
  return tensor(
    [height, width],
    Array.from({ length: height * width }, () => (random.uniform() < missing ? 0 : 1)),
  );
}

/**
 * A square of `box` pixels missing, at a random place at least `margin` from every edge.
 * @throws UserError when it does not fit.
 */
export function boxMask([height, width]: readonly [number, number], box: number, margin: number, random: Random): Tensor {
  if (!Number.isInteger(box) || box < 1 || !Number.isInteger(margin) || margin < 0)
    throw new UsageError(`The box and its margin are whole numbers, at least 1 and 0; got ${box} and ${margin}.`);
  const room = [height, width].map((side) => side - box - 2 * margin);
  if (Math.min(...room) < 0)
    throw new UsageError(
      `A box of ${box} with a margin of ${margin} on each side does not fit into an image of ${height} x ${width}: set a smaller box or margin.`,
    );
  const [top, left] = room.map((free) => margin + random.integer(free + 1));
  const inside = (at: number, start: number): boolean => at >= start && at < start + box;
  return tensor(
    [height, width],
    Array.from({ length: height * width }, (_, i) => (inside(Math.floor(i / width), top) && inside(i % width, left) ? 0 : 1)),
  );
}
