import * as ops from '../../elementwise.js';
import { constantValue, type Expr } from '../../expr.js';
import { divide, mapKnown, modulo } from '../host.js';
import type { OnnxNode, Rule } from '../onnx-node.js';
import { isKnown, toExpr, type Value } from '../values.js';

/** An operation on floats; on whole numbers, which must be known, it is carried out exactly. */
function numeric(floats: (...x: Expr[]) => Expr, wholes?: (...x: bigint[]) => bigint): (n: OnnxNode, inputs: readonly number[]) => Value {
  return (n, inputs) => {
    const values = inputs.map((i) => n.value(i));
    if (wholes !== undefined && values.every((v) => v.dtype === 'int64') && values.every(isKnown))
      return mapKnown(n.claim, 'int64', values, (...x) => wholes(...(x as bigint[])));
    return floats(...inputs.map((i) => n.expr(i)));
  };
}

function unary(floats: (x: Expr) => Expr, wholes?: (x: bigint) => bigint): Rule {
  const apply = numeric(floats, wholes);
  return (n) => apply(n, [0]);
}

function binary(floats: (x: Expr, y: Expr) => Expr, wholes?: (x: bigint, y: bigint) => bigint): Rule {
  const apply = numeric(floats, wholes);
  return (n) => apply(n, [0, 1]);
}

/** Any number of inputs, joined two at a time. */
function variadic(floats: (x: Expr, y: Expr) => Expr, wholes: (x: bigint, y: bigint) => bigint): Rule {
  const apply = numeric(
    (...x) => x.reduce((a, b) => floats(a, b)),
    (...x) => x.reduce(wholes),
  );
  return (n) => {
    n.value(0);
    return apply(n, [...n.inputs.keys()]);
  };
}

/** Exporters write SiLU as x sigmoid(x); as one operation it is faster, forwards and backwards. */
function product(x: Expr, y: Expr): Expr {
  if (y.op.name === 'sigmoid' && y.inputs[0] === x) return ops.silu(x);
  return x.op.name === 'sigmoid' && x.inputs[0] === y ? ops.silu(y) : ops.mul(x, y);
}

/** x^y; by a constant power, and of a constant base, in a form whose gradient holds for every x. */
function pow(x: Expr, y: Expr): Expr {
  const exponent = constantValue(y);
  if (exponent !== undefined && y.shape.length <= x.shape.length) return ops.pow(x, exponent);
  const base = constantValue(x);
  if (base !== undefined && base > 0 && x.shape.length <= y.shape.length) return ops.exp(ops.mul(y, Math.log(base)));
  return ops.power(x, y);
}

/** @throws RangeError for powers that no whole number of 64 bits holds */
function wholePow(a: bigint, b: bigint): bigint {
  if (b < 0n || (b > 64n && a * a > 1n)) throw new RangeError(`${a} to the power of ${b} is no whole number of 64 bits`);
  return BigInt.asIntN(64, a ** b);
}

/** Remainder with the sign of the divisor, or of the dividend with `fmod`. */
function mod(n: OnnxNode): Value {
  if (n.int('fmod', 0) === 0) return numeric((x, y) => ops.sub(x, ops.mul(y, ops.floor(ops.div(x, y)))), modulo)(n, [0, 1]);
  const floats = (x: Expr, y: Expr): Expr => {
    const q = ops.div(x, y);
    return ops.sub(x, ops.mul(y, ops.mul(ops.sign(q), ops.floor(ops.abs(q)))));
  };
  return numeric(floats, (a, b) => a - b * divide(a, b))(n, [0, 1]);
}

const absolute = (x: bigint): bigint => (x < 0n ? -x : x);
const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const sum = variadic(ops.add, (a, b) => a + b);

export const arithmetic: Readonly<Record<string, Rule>> = {
  Add: binary(ops.add, (a, b) => a + b),
  Sub: binary(ops.sub, (a, b) => a - b),
  Mul: binary(product, (a, b) => a * b),
  Div: binary(ops.div, divide),
  Mod: mod,
  // base and power may differ in type
  Pow: (n) =>
    n.value(0).dtype === 'int64' && n.value(1).dtype === 'int64'
      ? binary(pow, wholePow)(n)
      : pow(
          n.expr(0),
          n.value(1).dtype === 'int64'
            ? toExpr({ dtype: 'float32', shape: n.value(1).shape, data: Float32Array.from(n.wholes(1)) })
            : n.expr(1),
        ),
  Sum: sum,
  Mean: (n) => ops.div(toExpr(sum(n) as Value), n.inputs.length),
  Min: variadic(ops.minimum, smaller),
  Max: variadic(ops.maximum, larger),
  Neg: unary(ops.neg, (x) => -x),
  Abs: unary(ops.abs, absolute),
  Sign: unary(ops.sign, (x) => (x > 0n ? 1n : x < 0n ? -1n : 0n)),
  Sqrt: unary(ops.sqrt),
  Exp: unary(ops.exp),
  Log: unary(ops.log),
  Reciprocal: unary(ops.reciprocal),
  Erf: unary(ops.erf),
  Sin: unary(ops.sin),
  Cos: unary(ops.cos),
  Tan: unary((x) => ops.div(ops.sin(x), ops.cos(x))),
  Sinh: unary((x) => ops.mul(0.5, ops.sub(ops.exp(x), ops.exp(ops.neg(x))))),
  Cosh: unary((x) => ops.mul(0.5, ops.add(ops.exp(x), ops.exp(ops.neg(x))))),
  Floor: unary(ops.floor),
  Ceil: unary((x) => ops.neg(ops.floor(ops.neg(x)))),
  Round: unary(ops.round),
};
