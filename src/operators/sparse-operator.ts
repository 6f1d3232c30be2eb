import { type Expr, reshape, sparseLinear } from '../graph/index.js';
import { type SparseMap, transposeMap } from '../graph/sparse-map.js';
import { formatShape, type Shape, sizeOf, type Tensor } from '../tensor/tensor.js';
import { linearOperator } from './linear-operator.js';
import type { LinearOperator } from './operator.js';

export interface SparseOperatorOptions {
  /** Image, `[C, H, W]`. */
  inputShape: Shape;
  /** Measurement, without the batch. */
  outputShape: Shape;
  /** `apply(0)`; zeros by default. */
  offset?: Tensor;
}

/**
 * A linear operator held as a sparse matrix, `y = M x + offset`, images and measurements flattened in row-major order.
 * The adjoint multiplies by the transposed matrix, so the pair is matched exactly.
 *
 * @throws RangeError when the matrix or the offset does not fit the shapes.
 */
export function sparseOperator(name: string, map: SparseMap, options: SparseOperatorOptions): LinearOperator {
  const { inputShape, outputShape } = options;
  if (map.cols !== sizeOf(inputShape) || map.rows !== sizeOf(outputShape))
    throw new RangeError(
      `${name}: a ${map.rows} x ${map.cols} matrix does not map ${formatShape(inputShape)} to ${formatShape(outputShape)}`,
    );
  return linearOperator(name, {
    ...options,
    linearPart: (x) => multiply(map, x, inputShape, outputShape),
    adjoint: (y) => multiply(transposeMap(map), y, outputShape, inputShape),
  });
}

/** `x [N, ...from]` flattened, multiplied, and shaped `[N, ...to]`. */
export function multiply(map: SparseMap, x: Expr, from: Shape, to: Shape): Expr {
  const batch = x.shape[0];
  if (formatShape(x.shape.slice(1)) !== formatShape(from))
    throw new RangeError(`expected [N,${from.join(',')}], got ${formatShape(x.shape)}`);
  return reshape(sparseLinear(reshape(x, [batch, map.cols]), map), [batch, ...to]);
}
