import { type Expr, node, type Op } from './expr.js';

const afterOp: Op<null> = {
  name: 'after',
  gradient: (_n, g) => [g],
  evaluate: (_n, [x]) => x.data,
  // nothing but the use of a result keeps an engine from other orders: a number of each, times zero, is added
  onnx(n, [x, ...earlier], emit) {
    const first = earlier.map((value, i) => {
      const flat = n.inputs[i + 1].shape.length === 1 ? value : emit.op('Reshape', [value, emit.ints([1], [-1])]);
      return emit.op('Slice', [flat, emit.ints([1], [0]), emit.ints([1], [1])]);
    });
    return first.reduce((sum, number) => emit.op('Add', [sum, emit.op('Mul', [number, emit.floats([1], [0])])]), x);
  },
};

/**
 * `x` unchanged, to be computed after `earlier`. Engines order what is independent as they like, and so may hold the
 * intermediate results of all of it at one time; this makes one piece of work wait for another.
 */
export function after(x: Expr, ...earlier: Expr[]): Expr {
  return earlier.length === 0 ? x : node(afterOp, [x, ...earlier], null, x.shape);
}
