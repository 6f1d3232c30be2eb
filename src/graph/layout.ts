import { formatShape, type Shape, sameShape, sizeOf } from '../tensor/tensor.js';
import { axisOf, type Expr, node, type Op } from './expr.js';
import { sum } from './reduce.js';
import { broadcastShapes, broadcastStrides, stridesOf, walk } from './strides.js';

const reshapeOp: Op<null> = {
  name: 'reshape',
  gradient: (n, g) => [reshape(g, n.inputs[0].shape)],
  evaluate: (_n, [x]) => x.data,
  onnx: (n, [x], emit) => emit.op('Reshape', [x, emit.ints([n.shape.length], n.shape)]),
};

/** The same values in the same order under another shape; one size may be -1. */
export function reshape(x: Expr, shape: Shape): Expr {
  const known = shape.reduce((a, n) => (n === -1 ? a : a * n), 1);
  const full = shape.map((n) => (n === -1 ? sizeOf(x.shape) / known : n));
  if (sizeOf(full) !== sizeOf(x.shape) || !full.every(Number.isInteger)) {
    throw new RangeError(`cannot reshape ${formatShape(x.shape)} to ${formatShape(shape)}`);
  }
  return sameShape(full, x.shape) ? x : node(reshapeOp, [x], null, full, x.dtype);
}

const transposeOp: Op<{ permutation: readonly number[] }> = {
  name: 'transpose',
  gradient: (n, g) => [transpose(g, inverse(n.attrs.permutation))],
  evaluate(n, [x]) {
    const own = stridesOf(x.shape);
    const out = new Float64Array(x.data.length);
    walk(
      n.shape,
      n.attrs.permutation.map((p) => own[p]),
      (i, k) => {
        out[i] = x.data[k];
      },
    );
    return out;
  },
  onnx: (n, [x], emit) => emit.op('Transpose', [x], { perm: n.attrs.permutation }),
};

/** Axes reordered: axis i of the result is axis `permutation[i]` of x. Without one, the last two are swapped. */
export function transpose(x: Expr, permutation?: readonly number[]): Expr {
  const rank = x.shape.length;
  const p = permutation ?? [...Array(rank - 2).keys(), rank - 1, rank - 2];
  if (p.length !== rank || new Set(p).size !== rank || !p.every((a) => a >= 0 && a < rank)) {
    throw new RangeError(`[${p}] is not a permutation of ${rank} axes`);
  }
  if (p.every((a, i) => a === i)) return x;
  return node(
    transposeOp,
    [x],
    { permutation: [...p] },
    p.map((a) => x.shape[a]),
    x.dtype,
  );
}

function inverse(permutation: readonly number[]): number[] {
  const out = new Array<number>(permutation.length);
  permutation.forEach((p, i) => {
    out[p] = i;
  });
  return out;
}

const broadcastOp: Op<null> = {
  name: 'broadcastTo',
  gradient: (n, g) => [sumTo(g, n.inputs[0].shape)],
  evaluate(n, [x]) {
    const out = new Float64Array(sizeOf(n.shape));
    walk(n.shape, broadcastStrides(x.shape, n.shape), (i, k) => {
      out[i] = x.data[k];
    });
    return out;
  },
  onnx: (n, [x], emit) => emit.op('Expand', [x, emit.ints([n.shape.length], n.shape)]),
};

/** Values repeated to a larger shape by the broadcasting rule. */
export function broadcastTo(x: Expr, shape: Shape): Expr {
  if (sameShape(x.shape, shape)) return x;
  if (!sameShape(broadcastShapes(x.shape, shape), shape))
    throw new RangeError(`${formatShape(x.shape)} does not broadcast to ${formatShape(shape)}`);
  return node(broadcastOp, [x], null, [...shape], x.dtype);
}

/** Sum a tensor down to a shape that broadcasts to it: the transpose of broadcasting. */
export function sumTo(x: Expr, shape: Shape): Expr {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const axes = x.shape.flatMap((n, i) => (i < lead || (shape[i - lead] === 1 && n !== 1) ? [i] : []));
  return reshape(sum(x, axes), shape);
}

const concatOp: Op<{ axis: number }> = {
  name: 'concat',
  gradient(n, g) {
    let start = 0;
    return n.inputs.map((x) => {
      const part = slice(g, [start], [start + x.shape[n.attrs.axis]], [n.attrs.axis]);
      start += x.shape[n.attrs.axis];
      return part;
    });
  },
  evaluate(n, inputs) {
    const out = new Float64Array(sizeOf(n.shape));
    const own = stridesOf(n.shape);
    let start = 0;
    for (const x of inputs) {
      walk(
        x.shape,
        own,
        (i, k) => {
          out[k] = x.data[i];
        },
        start * own[n.attrs.axis],
      );
      start += x.shape[n.attrs.axis];
    }
    return out;
  },
  onnx: (n, inputs, emit) => emit.op('Concat', inputs, { axis: n.attrs.axis }),
};

/** Tensors joined along an axis; all other sizes must agree. */
export function concat(list: readonly Expr[], axis: number): Expr {
  const a = axisOf(axis, list[0].shape.length);
  if (list.length === 1) return list[0];
  for (const x of list) {
    const agrees = x.shape.length === list[0].shape.length && x.shape.every((n, i) => i === a || n === list[0].shape[i]);
    if (!agrees) throw new RangeError(`cannot concatenate ${formatShape(list[0].shape)} and ${formatShape(x.shape)} along axis ${axis}`);
  }
  const shape = list[0].shape.map((n, i) => (i === a ? list.reduce((total, x) => total + x.shape[a], 0) : n));
  return node(concatOp, list, { axis: a }, shape, list[0].dtype);
}

interface SliceAttrs {
  /** One entry an axis: first index, step (may be negative); the count is the shape. */
  readonly starts: readonly number[];
  readonly steps: readonly number[];
}

const sliceOp: Op<SliceAttrs> = {
  name: 'slice',
  gradient: (n, g) => [unslice(g, n.inputs[0].shape, n.attrs)],
  evaluate(n, [x]) {
    const own = stridesOf(x.shape);
    const out = new Float64Array(sizeOf(n.shape));
    const { starts, steps } = n.attrs;
    walk(
      n.shape,
      own.map((s, i) => s * steps[i]),
      (i, k) => {
        out[i] = x.data[k];
      },
      own.reduce((total, s, i) => total + s * starts[i], 0),
    );
    return out;
  },
  // Steps backwards are taken as steps forwards, then turned: on WebGPU the engine reads a part of an axis backwards wrongly.
  onnx(n, [x], emit) {
    const { starts, steps } = n.attrs;
    const sizes = n.inputs[0].shape;
    const forwards = starts.map((s, i) => (steps[i] < 0 ? s + steps[i] * (n.shape[i] - 1) : s));
    const cut = (
      value: string,
      axes: number[],
      start: (axis: number) => number,
      end: (axis: number) => number,
      step: (axis: number) => number,
    ): string => {
      const list = (f: (axis: number) => number): string => emit.ints([axes.length], axes.map(f));
      return axes.length === 0 ? value : emit.op('Slice', [value, list(start), list(end), list((axis) => axis), list(step)]);
    };
    const all = starts.map((_, i) => i);
    const part = all.filter((i) => Math.abs(steps[i]) !== 1 || n.shape[i] !== sizes[i]);
    const kept = cut(
      x,
      part,
      (i) => forwards[i],
      (i) => forwards[i] + Math.abs(steps[i]) * (n.shape[i] - 1) + 1,
      (i) => Math.abs(steps[i]),
    );
    const turned = all.filter((i) => steps[i] < 0);
    return cut(
      kept,
      turned,
      () => -1,
      () => -(2 ** 31),
      () => -1,
    );
  },
};

/**
 * Part of a tensor, as numpy's `x[start:end:step]`: negative starts and ends count from the back, steps may be negative.
 * @param axes the axes that `starts` and `ends` speak of; by default the first ones.
 */
export function slice(
  x: Expr,
  starts: readonly number[],
  ends: readonly number[],
  axes?: readonly number[],
  steps?: readonly number[],
): Expr {
  const first = x.shape.map(() => 0);
  const step = x.shape.map(() => 1);
  const shape = [...x.shape];
  (axes ?? starts.map((_, i) => i)).forEach((axis, i) => {
    const a = axisOf(axis, x.shape.length);
    const n = x.shape[a];
    const s = steps?.[i] ?? 1;
    const clamp = (v: number, low: number, high: number): number => Math.min(Math.max(v < 0 ? v + n : v, low), high);
    const from = s > 0 ? clamp(starts[i], 0, n) : clamp(starts[i], -1, n - 1);
    const to = ends[i] === -Infinity ? -1 : s > 0 ? clamp(ends[i], 0, n) : clamp(ends[i], -1, n - 1);
    first[a] = from;
    step[a] = s;
    shape[a] = Math.max(0, Math.ceil((to - from) / s));
  });
  if (shape.some((n) => n === 0)) throw new RangeError(`empty slice of ${formatShape(x.shape)}`);
  if (sameShape(shape, x.shape) && step.every((s) => s === 1)) return x;
  return node(sliceOp, [x], { starts: first, steps: step }, shape, x.dtype);
}

/** The transpose of `slice`: values put back in place, zero elsewhere. */
function unslice(g: Expr, shape: Shape, { starts, steps }: SliceAttrs): Expr {
  let out = flip(
    g,
    steps.flatMap((s, i) => (s < 0 ? [i] : [])),
  );
  // spread strided axes by inserting zeros after each value: [n] -> [n, 1] -> [n, step] -> [n * step]
  for (let axis = 0; axis < shape.length; axis++) {
    const step = Math.abs(steps[axis]);
    if (step === 1) continue;
    const split = [...out.shape.slice(0, axis + 1), 1, ...out.shape.slice(axis + 1)];
    const before = split.map(() => 0);
    const spread = pad(
      reshape(out, split),
      before,
      split.map((_, i) => (i === axis + 1 ? step - 1 : 0)),
    );
    const joined = reshape(spread, [...out.shape.slice(0, axis), out.shape[axis] * step, ...out.shape.slice(axis + 1)]);
    out = slice(joined, [0], [(out.shape[axis] - 1) * step + 1], [axis]);
  }
  const low = shape.map((_, i) => (steps[i] > 0 ? starts[i] : starts[i] + steps[i] * (g.shape[i] - 1)));
  return pad(
    out,
    low,
    shape.map((n, i) => n - low[i] - out.shape[i]),
  );
}

/** Order reversed along the axes. */
export function flip(x: Expr, axes: readonly number[]): Expr {
  if (axes.length === 0) return x;
  return slice(
    x,
    axes.map(() => -1),
    axes.map(() => -Infinity),
    axes,
    axes.map(() => -1),
  );
}

const padOp: Op<{ before: readonly number[]; after: readonly number[] }> = {
  name: 'pad',
  gradient: (n, g) => [
    slice(
      g,
      n.attrs.before,
      n.shape.map((size, i) => size - n.attrs.after[i]),
    ),
  ],
  evaluate(n, [x]) {
    const own = stridesOf(n.shape);
    const out = new Float64Array(sizeOf(n.shape));
    walk(
      x.shape,
      own,
      (i, k) => {
        out[k] = x.data[i];
      },
      own.reduce((total, s, i) => total + s * n.attrs.before[i], 0),
    );
    return out;
  },
  onnx: (n, [x], emit) => emit.op('Pad', [x, emit.ints([2 * n.shape.length], [...n.attrs.before, ...n.attrs.after])]),
};

/** Zeros put around a tensor: `before[i]` and `after[i]` on axis i. */
export function pad(x: Expr, before: readonly number[], after: readonly number[]): Expr {
  if (
    before.length !== x.shape.length ||
    after.length !== x.shape.length ||
    ![...before, ...after].every((n) => Number.isInteger(n) && n >= 0)
  ) {
    throw new RangeError(`pad needs two whole numbers >= 0 for each of ${x.shape.length} axes, got [${before}] and [${after}]`);
  }
  if ([...before, ...after].every((n) => n === 0)) return x;
  return node(
    padOp,
    [x],
    { before: [...before], after: [...after] },
    x.shape.map((n, i) => n + before[i] + after[i]),
  );
}
