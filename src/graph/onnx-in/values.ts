import { formatShape, type Shape, sizeOf } from '../../tensor/tensor.js';
import { greater } from '../compare.js';
import { evaluate } from '../evaluate.js';
import { constant, constantInt, type DType, type Expr, input } from '../expr.js';

/** A value known at import: weights, and the whole numbers that shapes are computed with (exact). Booleans are 0 and 1. */
export type Known =
  | { readonly dtype: 'float32'; readonly shape: Shape; readonly data: Float32Array }
  | { readonly dtype: 'int64'; readonly shape: Shape; readonly data: BigInt64Array }
  | { readonly dtype: 'bool'; readonly shape: Shape; readonly data: Uint8Array };
export type KnownInts = Extract<Known, { dtype: 'int64' }>;

/** What flows along an edge of an ONNX graph while it is read. */
export type Value = Known | Expr;

/** Asks for room for so many elements before they are computed. @throws RangeError when there is no room */
export type Claim = (elements: number) => void;

/** Float results from so many elements are computed at import; larger ones stay graphs of constants, folded when the graph is written. */
export const FOLDED = 4096;

export function isKnown(value: Value): value is Known {
  return !('op' in value);
}

/** A known value from its elements, one after the other. */
export function tabulate(dtype: DType, shape: Shape, at: (i: number) => number | bigint): Known {
  const size = sizeOf(shape);
  switch (dtype) {
    case 'float32': {
      const data = new Float32Array(size);
      for (let i = 0; i < size; i++) data[i] = Number(at(i));
      return { dtype, shape, data };
    }
    case 'int64': {
      const data = new BigInt64Array(size);
      for (let i = 0; i < size; i++) data[i] = BigInt(at(i));
      return { dtype, shape, data };
    }
    case 'bool': {
      const data = new Uint8Array(size);
      for (let i = 0; i < size; i++) data[i] = Number(at(i));
      return { dtype, shape, data };
    }
  }
}

/** A known value from a list; floats that are float32 already are not copied. */
export function known(dtype: DType, shape: Shape, data: ArrayLike<number | bigint>): Known {
  if (dtype === 'float32' && data instanceof Float32Array) return { dtype, shape, data };
  return tabulate(dtype, shape, (i) => data[i]);
}

const exprs = new WeakMap<Known, Expr>();

/** A value as a graph; one known value gives one constant, however often it is used. */
export function toExpr(value: Value): Expr {
  if (!isKnown(value)) return value;
  let expr = exprs.get(value);
  if (expr === undefined) {
    expr = constantOf(value);
    exprs.set(value, expr);
  }
  return expr;
}

function constantOf({ dtype, shape, data }: Known): Expr {
  if (sizeOf(shape) === 0) throw new RangeError(`a tensor without elements, ${formatShape(shape)}, cannot be computed with`);
  if (dtype === 'float32') return constant({ shape, data });
  if (dtype === 'bool') return greater(constant({ shape, data: Float32Array.from(data) }), 0.5);
  for (const v of data) if (v < -(2n ** 31n) || v >= 2n ** 31n) throw new RangeError(`the whole number ${v} is too large to compute with`);
  return constantInt(shape, Array.from(data, Number));
}

/** The value of a graph of constants. */
export function knownValue(expr: Expr): Known {
  const { shape, data } = evaluate({ expr }).expr;
  return known(expr.dtype, shape, data);
}

/**
 * An operation that only moves elements, such as a transposition. On known values it is carried out on their positions, so that every
 * type is moved exactly by the same rule; on others it becomes part of the graph.
 */
export function move(claim: Claim, values: readonly Value[], f: (...x: Expr[]) => Expr): Value {
  const { dtype } = values[0];
  if (values.some((v) => v.dtype !== dtype))
    throw new TypeError(`inputs of one type are needed, got ${values.map((v) => v.dtype).join(', ')}`);
  const total = values.reduce((sum, v) => sum + sizeOf(v.shape), 0);
  if (!values.every(isKnown) || (dtype === 'float32' && total > FOLDED)) return f(...values.map(toExpr));
  const y = f(...values.map((v, i) => input(`x${i}`, v.shape)));
  claim(sizeOf(y.shape));
  let start = 0;
  const feeds = Object.fromEntries(
    values.map(({ shape }, i) => {
      const first = start;
      start += sizeOf(shape);
      return [`x${i}`, { shape, data: Float64Array.from({ length: sizeOf(shape) }, (_, k) => first + k) }];
    }),
  );
  const positions = evaluate({ y }, feeds).y.data;
  const { data } = values.length === 1 ? values[0] : endToEnd(values);
  return tabulate(dtype, y.shape, (i) => data[positions[i]]);
}

function endToEnd(values: readonly Known[]): Known {
  let [part, at] = [0, 0];
  const total = values.reduce((sum, v) => sum + v.data.length, 0);
  return tabulate(values[0].dtype, [total], () => {
    while (at === values[part].data.length) [part, at] = [part + 1, 0];
    return values[part].data[at++];
  });
}

/** Known whole numbers as plain ones; what exceeds 2^53 (an open end of a slice) becomes its nearest double. */
export function plain(value: KnownInts): number[] {
  return Array.from(value.data, Number);
}
