import { sizeOf } from '../../../tensor/tensor.js';
import { where } from '../../compare.js';
import { constantInt, type Expr } from '../../expr.js';
import { gather, reflectPad } from '../../gather.js';
import { pad, slice } from '../../layout.js';
import { stridesOf, walk } from '../../strides.js';
import type { OnnxNode, Rule } from '../onnx-node.js';
import { known, toExpr, type Value } from '../values.js';

/** Negative pads cut off, as torch.nn.functional.pad has them too. */
function padRule(n: OnnxNode): Value {
  const source = n.value(0);
  const rank = source.shape.length;
  const axes = n.checkAxes(n.has(3) ? n.wholes(3) : source.shape.map((_, i) => i), rank);
  const given = n.wholes(1);
  if (given.length !== 2 * axes.length || given.some((p) => !Number.isSafeInteger(p)))
    throw new RangeError(`[${given}] are no pads for ${axes.length} axes`);
  const [before, after] = [new Array<number>(rank).fill(0), new Array<number>(rank).fill(0)];
  axes.forEach((a, i) => {
    before[a] = given[i];
    after[a] = given[axes.length + i];
  });
  const mode = n.string('mode', 'constant');
  if ([...before, ...after].every((p) => p === 0)) return source;
  const cut = n.move([source], (e) =>
    slice(
      e,
      before.map((p) => Math.max(0, -p)),
      e.shape.map((size, i) => size + Math.min(0, after[i])),
    ),
  );
  const [low, high] = [before.map((p) => Math.max(0, p)), after.map((p) => Math.max(0, p))];
  const longest = Math.max(...cut.shape.map((size, i) => size + low[i] + high[i]));
  n.claim(longest);
  switch (mode) {
    case 'constant':
      return constantPad(n, cut, low, high);
    case 'reflect':
      if (cut.shape.some((size, i) => Math.max(low[i], high[i]) >= size))
        throw new RangeError(`pads [${given}] reach beyond the mirrored image`);
      return n.move([cut], (e) => reflectPad(e, low, high));
    case 'edge':
      return n.move([cut], (e) => pick(e, low, high, (k, size) => Math.min(Math.max(k, 0), size - 1)));
    case 'wrap':
      return n.move([cut], (e) => pick(e, low, high, (k, size) => ((k % size) + size) % size));
    default:
      throw new RangeError(`mode="${mode}" does not exist`);
  }
}

function constantPad(n: OnnxNode, x: Value, low: readonly number[], high: readonly number[]): Value {
  if (x.dtype !== 'float32') throw new TypeError('whole numbers and booleans are not padded with a constant');
  const e = toExpr(x);
  const value = n.has(2) ? n.scalar(2) : 0;
  const zeros = pad(e, low, high);
  if (value === 0 || zeros === e) return zeros;
  // true where the image is, along the axes that grow
  const grows = (i: number): boolean => low[i] + high[i] > 0;
  const shape = zeros.shape.map((size, i) => (grows(i) ? size : 1));
  n.claim(sizeOf(shape));
  const mask = new Uint8Array(sizeOf(shape));
  const strides = stridesOf(shape);
  walk(
    e.shape.map((size, i) => (grows(i) ? size : 1)),
    strides,
    (_, k) => {
      mask[k] = 1;
    },
    strides.reduce((start, s, i) => start + s * low[i], 0),
  );
  return where(toExpr(known('bool', shape, mask)), zeros, value);
}

/** Entries of each axis by the index that a place outside stands for. */
function pick(x: Expr, low: readonly number[], high: readonly number[], source: (k: number, size: number) => number): Expr {
  return x.shape.reduce((y, size, axis) => {
    if (low[axis] === 0 && high[axis] === 0) return y;
    const indices = Array.from({ length: size + low[axis] + high[axis] }, (_, i) => source(i - low[axis], size));
    return gather(y, constantInt([indices.length], indices), axis);
  }, x);
}

export const padding: Readonly<Record<string, Rule>> = { Pad: padRule };
