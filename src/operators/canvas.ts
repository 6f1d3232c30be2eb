import { type Expr, pad, slice } from '../graph/index.js';
import type { Shape } from '../tensor/tensor.js';
import { imageShape } from './image-shape.js';
import { graphOperator, linearOperator } from './linear-operator.js';
import { isLinear, type LinearOperator, type Operator } from './operator.js';

/** A rectangle within an image: its first row and column, its rows and columns. */
export interface Region {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/**
 * An operator on a larger image, of which it sees a region: `x -> A(x in the region)`. What lies around is free, so that a model may
 * need sizes that pictures do not have.
 * @param canvas rows and columns of the larger image
 * @throws RangeError when the region is not of the operator's image size, or leaves the canvas.
 */
export function onCanvas(operator: LinearOperator, canvas: readonly [height: number, width: number], region: Region): LinearOperator;
export function onCanvas(operator: Operator, canvas: readonly [height: number, width: number], region: Region): Operator;
export function onCanvas(operator: Operator, canvas: readonly [height: number, width: number], region: Region): Operator {
  const [channels, height, width] = imageShape(operator.inputShape);
  if (region.height !== height || region.width !== width)
    throw new RangeError(`the region has ${region.height} x ${region.width} pixels, ${operator.name} sees ${height} x ${width}`);
  const shape = [channels, ...canvas];
  const seen = (x: Expr): Expr => regionOf(x, region);
  const base = { inputShape: shape, outputShape: operator.outputShape };
  if (!isLinear(operator)) return graphOperator(operator.name, { ...base, apply: (x) => operator.apply(seen(x)) });
  return linearOperator(operator.name, {
    ...base,
    offset: operator.offset,
    linearPart: (x) => operator.linearPart(seen(x)),
    adjoint: (y) => around(operator.adjoint(y), canvas, region),
  });
}

/**
 * An operator from images to images of the same size whose measurement is only known in a region, as a camera's frame is cut out of a
 * blurred world: `x -> A(x) in the region`.
 * @throws RangeError when the measurement is no image, or the region leaves it.
 */
export function restrictTo(operator: LinearOperator, region: Region): LinearOperator;
export function restrictTo(operator: Operator, region: Region): Operator;
export function restrictTo(operator: Operator, region: Region): Operator {
  const [channels, height, width] = imageShape(operator.outputShape);
  const outputShape: Shape = [channels, region.height, region.width];
  const base = { inputShape: operator.inputShape, outputShape };
  if (!isLinear(operator)) return graphOperator(operator.name, { ...base, apply: (x) => regionOf(operator.apply(x), region) });
  if (operator.offset.data.some((value) => value !== 0)) throw new RangeError(`${operator.name} has an offset; a region of it is not made`);
  return linearOperator(operator.name, {
    ...base,
    linearPart: (x) => regionOf(operator.linearPart(x), region),
    adjoint: (y) => operator.adjoint(around(y, [height, width], region)),
  });
}

/** `[N, C, H, W]` to the part in the region. @throws RangeError when it leaves the image. */
export function regionOf(x: Expr, { top, left, height, width }: Region): Expr {
  const [, , rows, columns] = x.shape;
  if (top < 0 || left < 0 || top + height > rows || left + width > columns)
    throw new RangeError(`a region of ${height} x ${width} at ${top}, ${left} leaves the image of ${rows} x ${columns}`);
  return slice(x, [top, left], [top + height, left + width], [2, 3]);
}

/** The transpose of `regionOf`: zeros around. */
function around(x: Expr, [rows, columns]: readonly [number, number], { top, left, height, width }: Region): Expr {
  return pad(x, [0, 0, top, left], [0, 0, rows - top - height, columns - left - width]);
}
