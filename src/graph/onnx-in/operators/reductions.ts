import { sizeOf } from '../../../tensor/tensor.js';
import { greater, stopGradient, toFloat, where } from '../../compare.js';
import * as ops from '../../elementwise.js';
import type { Expr } from '../../expr.js';
import { reshape, slice, transpose } from '../../layout.js';
import { softmax } from '../../normalise.js';
import { max, mean, sum, sumSquares } from '../../reduce.js';
import { reduceKnown } from '../host.js';
import type { OnnxNode, Rule } from '../onnx-node.js';
import { isKnown, type Value } from '../values.js';

type Reduction = (x: Expr, axes: readonly number[], keep: boolean) => Expr;

/** A reduction whose axes are an attribute before the opset `since`, and an input from then on. */
function reduction(since: number, floats: Reduction, wholes?: (sofar: bigint, value: bigint) => bigint): Rule {
  return (n): Value => {
    const x = n.value(0);
    const keep = n.int('keepdims', 1) !== 0;
    const given = n.axes(since, 1);
    if ((given === undefined || given.length === 0) && n.int('noop_with_empty_axes', 0) !== 0) return x;
    const axes = given === undefined || given.length === 0 ? x.shape.map((_, i) => i) : n.checkAxes(given, x.shape.length);
    if (wholes !== undefined && x.dtype === 'int64' && isKnown(x)) return reduceKnown(x, axes, keep, wholes);
    return axes.length === 0 ? floats(reshape(n.expr(0), [1]), [0], false) : floats(n.expr(0), axes, keep);
  };
}

/** sqrt(sum x^2); its gradient where all x are zero is zero, as in PyTorch. */
function norm(x: Expr, axes: readonly number[], keep: boolean): Expr {
  const squares = sumSquares(x, axes, keep);
  const some = greater(squares, 0);
  return ops.mul(toFloat(some), ops.sqrt(where(some, squares, 1)));
}

/** log(sum e^x) without overflow. */
function logSumExp(x: Expr, axes: readonly number[], keep: boolean): Expr {
  const largest = stopGradient(max(x, axes, true));
  const y = ops.add(largest, ops.log(sum(ops.exp(ops.sub(x, largest)), axes, true)));
  return keep
    ? y
    : reshape(
        y,
        y.shape.filter((_, i) => !axes.includes(i)),
      );
}

/** Entries multiplied one by one, for few of them. */
function product(x: Expr, axes: readonly number[], keep: boolean): Expr {
  const rest = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const count = sizeOf(axes.map((a) => x.shape[a]));
  if (count > 256) throw new RangeError(`a product of ${count} entries is not supported; up to 256 are`);
  const rows = reshape(transpose(x, [...axes, ...rest]), [count, ...rest.map((i) => x.shape[i])]);
  let y = slice(rows, [0], [1]);
  for (let i = 1; i < count; i++) y = ops.mul(y, slice(rows, [i], [i + 1]));
  return reshape(y, keep ? x.shape.map((size, i) => (axes.includes(i) ? 1 : size)) : rest.map((i) => x.shape[i]));
}

/** Before opset 13 all axes from `axis` on were one. */
function overAxis(f: (x: Expr, axis: number) => Expr): Rule {
  return (n: OnnxNode): Expr => {
    const x = n.expr(0);
    if (n.opset >= 13) return f(x, n.int('axis', -1));
    const axis = n.int('axis', 1);
    const at = axis < 0 ? axis + x.shape.length : axis;
    if (at < 0 || at > x.shape.length) throw new RangeError(`axis ${axis} does not exist in a tensor of rank ${x.shape.length}`);
    return reshape(f(reshape(x, [sizeOf(x.shape.slice(0, at)), sizeOf(x.shape.slice(at))]), 1), x.shape);
  };
}

export const reductions: Readonly<Record<string, Rule>> = {
  ReduceSum: reduction(13, sum, (a, b) => a + b),
  ReduceMean: reduction(18, mean),
  ReduceMax: reduction(18, max, (a, b) => (a > b ? a : b)),
  ReduceMin: reduction(
    18,
    (x, axes, keep) => ops.neg(max(ops.neg(x), axes, keep)),
    (a, b) => (a < b ? a : b),
  ),
  ReduceProd: reduction(18, product, (a, b) => a * b),
  ReduceL1: reduction(18, (x, axes, keep) => sum(ops.abs(x), axes, keep)),
  ReduceL2: reduction(18, norm),
  ReduceSumSquare: reduction(18, sumSquares),
  ReduceLogSum: reduction(18, (x, axes, keep) => ops.log(sum(x, axes, keep))),
  ReduceLogSumExp: reduction(18, logSumExp),
  Softmax: overAxis(softmax),
  LogSoftmax: overAxis((x, axis) => ops.sub(x, logSumExp(x, [axis < 0 ? axis + x.shape.length : axis], true))),
};
