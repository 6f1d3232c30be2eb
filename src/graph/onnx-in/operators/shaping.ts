import { sizeOf } from '../../../tensor/tensor.js';
import { axisOf, type Expr } from '../../expr.js';
import { broadcastTo, concat, reshape, slice, transpose } from '../../layout.js';
import { broadcastShapes } from '../../strides.js';
import type { OnnxNode, Rule } from '../onnx-node.js';
import type { Value } from '../values.js';

/** A reshape, also of tensors without elements. */
function reshapeValue(n: OnnxNode, x: Value, shape: readonly number[]): Value {
  return n.move([x], (e) => reshape(e, shape));
}

/** 0 copies a size unless `allowzero`; -1 is what remains. */
function reshapeRule(n: OnnxNode): Value {
  const x = n.value(0);
  const copies = n.int('allowzero', 0) === 0;
  const asked = n.wholes(1);
  const shape = asked.map((size, i) => {
    if (size !== 0 || !copies) return size;
    if (i >= x.shape.length) throw new RangeError(`the shape [${asked}] copies axis ${i}, which its input does not have`);
    return x.shape[i];
  });
  if (shape.some((size) => size < -1) || shape.filter((size) => size === -1).length > 1) throw new RangeError(`[${asked}] is no shape`);
  return reshapeValue(n, x, shape);
}

function flatten(n: OnnxNode): Value {
  const x = n.value(0);
  const axis = n.int('axis', 1);
  const at = axis < 0 ? axis + x.shape.length : axis;
  if (at < 0 || at > x.shape.length) throw new RangeError(`axis ${axis} does not exist in a tensor of rank ${x.shape.length}`);
  return reshapeValue(n, x, [sizeOf(x.shape.slice(0, at)), sizeOf(x.shape.slice(at))]);
}

function squeeze(n: OnnxNode): Value {
  const x = n.value(0);
  const axes = n.axes(13, 1);
  const gone = axes === undefined ? x.shape.flatMap((size, i) => (size === 1 ? [i] : [])) : n.checkAxes(axes, x.shape.length);
  for (const a of gone) if (x.shape[a] !== 1) throw new RangeError(`axis ${a} has size ${x.shape[a]} and cannot be squeezed away`);
  return reshapeValue(
    n,
    x,
    x.shape.filter((_, i) => !gone.includes(i)),
  );
}

function unsqueeze(n: OnnxNode): Value {
  const x = n.value(0);
  const axes = n.axes(13, 1);
  if (axes === undefined) throw new RangeError('its axes are missing');
  const rank = x.shape.length + axes.length;
  const put = n.checkAxes(axes, rank);
  const rest = [...x.shape];
  return reshapeValue(
    n,
    x,
    Array.from({ length: rank }, (_, i) => (put.includes(i) ? 1 : rest.shift()!)),
  );
}

function transposeRule(n: OnnxNode): Value {
  const x = n.value(0);
  const permutation = n.ints('perm') ?? x.shape.map((_, i) => x.shape.length - 1 - i);
  return n.move([x], (e) => transpose(e, permutation));
}

function concatRule(n: OnnxNode): Value {
  const values = n.inputs.map((_, i) => n.value(i));
  if (values.length === 0) throw new RangeError('it has nothing to join');
  const axis = n.int('axis');
  // an empty tensor adds nothing
  const full = values.filter((v) => sizeOf(v.shape) > 0);
  return n.move(full.length > 0 ? full : values.slice(0, 1), (...x) => concat(x, axis));
}

/** Parts of equal size (the last may be smaller), or of given sizes. */
function split(n: OnnxNode): Value[] {
  const x = n.value(0);
  const axis = axisOf(n.int('axis', 0), x.shape.length);
  const size = x.shape[axis];
  const count = n.opset >= 18 && n.hasAttribute('num_outputs') ? n.int('num_outputs') : n.proto.output.length;
  if (count !== n.proto.output.length) throw new RangeError(`it is said to have ${count} outputs, but has ${n.proto.output.length}`);
  const each = Math.ceil(size / count);
  const sizes =
    (n.opset < 13 ? n.ints('split') : n.has(1) ? n.wholes(1) : undefined) ??
    Array.from({ length: count }, (_, i) => Math.min(each, size - i * each));
  if (sizes.length !== count || sizes.some((s) => s <= 0) || sizes.reduce((a, b) => a + b, 0) !== size)
    throw new RangeError(`an axis of size ${size} cannot be split into [${sizes}]`);
  let start = 0;
  return sizes.map((s) => {
    const from = start;
    start += s;
    return n.move([x], (e) => slice(e, [from], [from + s], [axis]));
  });
}

function expand(n: OnnxNode): Value {
  const x = n.value(0);
  const shape = broadcastShapes(x.shape, n.wholes(1));
  return n.move([x], (e) => broadcastTo(e, shape));
}

function tile(n: OnnxNode): Value {
  const x = n.value(0);
  const repeats = n.wholes(1);
  if (repeats.length !== x.shape.length || repeats.some((r) => r < 1))
    throw new RangeError(`[${repeats}] are no repeats of a tensor of rank ${x.shape.length}`);
  return n.move([x], (e) => repeat(e, repeats));
}

/** The tensor repeated along its axes: each becomes two, of which the first is stretched. */
function repeat(x: Expr, repeats: readonly number[]): Expr {
  if (repeats.every((r) => r === 1)) return x;
  const split = x.shape.flatMap((size) => [1, size]);
  const stretched = x.shape.flatMap((size, i) => [repeats[i], size]);
  return reshape(
    broadcastTo(reshape(x, split), stretched),
    x.shape.map((size, i) => size * repeats[i]),
  );
}

/** Channels into blocks of pixels: column-row-depth (`CRD`, PixelShuffle) or depth-column-row (`DCR`). */
function depthToSpace(n: OnnxNode): Value {
  const x = n.expr(0);
  const [batch, channels, height, width] = image(x);
  const b = n.int('blocksize');
  const mode = n.string('mode', 'DCR');
  if (b < 1 || channels % b ** 2 !== 0) throw new RangeError(`${channels} channels do not divide into blocks of ${b}x${b}`);
  const c = channels / b ** 2;
  if (mode !== 'DCR' && mode !== 'CRD') throw new RangeError(`mode="${mode}" does not exist`);
  const split = mode === 'DCR' ? reshape(x, [batch, b, b, c, height, width]) : reshape(x, [batch, c, b, b, height, width]);
  const woven = transpose(split, mode === 'DCR' ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3]);
  return reshape(woven, [batch, c, height * b, width * b]);
}

function spaceToDepth(n: OnnxNode): Value {
  const x = n.expr(0);
  const [batch, channels, height, width] = image(x);
  const b = n.int('blocksize');
  if (b < 1 || height % b !== 0 || width % b !== 0) throw new RangeError(`${height}x${width} does not divide into blocks of ${b}x${b}`);
  const split = reshape(x, [batch, channels, height / b, b, width / b, b]);
  return reshape(transpose(split, [0, 3, 5, 1, 2, 4]), [batch, channels * b ** 2, height / b, width / b]);
}

function image({ shape }: Expr): readonly number[] {
  if (shape.length !== 4) throw new RangeError(`it takes [N, C, H, W], got rank ${shape.length}`);
  return shape;
}

export const shaping: Readonly<Record<string, Rule>> = {
  Identity: (n) => n.value(0),
  Reshape: reshapeRule,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transposeRule,
  Concat: concatRule,
  Split: split,
  Expand: expand,
  Tile: tile,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
};
