import * as compare from '../../compare.js';
import { add, mul } from '../../elementwise.js';
import type { Expr } from '../../expr.js';
import { mapKnown } from '../host.js';
import type { OnnxNode, Rule } from '../onnx-node.js';
import { isKnown, known, tabulate, toExpr, type Value } from '../values.js';

/** A comparison of floats, whole numbers or booleans. */
function comparison(exprs: (a: Expr, b: Expr) => Expr, knowns: (a: number | bigint, b: number | bigint) => boolean): Rule {
  return (n) => {
    const [a, b] = [n.value(0), n.value(1)];
    if (a.dtype !== b.dtype) throw new TypeError(`its inputs are of types ${a.dtype} and ${b.dtype}`);
    if (isKnown(a) && isKnown(b)) return mapKnown(n.claim, 'bool', [a, b], knowns);
    return a.dtype === 'bool' ? exprs(compare.toFloat(toExpr(a)), compare.toFloat(toExpr(b))) : exprs(toExpr(a), toExpr(b));
  };
}

/** An operation on booleans, taken as the numbers 0 and 1. */
function logical(count: 1 | 2, numbers: (...x: number[]) => boolean, exprs: (...x: Expr[]) => Expr): Rule {
  return (n) => {
    const values = [n.value(0), ...(count === 2 ? [n.value(1)] : [])];
    if (values.some((v) => v.dtype !== 'bool')) throw new TypeError('its inputs must be booleans');
    if (values.every(isKnown)) return mapKnown(n.claim, 'bool', values, (...x) => numbers(...x.map(Number)));
    return exprs(...values.map((v) => compare.toFloat(toExpr(v))));
  };
}

function choose(n: OnnxNode): Value {
  const [condition, a, b] = [n.value(0), n.value(1), n.value(2)];
  if (condition.dtype !== 'bool') throw new TypeError('its condition must be boolean');
  if (a.dtype !== b.dtype) throw new TypeError(`its branches are of types ${a.dtype} and ${b.dtype}`);
  if (isKnown(condition) && isKnown(a) && isKnown(b) && a.dtype !== 'float32')
    return mapKnown(n.claim, a.dtype, [condition, a, b], (which, x, y) => (which ? x : y));
  if (a.dtype !== 'bool') return compare.where(toExpr(condition), toExpr(a), toExpr(b));
  // engines choose among numbers, not among booleans
  return compare.greater(compare.where(toExpr(condition), compare.toFloat(toExpr(a)), compare.toFloat(toExpr(b))), 0.5);
}

/** ONNX element types by number, as `Cast` names them. */
const floatTypes = new Set([1, 10, 11, 16]);
const wholeBits: ReadonlyMap<number, readonly [bits: number, signed: boolean]> = new Map([
  [2, [8, false]],
  [3, [8, true]],
  [4, [16, false]],
  [5, [16, true]],
  [6, [32, true]],
  [7, [64, true]],
  [12, [32, false]],
  [13, [64, false]],
]);
const BOOL = 9;

function cast(n: OnnxNode): Value {
  const x = n.value(0);
  const to = n.int('to');
  if (floatTypes.has(to)) return toFloats(x);
  if (to === BOOL) return toBools(x);
  const whole = wholeBits.get(to);
  if (whole === undefined) throw new RangeError(`a cast to the type number ${to} is not supported`);
  return toWholes(x, ...whole);
}

/** All floats are float32 here, so a cast among them changes nothing. */
function toFloats(x: Value): Value {
  if (x.dtype === 'float32') return x;
  return isKnown(x) ? known('float32', x.shape, x.data) : compare.toFloat(x);
}

function toBools(x: Value): Value {
  if (x.dtype === 'bool') return x;
  if (isKnown(x)) return tabulate('bool', x.shape, (i) => (Number(x.data[i]) === 0 ? 0 : 1));
  return not(compare.equal(compare.toFloat(x), 0));
}

function toWholes(x: Value, bits: number, signed: boolean): Value {
  if (!isKnown(x)) return x.dtype === 'bool' ? compare.toInt(compare.toFloat(x)) : compare.toInt(x);
  const wrap = signed ? BigInt.asIntN : BigInt.asUintN;
  return tabulate('int64', x.shape, (i) => {
    const v = x.data[i];
    return wrap(bits, typeof v === 'bigint' ? v : BigInt(finite(Math.trunc(v))));
  });
}

function finite(x: number): number {
  if (!Number.isFinite(x)) throw new RangeError(`${x} cannot be cast to a whole number`);
  return x;
}

function castLike(n: OnnxNode): Value {
  const x = n.value(0);
  switch (n.value(1).dtype) {
    case 'float32':
      return toFloats(x);
    case 'bool':
      return toBools(x);
    case 'int64':
      return toWholes(x, 64, true);
  }
}

/** True where a float is 0, that is where a boolean as a number is false. */
function not(x: Expr): Expr {
  return compare.equal(compare.toFloat(x), 0);
}

function isNaNRule(n: OnnxNode): Value {
  const x = n.value(0);
  if (isKnown(x)) return mapKnown(n.claim, 'bool', [x], (v) => Number.isNaN(v));
  return not(compare.equal(n.expr(0), n.expr(0)));
}

export const logic: Readonly<Record<string, Rule>> = {
  Equal: comparison(compare.equal, (a, b) => a === b),
  Less: comparison(compare.less, (a, b) => a < b),
  LessOrEqual: comparison(compare.lessEqual, (a, b) => a <= b),
  Greater: comparison(compare.greater, (a, b) => a > b),
  GreaterOrEqual: comparison(compare.greaterEqual, (a, b) => a >= b),
  And: logical(
    2,
    (a, b) => a * b === 1,
    (a, b) => compare.greater(mul(a, b), 0.5),
  ),
  Or: logical(
    2,
    (a, b) => a + b > 0,
    (a, b) => compare.greater(add(a, b), 0.5),
  ),
  Xor: logical(
    2,
    (a, b) => a !== b,
    (a, b) => not(compare.equal(a, b)),
  ),
  Not: logical(1, (a) => a === 0, not),
  Where: choose,
  Cast: cast,
  CastLike: castLike,
  IsNaN: isNaNRule,
};
