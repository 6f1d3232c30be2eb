import { tensor } from '../../../tensor/tensor.js';
import { constant, constantInt, type Expr } from '../../expr.js';
import { gather } from '../../gather.js';
import { broadcastTo, reshape, slice, transpose } from '../../layout.js';
import { matmul } from '../../matmul.js';
import { upsampleNearest } from '../../pooling.js';
import type { OnnxNode, Rule } from '../onnx-node.js';

/** One axis made longer or shorter. `scale` is what the file says, which need not be `out / size` exactly. */
interface Stretch {
  readonly axis: number;
  readonly size: number;
  readonly out: number;
  readonly scale: number;
}

/** Where a pixel of the result lies in the source, in single precision as engines compute it. */
type Coordinate = (i: number, s: Stretch) => number;

const f = Math.fround;
const halfPixel: Coordinate = (i, { scale }) => f(f(f(i + 0.5) / scale) - 0.5);
const coordinates: Readonly<Record<string, Coordinate>> = {
  half_pixel: halfPixel,
  pytorch_half_pixel: (i, s) => (s.out > 1 ? halfPixel(i, s) : 0),
  half_pixel_symmetric: (i, s) => f(f((s.size / 2) * f(1 - f(s.out / f(s.scale * s.size)))) + halfPixel(i, s)),
  align_corners: (i, { size, out }) => (out === 1 ? 0 : f(f(i * (size - 1)) / (out - 1))),
  asymmetric: (i, { scale }) => f(i / scale),
  tf_half_pixel_for_nn: (i, { scale }) => f(f(i + 0.5) / scale),
};

const nearest: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => (x === Math.floor(x) + 0.5 ? Math.floor(x) : Math.round(x)),
  round_prefer_ceil: (x) => Math.round(x),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** Nearest and linear interpolation, axis by axis. */
function resize(n: OnnxNode): Expr {
  const x = n.expr(0);
  const mode = n.string('mode', 'nearest');
  const name = n.string('coordinate_transformation_mode', 'half_pixel');
  const coordinate = Object.hasOwn(coordinates, name) ? coordinates[name] : undefined;
  if (coordinate === undefined)
    throw new RangeError(`coordinate_transformation_mode="${name}" is not supported; supported are ${Object.keys(coordinates).join(', ')}`);
  const stretches = stretchesOf(n, x).filter(({ size, out, scale }) => size !== out || scale !== 1);
  if (mode === 'nearest') {
    const rounding = n.string('nearest_mode', 'round_prefer_floor');
    const round = Object.hasOwn(nearest, rounding) ? nearest[rounding] : undefined;
    if (round === undefined) throw new RangeError(`nearest_mode="${rounding}" does not exist`);
    return resizeNearest(n, x, stretches, (i, s) => Math.min(Math.max(round(coordinate(i, s)), 0), s.size - 1));
  }
  if (mode !== 'linear') throw new RangeError(`mode="${mode}" is not supported; supported are nearest and linear`);
  const smooth = n.int('antialias', 0) !== 0;
  const leaveOut = n.int('exclude_outside', 0) !== 0;
  return stretches.reduce((y, s) => {
    n.claim(s.out * s.size);
    return along(y, s.axis, smooth && s.scale < 1 ? antialias(s, coordinate, leaveOut) : interpolation(s, coordinate), s);
  }, x);
}

function stretchesOf(n: OnnxNode, x: Expr): Stretch[] {
  const axes = n.checkAxes(n.ints('axes') ?? x.shape.map((_, i) => i), x.shape.length);
  if (n.string('keep_aspect_ratio_policy', 'stretch') !== 'stretch')
    throw new RangeError('only keep_aspect_ratio_policy="stretch" is supported');
  const list = (i: number): number[] | undefined => {
    if (!n.has(i) || n.value(i).shape[0] === 0) return undefined;
    const values = Array.from<number | bigint, number>(n.known(i).data, Number);
    if (values.length !== axes.length) throw new RangeError(`[${values}] does not give one number for each of ${axes.length} axes`);
    return values;
  };
  const sizes = list(3);
  const scales = list(2);
  if (sizes === undefined && scales === undefined) throw new RangeError('it has neither scales nor sizes');
  return axes.map((axis, i) => {
    const size = x.shape[axis];
    const out = sizes === undefined ? Math.floor(f(size * scales![i])) : sizes[i];
    if (!Number.isSafeInteger(out) || out < 1) throw new RangeError(`axis ${axis} would get the size ${out}`);
    return { axis, size, out, scale: sizes === undefined ? scales![i] : f(out / size) };
  });
}

function resizeNearest(n: OnnxNode, x: Expr, stretches: readonly Stretch[], source: (i: number, s: Stretch) => number): Expr {
  const found = stretches.map((s) => {
    n.claim(s.out);
    const indices = Array.from({ length: s.out }, (_, i) => source(i, s));
    const factor = s.out / s.size;
    return {
      ...s,
      indices,
      factor: indices.every((k, i) => k === Math.floor(i / factor)) && Number.isInteger(factor) ? factor : undefined,
    };
  });
  const [rows, columns] = found;
  if (
    x.shape.length === 4 &&
    found.length === 2 &&
    rows.axis === 2 &&
    columns.axis === 3 &&
    rows.factor !== undefined &&
    rows.factor === columns.factor
  )
    return upsampleNearest(x, rows.factor);
  return found.reduce((y, { axis, indices, factor, out }) => {
    if (factor !== undefined) {
      const opened = [...y.shape.slice(0, axis + 1), 1, ...y.shape.slice(axis + 1)];
      const shape = y.shape.map((size, i) => (i === axis ? out : size));
      return reshape(
        broadcastTo(
          reshape(y, opened),
          opened.map((size, i) => (i === axis + 1 ? factor : size)),
        ),
        shape,
      );
    }
    const step = out > 1 ? indices[1] - indices[0] : 1;
    const even = step > 0 && indices.every((k, i) => k === indices[0] + i * step);
    if (even) return slice(y, [indices[0]], [indices[out - 1] + 1], [axis], [step]);
    return gather(y, constantInt([out], indices), axis);
  }, x);
}

/** Each row of the result mixes two neighbours of the source. */
function interpolation(s: Stretch, coordinate: Coordinate): Float32Array {
  const matrix = new Float32Array(s.out * s.size);
  for (let i = 0; i < s.out; i++) {
    const at = Math.min(Math.max(coordinate(i, s), 0), s.size - 1);
    const low = Math.floor(at);
    const high = Math.min(low + 1, s.size - 1);
    matrix[i * s.size + low] += f(1 - f(at - low));
    matrix[i * s.size + high] += f(at - low);
  }
  return matrix;
}

/**
 * Shrinking with a triangle as wide as the pixels become, so that every pixel counts. What the triangle weighs outside the image goes to
 * the pixel at the border, or is left out (`exclude_outside`, as Pillow and PyTorch do).
 */
function antialias(s: Stretch, coordinate: Coordinate, leaveOut: boolean): Float32Array {
  const matrix = new Float32Array(s.out * s.size);
  const radius = 1 / s.scale;
  for (let i = 0; i < s.out; i++) {
    const centre = coordinate(i, s) + 0.5;
    const row = new Float64Array(s.size);
    for (let k = Math.floor(centre - radius + 0.5); k < Math.floor(centre + radius + 0.5); k++) {
      const inside = k >= 0 && k < s.size;
      if (inside || !leaveOut) row[Math.min(Math.max(k, 0), s.size - 1)] += Math.max(0, 1 - Math.abs((k + 0.5 - centre) / radius));
    }
    const total = row.reduce((a, b) => a + b, 0);
    matrix.set(
      row.map((w) => w / total),
      i * s.size,
    );
  }
  return matrix;
}

/** A matrix `[out, size]` applied along one axis: a dense product, whose gradient is one too. */
function along(x: Expr, axis: number, data: Float32Array, { size, out }: Stretch): Expr {
  const matrix = constant(tensor([out, size], data));
  const last = x.shape.length - 1;
  if (axis === last && last > 0) return matmul(x, transpose(matrix));
  if (axis === last - 1) return matmul(matrix, x);
  const swap = x.shape.map((_, i) => (i === axis ? last : i === last ? axis : i));
  return last === 0
    ? reshape(matmul(matrix, reshape(x, [size, 1])), [out])
    : transpose(matmul(transpose(x, swap), transpose(matrix)), swap);
}

export const resizing: Readonly<Record<string, Rule>> = { Resize: resize };
