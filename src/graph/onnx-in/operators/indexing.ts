import { formatShape, type Shape, sizeOf } from '../../../tensor/tensor.js';
import { equal, less, toFloat, where } from '../../compare.js';
import { add } from '../../elementwise.js';
import { axisOf, constant, constantInt, type Expr } from '../../expr.js';
import { argmax, argmin, gather } from '../../gather.js';
import { concat, reshape, slice } from '../../layout.js';
import { stridesOf, walk } from '../../strides.js';
import type { OnnxNode, Rule } from '../onnx-node.js';
import { isKnown, known, tabulate, toExpr, type Value } from '../values.js';

function sliceRule(n: OnnxNode): Value {
  const x = n.value(0);
  const [starts, ends] = [n.wholes(1), n.wholes(2)];
  const axes = n.checkAxes(n.has(3) ? n.wholes(3) : starts.map((_, i) => i), x.shape.length);
  const steps = n.has(4) ? n.wholes(4) : starts.map(() => 1);
  if (ends.length !== starts.length || axes.length !== starts.length || steps.length !== starts.length || steps.includes(0))
    throw new RangeError(`starts [${starts}], ends [${ends}], axes [${axes}] and steps [${steps}] do not fit together`);
  const shape = [...x.shape];
  axes.forEach((a, i) => {
    shape[a] = sliceSize(x.shape[a], starts[i], ends[i], steps[i]);
  });
  if (isKnown(x) && sizeOf(shape) === 0) return known(x.dtype, shape, []);
  return n.move([x], (e) => slice(e, starts, ends, axes, steps));
}

/** Elements that a slice of an axis has, by numpy's rule. */
function sliceSize(size: number, start: number, end: number, step: number): number {
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const clamp = (v: number): number => Math.min(Math.max(v < 0 ? v + size : v, low), high);
  return Math.max(0, Math.ceil((clamp(end) - clamp(start)) / step));
}

function gatherRule(n: OnnxNode): Value {
  const [x, indices] = [n.value(0), n.value(1)];
  const axis = axisOf(n.int('axis', 0), x.shape.length);
  if (!isKnown(indices)) return gather(n.expr(0), indexExpr(indices), axis);
  const size = x.shape[axis];
  const list = n.wholes(1).map((i) => (i < 0 ? i + size : i));
  const outside = list.find((i) => i < 0 || i >= size);
  if (outside !== undefined) throw new RangeError(`index ${outside} is outside an axis of size ${size}`);
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  if (isKnown(x) && sizeOf(shape) === 0) return known(x.dtype, shape, []);
  // evenly spaced indices are a slice, whose gradient costs less
  const step = list.length > 1 ? list[1] - list[0] : 1;
  const even = step > 0 && list.every((v, i) => v === list[0] + i * step);
  if (even) return n.move([x], (e) => reshape(slice(e, [list[0]], [list[list.length - 1] + 1], [axis], [step]), shape));
  return n.move([x], (e) => gather(e, constantInt(indices.shape, list), axis));
}

function indexExpr(indices: Value): Expr {
  if (indices.dtype !== 'int64') throw new TypeError('its indices must be whole numbers');
  return toExpr(indices);
}

/** Elements at known flat positions. */
function pick(n: OnnxNode, x: Value, positions: ArrayLike<number>, shape: Shape): Value {
  return n.move([x], (e) => reshape(gather(reshape(e, [sizeOf(x.shape)]), constantInt([positions.length], positions)), shape));
}

function gatherElements(n: OnnxNode): Value {
  const x = n.value(0);
  const { shape } = n.value(1);
  return pick(n, x, elementPositions(n, x.shape, shape, n.wholes(1)), shape);
}

/** Flat positions in a tensor that `GatherElements` and `ScatterElements` speak of: each index replaces one coordinate of its own place. */
function elementPositions(n: OnnxNode, shape: Shape, indexShape: Shape, indices: readonly number[]): Float64Array {
  const axis = axisOf(n.int('axis', 0), shape.length);
  if (indexShape.length !== shape.length || indexShape.some((size, i) => i !== axis && size > shape[i]))
    throw new RangeError(`indices ${formatShape(indexShape)} do not fit ${formatShape(shape)}`);
  const strides = stridesOf(shape);
  n.claim(indices.length);
  const positions = new Float64Array(indices.length);
  walk(
    indexShape,
    strides.map((s, i) => (i === axis ? 0 : s)),
    (i, k) => {
      positions[i] = k + inside(indices[i], shape[axis]) * strides[axis];
    },
  );
  return positions;
}

function gatherNd(n: OnnxNode): Value {
  const x = n.value(0);
  if (n.int('batch_dims', 0) !== 0) throw new RangeError('batch_dims other than 0 are not supported');
  const { shape } = n.value(1);
  const { positions, inner } = tuplePositions(n, x.shape, shape, n.wholes(1));
  return pick(n, x, positions, [...shape.slice(0, -1), ...inner]);
}

/** Flat positions that the index tuples of `GatherND` and `ScatterND` speak of, each of them a whole block of the shape `inner`. */
function tuplePositions(
  n: OnnxNode,
  shape: Shape,
  indexShape: Shape,
  indices: readonly number[],
): { positions: Float64Array; inner: Shape } {
  const depth = indexShape[indexShape.length - 1];
  if (indexShape.length === 0 || depth > shape.length)
    throw new RangeError(`indices ${formatShape(indexShape)} do not fit ${formatShape(shape)}`);
  const strides = stridesOf(shape);
  const inner = shape.slice(depth);
  const block = sizeOf(inner);
  const count = sizeOf(indexShape.slice(0, -1));
  n.claim(count * block);
  const positions = new Float64Array(count * block);
  for (let i = 0; i < count; i++) {
    let start = 0;
    for (let k = 0; k < depth; k++) start += inside(indices[i * depth + k], shape[k]) * strides[k];
    for (let k = 0; k < block; k++) positions[i * block + k] = start + k;
  }
  return { positions, inner };
}

function inside(index: number, size: number): number {
  const i = index < 0 ? index + size : index;
  if (i < 0 || i >= size) throw new RangeError(`index ${index} is outside an axis of size ${size}`);
  return i;
}

/** Entries replaced at known places: each element of the result is picked from the data or from the updates. */
function scatter(positionsOf: (n: OnnxNode, shape: Shape, indexShape: Shape, indices: readonly number[]) => Float64Array): Rule {
  return (n) => {
    const [x, updates] = [n.value(0), n.value(2)];
    if (n.string('reduction', 'none') !== 'none') throw new RangeError('only reduction="none" is supported');
    const positions = positionsOf(n, x.shape, n.value(1).shape, n.wholes(1));
    const size = sizeOf(x.shape);
    if (positions.length !== sizeOf(updates.shape)) throw new RangeError(`updates ${formatShape(updates.shape)} do not fit the indices`);
    if (positions.length === 0) return x;
    n.claim(size);
    const sources = Array.from({ length: size }, (_, i) => i);
    positions.forEach((place, i) => {
      sources[place] = size + i;
    });
    return n.move([x, updates], (a, b) => {
      const all = concat([reshape(a, [size]), reshape(b, [positions.length])], 0);
      return reshape(gather(all, constantInt([size], sources)), x.shape);
    });
  };
}

function arg(f: (x: Expr, axis: number) => Expr): Rule {
  return (n) => {
    const x = toFloat(toExpr(n.value(0)));
    const axis = axisOf(n.int('axis', 0), x.shape.length);
    if (n.int('select_last_index', 0) !== 0) throw new RangeError('select_last_index=1 is not supported: the first of equals is taken');
    const index = f(x, axis);
    return n.int('keepdims', 1) === 0
      ? index
      : reshape(
          index,
          x.shape.map((size, i) => (i === axis ? 1 : size)),
        );
  };
}

/** Whole numbers as rows that are `on` at that place and `off` elsewhere. */
function oneHot(n: OnnxNode): Value {
  const indices = n.value(0);
  const depth = n.scalar(1);
  const values = n.known(2);
  if (values.dtype !== 'float32' || values.data.length !== 2) throw new RangeError('its values must be two floats, off and on');
  if (!Number.isInteger(depth) || depth < 1) throw new RangeError(`${depth} is no number of classes`);
  const rank = indices.shape.length + 1;
  const axis = axisOf(n.int('axis', -1), rank);
  n.claim(depth);
  const open = (shape: Shape): number[] => [...shape.slice(0, axis), 1, ...shape.slice(axis)];
  const index = reshape(toFloat(toExpr(indices)), open(indices.shape));
  const range = constant({ shape: [depth], data: Float32Array.from({ length: depth }, (_, i) => i) });
  const classes = reshape(
    range,
    Array.from({ length: rank }, (_, i) => (i === axis ? depth : 1)),
  );
  const [off, on] = values.data;
  return where(equal(where(less(index, 0), add(index, depth), index), classes), on, off);
}

/** The upper or lower triangle of the last two axes, zero elsewhere. */
function trilu(n: OnnxNode): Value {
  const x = n.value(0);
  const k = n.has(1) ? n.scalar(1) : 0;
  const upper = n.int('upper', 1) !== 0;
  const [rows, columns] = x.shape.slice(-2);
  if (x.shape.length < 2) throw new RangeError(`it takes matrices, got shape ${formatShape(x.shape)}`);
  n.claim(rows * columns);
  const mask = tabulate('bool', [rows, columns], (i) => {
    const diagonal = (i % columns) - Math.floor(i / columns);
    return Number(upper ? diagonal >= k : diagonal <= k);
  });
  if (x.dtype === 'float32') return where(toExpr(mask), toExpr(x), 0);
  const given = n.known(0);
  n.claim(given.data.length);
  return tabulate(given.dtype, given.shape, (i) => (mask.data[i % (rows * columns)] ? given.data[i] : 0));
}

export const indexing: Readonly<Record<string, Rule>> = {
  Slice: sliceRule,
  Gather: gatherRule,
  GatherElements: gatherElements,
  GatherND: gatherNd,
  ScatterElements: scatter(elementPositions),
  ScatterND: scatter((n, shape, indexShape, indices) => tuplePositions(n, shape, indexShape, indices).positions),
  ArgMax: arg(argmax),
  ArgMin: arg(argmin),
  OneHot: oneHot,
  Trilu: trilu,
};
