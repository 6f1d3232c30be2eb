import { add, constant, type Expr, input, vjp } from '../graph/index.js';
import { formatShape, type Shape, sameShape, type Tensor, tensor } from '../tensor/tensor.js';
import type { DirectForm, LinearOperator, Operator } from './operator.js';
import type { SpectralForm } from './spectral.js';

export interface LinearOperatorOptions {
  /** Image, `[C, H, W]`. */
  inputShape: Shape;
  /** Measurement, without the batch. */
  outputShape: Shape;
  /** `[N, ...inputShape]` to `[N, ...outputShape]`, linear. */
  linearPart(x: Expr): Expr;
  /** The exact transpose of `linearPart`; by default its vector-Jacobian product, which is that. */
  adjoint?(y: Expr): Expr;
  /** `apply(0)`; zeros by default. */
  offset?: Tensor;
  /** The same as loops on plain arrays. */
  direct?: DirectForm;
  spectral?(): SpectralForm;
}

/**
 * A linear operator out of its graphs, with the checks that all of them share.
 *
 * @throws RangeError when the offset has not the measurement's shape; so do the operator's graphs for an argument of another shape, and
 * TypeError for one that is not float32.
 */
export function linearOperator(name: string, options: LinearOperatorOptions): LinearOperator {
  const { inputShape, outputShape, linearPart } = options;
  const offset = options.offset ?? tensor(outputShape);
  if (!sameShape(offset.shape, outputShape))
    throw new RangeError(`${name}: the offset has shape ${formatShape(offset.shape)}, measurements have ${formatShape(outputShape)}`);
  const shifted = offset.data.some((value) => value !== 0);
  const transposed = (y: Expr): Expr => {
    const x = input('x', [y.shape[0], ...inputShape]); // only to be differentiated by: the transpose of a linear map does not depend on it
    return vjp(linearPart(x), y, [x])[0];
  };
  const adjoint = options.adjoint ?? transposed;
  const linear = (x: Expr): Expr => linearPart(checkBatch(name, x, inputShape));
  let spectral: SpectralForm | undefined;
  const make = options.spectral;
  return {
    name,
    inputShape,
    outputShape,
    linear: true,
    offset,
    linearPart: linear,
    adjoint: (y) => adjoint(checkBatch(name, y, outputShape)),
    apply: (x) => (shifted ? add(linear(x), constant(offset)) : linear(x)),
    ...(options.direct && { direct: options.direct }),
    ...(make && {
      spectral: () => {
        spectral ??= make();
        return spectral;
      },
    }),
  };
}

export interface GraphOperatorOptions {
  /** Image, `[C, H, W]`. */
  inputShape: Shape;
  /** Measurement, without the batch. */
  outputShape: Shape;
  /** `[N, ...inputShape]` to `[N, ...outputShape]`, any differentiable graph. */
  apply(x: Expr): Expr;
}

/**
 * Any graph as an operator, taken not to be linear: a formula, or a network read from a file.
 *
 * @throws RangeError, on use, when an image has another shape than `inputShape` or the graph gives another than `outputShape`;
 * TypeError when the image is not float32.
 * @example
 * ```ts
 * import { graph, operators } from 'posteriori';
 * const shape = [1, 64, 64];
 * const squared = operators.graphOperator('square', { inputShape: shape, outputShape: shape, apply: (x) => graph.square(x) });
 * ```
 */
export function graphOperator(name: string, options: GraphOperatorOptions): Operator {
  const { inputShape, outputShape } = options;
  return {
    name,
    inputShape,
    outputShape,
    linear: false,
    apply: (x) => {
      const y = options.apply(checkBatch(name, x, inputShape));
      const expected = [x.shape[0], ...outputShape];
      if (!sameShape(y.shape, expected))
        throw new RangeError(`${name}: the graph gives ${formatShape(y.shape)}, not ${formatShape(expected)} as declared`);
      return y;
    },
  };
}

/** x, when it is `[N, ...shape]` and float32. */
export function checkBatch(name: string, x: Expr, shape: Shape): Expr {
  if (!sameShape(x.shape.slice(1), shape)) throw new RangeError(`${name}: expected [N,${shape.join(',')}], got ${formatShape(x.shape)}`);
  if (x.dtype !== 'float32') throw new TypeError(`${name} takes float32, got ${x.dtype}`);
  return x;
}
