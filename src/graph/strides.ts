import { formatShape, type Shape, sizeOf } from '../tensor/tensor.js';

/** Row-major strides. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  for (let i = shape.length - 1, s = 1; i >= 0; i--) {
    strides[i] = s;
    s *= shape[i];
  }
  return strides;
}

/** Shape of two operands under numpy broadcasting. @throws RangeError naming both shapes. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  for (let i = 0; i < rank; i++) {
    const m = a[a.length - rank + i] ?? 1;
    const n = b[b.length - rank + i] ?? 1;
    if (m !== n && m !== 1 && n !== 1) throw new RangeError(`shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast`);
    shape[i] = m === 1 ? n : m;
  }
  return shape;
}

/** Strides to read an array of shape `from` as if it had the (broadcast) shape `to`: 0 on stretched axes. */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const own = stridesOf(from);
  return to.map((_, i) => {
    const k = i - (to.length - from.length);
    return k < 0 || from[k] === 1 ? 0 : own[k];
  });
}

/** Call `visit(position, offset)` for every element of `shape` in order, `offset` walking with `strides` from `start`. */
export function walk(shape: Shape, strides: readonly number[], visit: (position: number, offset: number) => void, start = 0): void {
  const size = sizeOf(shape);
  const rank = shape.length;
  const index = new Int32Array(rank);
  let offset = start;
  for (let position = 0; position < size; position++) {
    visit(position, offset);
    for (let axis = rank - 1; axis >= 0; axis--) {
      offset += strides[axis];
      if (++index[axis] < shape[axis]) break;
      offset -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}
