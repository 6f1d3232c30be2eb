import { sameShape } from '../tensor/tensor.js';
import { erfValue } from './erf.js';
import { type Expr, type Language, lift, node, type Op, type Operand } from './expr.js';
import { emitSine } from './sine.js';
import { broadcastShapes, broadcastStrides, walk } from './strides.js';

type Unary = Op<null>;

/** y = f(x), with `derivative(x, y)` as a graph. */
function unary(
  name: string,
  onnx: string | Op<null>['onnx'],
  f: (x: number) => number,
  derivative: (x: Expr, y: Expr, ops: Language) => Expr,
): (x: Operand) => Expr {
  const op: Unary = {
    name,
    gradient: (n, g, ops) => [mul(g, derivative(n.inputs[0], n, ops))],
    evaluate: (_n, [x]) => x.data.map(f),
    onnx: typeof onnx === 'string' ? (_n, inputs, emit) => emit.op(onnx, inputs) : onnx,
  };
  return (x) => {
    const e = lift(x);
    return node(op, [e], null, e.shape);
  };
}

/** z = f(x, y) under numpy broadcasting. */
function binary(
  name: string,
  onnx: string,
  f: (x: number, y: number) => number,
  gradient: (x: Expr, y: Expr, g: Expr, z: Expr, ops: Language) => [Expr, Expr],
): (x: Operand, y: Operand) => Expr {
  const op: Op<null> = {
    name,
    gradient(n, g, ops) {
      const [x, y] = n.inputs;
      const [gx, gy] = gradient(x, y, g, n, ops);
      return [ops.sumTo(gx, x.shape), ops.sumTo(gy, y.shape)];
    },
    evaluate(n, [x, y]) {
      const out = new Float64Array(n.shape.reduce((a, b) => a * b, 1));
      if (sameShape(x.shape, y.shape)) {
        for (let i = 0; i < out.length; i++) out[i] = f(x.data[i], y.data[i]);
        return out;
      }
      if (x.data.length === 1 && y.data.length === out.length) return out.map((_, i) => f(x.data[0], y.data[i]));
      if (y.data.length === 1 && x.data.length === out.length) return out.map((_, i) => f(x.data[i], y.data[0]));
      const at = new Int32Array(out.length);
      walk(n.shape, broadcastStrides(y.shape, n.shape), (i, k) => {
        at[i] = k;
      });
      walk(n.shape, broadcastStrides(x.shape, n.shape), (i, k) => {
        out[i] = f(x.data[k], y.data[at[i]]);
      });
      return out;
    },
    onnx: (_n, inputs, emit) => emit.op(onnx, inputs),
  };
  return (x, y) => {
    const a = lift(x);
    const b = lift(y);
    return node(op, [a, b], null, broadcastShapes(a.shape, b.shape));
  };
}

/** a + b. */
export const add = binary(
  'add',
  'Add',
  (a, b) => a + b,
  (_a, _b, g) => [g, g],
);
/** a - b. */
export const sub = binary(
  'sub',
  'Sub',
  (a, b) => a - b,
  (_a, _b, g) => [g, neg(g)],
);
/** a b. */
export const mul = binary(
  'mul',
  'Mul',
  (a, b) => a * b,
  (a, b, g) => [mul(g, b), mul(g, a)],
);
/** a / b. */
export const div = binary(
  'div',
  'Div',
  (a, b) => a / b,
  (_a, b, g, q) => [div(g, b), neg(div(mul(g, q), b))],
);
/** x to a power, elementwise; as in PyTorch the gradient with respect to the power is 0 where x is 0, and NaN where x is negative. */
export const power = binary(
  'power',
  'Pow',
  (x, y) => x ** y,
  (x, y, g, z, ops) => [mul(g, mul(y, power(x, sub(y, 1)))), mul(g, mul(z, log(ops.where(ops.equal(x, 0), 1, x))))],
);
/** Smaller of two; the gradient goes to the smaller, half to each on a tie. */
export const minimum = binary('minimum', 'Min', Math.min, (a, b, g, _z, ops) => {
  const share = shareOfFirst(b, a, ops);
  return [mul(g, share), mul(g, sub(1, share))];
});
/** Larger of two; the gradient goes to the larger, half to each on a tie. */
export const maximum = binary('maximum', 'Max', Math.max, (a, b, g, _z, ops) => {
  const share = shareOfFirst(a, b, ops);
  return [mul(g, share), mul(g, sub(1, share))];
});

/** 1 where a > b, 0 where a < b, 1/2 on a tie. */
function shareOfFirst(a: Expr, b: Expr, ops: Language): Expr {
  return add(0.5, mul(0.5, sub(ops.toFloat(ops.greater(a, b)), ops.toFloat(ops.less(a, b)))));
}

export const neg = unary(
  'neg',
  'Neg',
  (x) => -x,
  () => lift(-1),
);
export const exp = unary('exp', 'Exp', Math.exp, (_x, y) => y);
export const log = unary('log', 'Log', Math.log, (x) => reciprocal(x));
export const sqrt = unary('sqrt', 'Sqrt', Math.sqrt, (_x, y) => div(0.5, y));
export const reciprocal = unary(
  'reciprocal',
  'Reciprocal',
  (x) => 1 / x,
  (_x, y) => neg(mul(y, y)),
);
export const abs = unary('abs', 'Abs', Math.abs, (x) => sign(x));
/** -1, 0 or 1; its gradient is zero. */
export const sign = unary('sign', 'Sign', Math.sign, () => lift(0));
/** Rounded down; its gradient is zero. */
export const floor = unary('floor', 'Floor', Math.floor, () => lift(0));
/** Rounded to the nearest whole number, halves to the even one; its gradient is zero. */
export const round = unary('round', 'Round', roundHalfToEven, () => lift(0));
export const sin = unary(
  'sin',
  (_n, [x], emit) => (emit.webgpu ? emitSine('sin', x, emit) : emit.op('Sin', [x])),
  Math.sin,
  (x) => cos(x),
);
export const cos = unary(
  'cos',
  (_n, [x], emit) => (emit.webgpu ? emitSine('cos', x, emit) : emit.op('Cos', [x])),
  Math.cos,
  (x) => neg(sin(x)),
);
export const tanh = unary('tanh', 'Tanh', Math.tanh, (_x, y) => sub(1, mul(y, y)));
export const sigmoid = unary('sigmoid', 'Sigmoid', logistic, (_x, y) => mul(y, sub(1, y)));
export const relu = unary(
  'relu',
  'Relu',
  (x) => Math.max(x, 0),
  (x, _y, ops) => ops.toFloat(ops.greater(x, 0)),
);
export const erf = unary('erf', 'Erf', erfValue, (x) => mul(2 / Math.sqrt(Math.PI), exp(neg(mul(x, x)))));

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function roundHalfToEven(x: number): number {
  const down = Math.floor(x);
  const odd = Math.abs(down % 2);
  return x - down === 0.5 ? down + odd : Math.round(x);
}

const siluOp: Unary = {
  name: 'silu',
  // d(x s)/dx = s (1 + x (1 - s)), from x alone: the forward value, as large as x, need not be kept until the gradient is computed
  gradient(n, g) {
    const [x] = n.inputs;
    const s = sigmoid(x);
    return [mul(g, mul(s, add(1, mul(x, sub(1, s)))))];
  },
  evaluate: (_n, [x]) => x.data.map((v) => v * logistic(v)),
  onnx: (_n, [x], emit) =>
    emit.standard ? emit.op('Mul', [x, emit.op('Sigmoid', [x])]) : emit.op('QuickGelu', [x], { alpha: { float: 1 } }, 'com.microsoft'),
};

/** x sigmoid(x) (Elfwing et al. 2017), also called swish. */
export function silu(x: Expr): Expr {
  return node(siluOp, [x], null, x.shape);
}

/** x Phi(x), exact form (Hendrycks and Gimpel 2016). */
export function gelu(x: Expr): Expr {
  return mul(mul(0.5, x), add(1, erf(mul(x, Math.SQRT1_2))));
}

/** x^2. */
export function square(x: Expr): Expr {
  return mul(x, x);
}

const powOp: Op<{ exponent: number }> = {
  name: 'pow',
  gradient: (n, g) => [mul(g, mul(n.attrs.exponent, pow(n.inputs[0], n.attrs.exponent - 1)))],
  evaluate: (n, [x]) => x.data.map((v) => v ** n.attrs.exponent),
  onnx: (n, inputs, emit) => emit.op('Pow', [inputs[0], emit.floats([], [n.attrs.exponent])]),
};

/** x to a constant power. */
export function pow(x: Expr, exponent: number): Expr {
  if (exponent === 0) return add(mul(0, x), 1);
  if (exponent === 1) return x;
  if (exponent === 2) return mul(x, x);
  return node(powOp, [x], { exponent }, x.shape);
}

const clipOp: Op<{ low: number; high: number }> = {
  name: 'clip',
  gradient(n, g, ops) {
    const x = n.inputs[0];
    return [ops.where(ops.greater(x, n.attrs.low), ops.where(ops.less(x, n.attrs.high), g, 0), 0)];
  },
  evaluate: (n, [x]) => x.data.map((v) => Math.min(Math.max(v, n.attrs.low), n.attrs.high)),
  onnx: (n, inputs, emit) => emit.op('Clip', [inputs[0], emit.floats([], [n.attrs.low]), emit.floats([], [n.attrs.high])]),
};

/** x limited to [low, high]; no gradient outside. */
export function clip(x: Expr, low: number, high: number): Expr {
  return node(clipOp, [x], { low, high }, x.shape);
}
