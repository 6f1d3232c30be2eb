import { type Shape, sizeOf } from '../../tensor/tensor.js';
import type { DType } from '../expr.js';
import { broadcastShapes, broadcastStrides, walk } from '../strides.js';
import { type Claim, type Known, known, tabulate } from './values.js';

type Scalar = number | bigint;

/** One function applied to the elements of known values under numpy broadcasting. */
export function mapKnown(claim: Claim, dtype: DType, values: readonly Known[], f: (...x: Scalar[]) => Scalar | boolean): Known {
  const shape = values.map((v) => v.shape).reduce(broadcastShapes);
  const size = sizeOf(shape);
  claim(size * values.length);
  const places = values.map((v) => {
    const places = new Int32Array(size);
    walk(shape, broadcastStrides(v.shape, shape), (i, k) => {
      places[i] = k;
    });
    return places;
  });
  return tabulate(dtype, shape, (i) => {
    const y = f(...values.map((v, j) => v.data[places[j][i]]));
    return typeof y === 'boolean' ? Number(y) : y;
  });
}

/** Known whole numbers reduced over axes. */
export function reduceKnown(x: Known, axes: readonly number[], keep: boolean, step: (sofar: bigint, value: bigint) => bigint): Known {
  const kept: Shape = x.shape.map((n, i) => (axes.includes(i) ? 1 : n));
  const out = new Array<bigint | undefined>(sizeOf(kept));
  walk(x.shape, broadcastStrides(kept, x.shape), (i, k) => {
    const value = BigInt(x.data[i]);
    const sofar = out[k];
    out[k] = sofar === undefined ? value : step(sofar, value);
  });
  if (out.includes(undefined)) throw new RangeError('a reduction of no elements has no value here');
  return known('int64', keep ? kept : x.shape.filter((_, i) => !axes.includes(i)), out as bigint[]);
}

/** Division towards zero, as ONNX divides whole numbers. @throws RangeError by zero */
export function divide(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new RangeError('a whole number is divided by zero');
  return a / b;
}

/** Remainder with the sign of the divisor, as Python's %. @throws RangeError by zero */
export function modulo(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new RangeError('a whole number is divided by zero');
  const r = a % b;
  return r !== 0n && r < 0n !== b < 0n ? r + b : r;
}
