import { formatShape, type Shape, sizeOf } from '../tensor/tensor.js';
import { axisOf, constantInt, type Expr, node, type Op } from './expr.js';
import { reshape, transpose } from './layout.js';

const gatherOp: Op<{ axis: number }> = {
  name: 'gather',
  // moving the axis to the front makes the gradient a sum into rows
  gradient(n, g) {
    const [x, indices] = n.inputs;
    const { axis } = n.attrs;
    const rank = x.shape.length;
    const k = indices.shape.length;
    const front = [...Array(k).keys()].map((i) => i + axis);
    const rest = [...Array(g.shape.length).keys()].filter((i) => !front.includes(i));
    const rows = reshape(transpose(g, [...front, ...rest]), [sizeOf(indices.shape), ...x.shape.filter((_, i) => i !== axis)]);
    const summed = scatterAdd(reshape(indices, [sizeOf(indices.shape)]), rows, x.shape[axis]);
    const order = [...Array(rank).keys()].map((i) => (i === axis ? 0 : i < axis ? i + 1 : i));
    return [transpose(summed, order), undefined];
  },
  evaluate(n, [x, indices]) {
    const { axis } = n.attrs;
    const inner = sizeOf(x.shape.slice(axis + 1));
    const outer = sizeOf(x.shape.slice(0, axis));
    const size = x.shape[axis];
    const out = new Float64Array(sizeOf(n.shape));
    let at = 0;
    for (let o = 0; o < outer; o++) {
      for (const raw of indices.data) {
        const i = raw < 0 ? raw + size : raw;
        if (i < 0 || i >= size) throw new RangeError(`gather: index ${raw} is outside an axis of size ${size}`);
        out.set(x.data.subarray((o * size + i) * inner, (o * size + i + 1) * inner), at);
        at += inner;
      }
    }
    return out;
  },
  onnx: (n, inputs, emit) => emit.op('Gather', inputs, { axis: n.attrs.axis }),
};

/** Entries picked along an axis by int64 indices; the indices' shape takes the axis' place. */
export function gather(x: Expr, indices: Expr, axis = 0): Expr {
  if (indices.dtype !== 'int64') throw new TypeError(`gather needs int64 indices, got ${indices.dtype}`);
  const a = axisOf(axis, x.shape.length);
  return node(gatherOp, [x, indices], { axis: a }, [...x.shape.slice(0, a), ...indices.shape, ...x.shape.slice(a + 1)], x.dtype);
}

const scatterAddOp: Op<null> = {
  name: 'scatterAdd',
  gradient: (n, g) => [undefined, gather(g, n.inputs[0], 0)],
  evaluate(n, [indices, rows]) {
    const out = new Float64Array(sizeOf(n.shape));
    const inner = sizeOf(rows.shape.slice(1));
    indices.data.forEach((row, i) => {
      for (let k = 0; k < inner; k++) out[row * inner + k] += rows.data[i * inner + k];
    });
    return out;
  },
  onnx(n, [indices, rows], emit) {
    const zeros = emit.op('Expand', [emit.floats([], [0]), emit.ints([n.shape.length], n.shape)]);
    const column = emit.op('Reshape', [indices, emit.ints([2], [-1, 1])]);
    return emit.op('ScatterND', [zeros, column, rows], { reduction: 'add' });
  },
};

/** Row i of `rows` [M, ...] added into row `indices[i]` of zeros [count, ...]: the transpose of `gather` on axis 0. */
export function scatterAdd(indices: Expr, rows: Expr, count: number): Expr {
  if (indices.shape.length !== 1 || indices.shape[0] !== rows.shape[0]) {
    throw new RangeError(`scatterAdd needs one index a row, got ${formatShape(indices.shape)} for ${formatShape(rows.shape)}`);
  }
  const shape: Shape = [count, ...rows.shape.slice(1)];
  return node(scatterAddOp, [indices, rows], null, shape);
}

function argOp(name: string, onnx: string, better: (a: number, b: number) => boolean): Op<{ axis: number }> {
  return {
    name,
    evaluate(n, [x]) {
      const { axis } = n.attrs;
      const inner = sizeOf(x.shape.slice(axis + 1));
      const size = x.shape[axis];
      const out = new Float64Array(sizeOf(n.shape));
      for (let i = 0; i < out.length; i++) {
        const base = Math.floor(i / inner) * size * inner + (i % inner);
        let best = 0;
        for (let k = 1; k < size; k++) if (better(x.data[base + k * inner], x.data[base + best * inner])) best = k;
        out[i] = best;
      }
      return out;
    },
    onnx(n, [x], emit) {
      const size = n.inputs[0].shape[n.attrs.axis];
      const part = partOf(size);
      if (emit.webgpu || part === 1 || n.attrs.axis !== n.inputs[0].shape.length - 1)
        return emit.op(onnx, [x], { axis: n.attrs.axis, keepdims: 0 });
      // On the CPU the engine finds an extreme value six times faster than its place: first the part that holds it, then the place there.
      const ints = (...values: number[]): string => emit.ints([values.length], values);
      const parts = emit.op('Reshape', [x, ints(-1, size / part, part)]);
      const place = (value: string): string => emit.op(onnx, [value], { axis: 1, keepdims: 1 });
      const which = place(emit.op(`Reduce${onnx.slice(3)}`, [parts, ints(2)], { keepdims: 0 })); // [M, 1]
      const within = place(emit.op('GatherND', [parts, which], { batch_dims: 1 }));
      const index = emit.op('Add', [emit.op('Mul', [which, emit.ints([], [part])]), within]);
      return emit.op('Reshape', [index, ints(...n.shape)]);
    },
  };
}

/** The largest divisor of `size` from 16 to 128 that leaves 16 parts or more; 1 if there is none. */
function partOf(size: number): number {
  for (let part = Math.min(128, Math.floor(size / 16)); part >= 16; part--) if (size % part === 0) return part;
  return 1;
}

const argminOp = argOp('argmin', 'ArgMin', (a, b) => a < b);
const argmaxOp = argOp('argmax', 'ArgMax', (a, b) => a > b);

/** Index (int64) of the smallest entry along an axis, which vanishes; the first one on a tie. No gradient. */
export function argmin(x: Expr, axis: number): Expr {
  return arg(argminOp, x, axis);
}

/** Index (int64) of the largest entry along an axis, which vanishes; the first one on a tie. No gradient. */
export function argmax(x: Expr, axis: number): Expr {
  return arg(argmaxOp, x, axis);
}

function arg(op: Op<{ axis: number }>, x: Expr, axis: number): Expr {
  const a = axisOf(axis, x.shape.length);
  return node(
    op,
    [x],
    { axis: a },
    x.shape.filter((_, i) => i !== a),
    'int64',
  );
}

/** Mirrored without repeating the edge, one axis after the other, as numpy's `reflect`; wider than the image it goes on mirroring. */
export function reflectPad(x: Expr, before: readonly number[], after: readonly number[]): Expr {
  let out = x;
  x.shape.forEach((n, axis) => {
    if (before[axis] === 0 && after[axis] === 0) return;
    const period = Math.max(1, 2 * (n - 1));
    const indices = Array.from({ length: n + before[axis] + after[axis] }, (_, i) => {
      const k = (((i - before[axis]) % period) + period) % period;
      return k < n ? k : period - k;
    });
    out = gather(out, constantInt([indices.length], indices), axis);
  });
  return out;
}
