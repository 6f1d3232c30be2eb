import { sizeOf } from '../tensor/tensor.js';
import { type DType, type Expr, lift, node, type Op, type Operand } from './expr.js';
import { broadcastShapes, broadcastStrides, walk } from './strides.js';

/** A comparison, elementwise with broadcasting; it has no gradient. */
function comparison(name: string, onnx: string, f: (a: number, b: number) => boolean): (a: Operand, b: Operand) => Expr {
  const op: Op<null> = {
    name,
    evaluate(n, [x, y]) {
      const out = new Float64Array(sizeOf(n.shape));
      const sx = broadcastStrides(x.shape, n.shape);
      const at = new Int32Array(out.length);
      walk(n.shape, broadcastStrides(y.shape, n.shape), (i, k) => {
        at[i] = k;
      });
      walk(n.shape, sx, (i, k) => {
        out[i] = f(x.data[k], y.data[at[i]]) ? 1 : 0;
      });
      return out;
    },
    onnx: (_n, inputs, emit) => emit.op(onnx, inputs),
  };
  return (a, b) => {
    const x = lift(a);
    const y = lift(b);
    return node(op, [x, y], null, broadcastShapes(x.shape, y.shape), 'bool');
  };
}

export const less = comparison('less', 'Less', (a, b) => a < b);
export const greater = comparison('greater', 'Greater', (a, b) => a > b);
export const lessEqual = comparison('lessEqual', 'LessOrEqual', (a, b) => a <= b);
export const greaterEqual = comparison('greaterEqual', 'GreaterOrEqual', (a, b) => a >= b);
export const equal = comparison('equal', 'Equal', (a, b) => a === b);

const whereOp: Op<null> = {
  name: 'where',
  gradient(n, g, ops) {
    const [condition, a, b] = n.inputs;
    return [undefined, ops.sumTo(where(condition, g, 0), a.shape), ops.sumTo(where(condition, 0, g), b.shape)];
  },
  evaluate(n, [condition, a, b]) {
    const out = new Float64Array(sizeOf(n.shape));
    const which = new Uint8Array(out.length);
    walk(n.shape, broadcastStrides(condition.shape, n.shape), (i, k) => {
      which[i] = condition.data[k];
    });
    walk(n.shape, broadcastStrides(a.shape, n.shape), (i, k) => {
      if (which[i]) out[i] = a.data[k];
    });
    walk(n.shape, broadcastStrides(b.shape, n.shape), (i, k) => {
      if (!which[i]) out[i] = b.data[k];
    });
    return out;
  },
  onnx: (_n, inputs, emit) => emit.op('Where', inputs),
};

/** `a` where the condition (bool) holds, else `b`, both floats or both whole numbers; broadcasting. */
export function where(condition: Expr, a: Operand, b: Operand): Expr {
  if (condition.dtype !== 'bool') throw new TypeError(`where needs a bool condition, got ${condition.dtype}`);
  const x = lift(a);
  const y = lift(b);
  if (x.dtype !== y.dtype) throw new TypeError(`where needs two values of one type, got ${x.dtype} and ${y.dtype}`);
  return node(whereOp, [condition, x, y], null, broadcastShapes(condition.shape, broadcastShapes(x.shape, y.shape)), x.dtype);
}

const castOp: Op<{ to: DType }> = {
  name: 'cast',
  evaluate: (n, [x]) => (n.attrs.to === 'int64' ? x.data.map(Math.trunc) : x.data),
  onnx: (n, inputs, emit) => emit.op('Cast', inputs, { to: n.attrs.to === 'int64' ? 7 : 1 }),
};

/** Booleans or whole numbers as float32. */
export function toFloat(x: Expr): Expr {
  return x.dtype === 'float32' ? x : node(castOp, [x], { to: 'float32' }, x.shape);
}

/** Truncated to whole numbers (int64), for indices; no gradient. */
export function toInt(x: Expr): Expr {
  return x.dtype === 'int64' ? x : node(castOp, [x], { to: 'int64' }, x.shape, 'int64');
}

const stopOp: Op<null> = {
  name: 'stopGradient',
  evaluate: (_n, [x]) => x.data,
  onnx: (_n, inputs) => inputs[0],
};

/** The value unchanged, with no gradient. */
export function stopGradient(x: Expr): Expr {
  return node(stopOp, [x], null, x.shape, x.dtype);
}

const straightThroughOp: Op<null> = {
  name: 'straightThrough',
  gradient: (_n, g) => [undefined, g],
  evaluate: (_n, [value]) => value.data,
  onnx: (_n, inputs) => inputs[0],
};

/** Forward `value`; the gradient passes to `pass` as if it were the identity (Bengio et al. 2013). Equal shapes. */
export function straightThrough(value: Expr, pass: Expr): Expr {
  if (value.shape.join() !== pass.shape.join())
    throw new RangeError(`straightThrough needs equal shapes, got [${value.shape}] and [${pass.shape}]`);
  return node(straightThroughOp, [value, pass], null, value.shape);
}
