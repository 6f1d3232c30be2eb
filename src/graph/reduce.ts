import { type Shape, sizeOf } from '../tensor/tensor.js';
import { equal, toFloat } from './compare.js';
import { div, mul } from './elementwise.js';
import { axisOf, type Expr, type Language, node, type Op } from './expr.js';
import { broadcastStrides, walk } from './strides.js';

interface ReduceAttrs {
  /** Sorted, non-negative. */
  readonly axes: readonly number[];
  readonly keep: boolean;
}

/** The input's shape with the reduced axes of size 1. */
function shapeKept(x: Expr, axes: readonly number[]): Shape {
  return x.shape.map((n, i) => (axes.includes(i) ? 1 : n));
}

function reduction(
  name: string,
  onnx: string,
  initial: number,
  step: (accumulated: number, value: number) => number,
  gradient: (x: Expr, y: Expr, g: Expr, ops: Language) => Expr,
): (x: Expr, axes?: readonly number[], keep?: boolean) => Expr {
  const op: Op<ReduceAttrs> = {
    name,
    gradient(n, g, ops) {
      const [x] = n.inputs;
      const shape = shapeKept(x, n.attrs.axes);
      return [gradient(x, ops.reshape(n, shape), ops.reshape(g, shape), ops)];
    },
    evaluate(n, [x]) {
      const shape = x.shape.map((size, i) => (n.attrs.axes.includes(i) ? 1 : size));
      const out = new Float64Array(sizeOf(shape)).fill(initial);
      walk(x.shape, broadcastStrides(shape, x.shape), (i, k) => {
        out[k] = step(out[k], x.data[i]);
      });
      return out;
    },
    onnx: (n, [x], emit) => emit.op(onnx, [x, emit.ints([n.attrs.axes.length], n.attrs.axes)], { keepdims: n.attrs.keep ? 1 : 0 }),
  };
  return (x, axes, keep = false) => {
    const list = [...new Set((axes ?? x.shape.map((_, i) => i)).map((a) => axisOf(a, x.shape.length)))].sort((a, b) => a - b);
    if (list.length === 0) return x;
    const shape = keep ? shapeKept(x, list) : x.shape.filter((_, i) => !list.includes(i));
    return node(op, [x], { axes: list, keep }, shape);
  };
}

/** Sum over `axes` (all of them by default); reduced axes vanish unless `keep`. */
export const sum = reduction(
  'sum',
  'ReduceSum',
  0,
  (a, v) => a + v,
  (x, _y, g, ops) => ops.broadcastTo(g, x.shape),
);

/** Largest value over `axes`; ties share the gradient. */
export const max = reduction('max', 'ReduceMax', -Infinity, Math.max, (x, y, g) => {
  const hit = toFloat(equal(x, y));
  const axes = y.shape.flatMap((n, i) => (n === 1 ? [i] : []));
  return mul(hit, div(g, sum(hit, axes, true)));
});

/** Sum of squares over `axes`. */
export function sumSquares(x: Expr, axes?: readonly number[], keep = false): Expr {
  return sum(mul(x, x), axes, keep);
}

/** Mean over `axes` (all of them by default). */
export function mean(x: Expr, axes?: readonly number[], keep = false): Expr {
  const total = sum(x, axes, keep);
  return mul(total, sizeOf(total.shape) / sizeOf(x.shape));
}
