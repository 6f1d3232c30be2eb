import { formatShape, type Shape, sizeOf } from '../tensor/tensor.js';
import { type Expr, node, type Op } from './expr.js';
import { concat, flip, pad, reshape, slice, transpose } from './layout.js';
import { matmul } from './matmul.js';
import { sum } from './reduce.js';

/** Padding of an image: top, left, bottom, right. */
export type Pads = readonly [number, number, number, number];

/** Rows and columns. */
export type Pair = readonly [number, number];

interface ConvAttrs {
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly pads: Pads;
  readonly groups: number;
}

export interface ConvOptions {
  /** One number, or `[rows, columns]`. */
  stride?: number | Pair;
  /** Distance between the kernel's samples: one number, or `[rows, columns]`. */
  dilation?: number | Pair;
  /** One number for all sides, or `[top, left, bottom, right]`. */
  pads?: number | Pads;
  groups?: number;
}

export interface Conv2dOptions extends ConvOptions {
  /** `[O]`, added to every pixel. */
  bias?: Expr;
}

export interface ConvTransposeOptions extends ConvOptions {
  /** Rows and columns added at the bottom and right, to reach sizes that the stride skips. */
  outputPads?: Pair;
}

function attrsOf({ stride = 1, dilation = 1, pads = 0, groups = 1 }: ConvOptions): ConvAttrs {
  const pair = (x: number | Pair): Pair => (typeof x === 'number' ? [x, x] : x);
  return { strides: pair(stride), dilations: pair(dilation), pads: typeof pads === 'number' ? [pads, pads, pads, pads] : pads, groups };
}

/** The attributes as options, for another convolution of the same geometry. */
function optionsOf({ strides, dilations, pads, groups }: ConvAttrs): ConvOptions {
  return { stride: strides, dilation: dilations, pads, groups };
}

/** Rows and columns from the first to the last sample of a kernel, dilated. */
function extentOf(w: Expr, { dilations }: ConvAttrs): Pair {
  return [dilations[0] * (w.shape[2] - 1) + 1, dilations[1] * (w.shape[3] - 1) + 1];
}

const convOp: Op<ConvAttrs> = {
  name: 'conv2d',
  gradient(n, g, _ops, wanted) {
    const [x, w] = n.inputs;
    return [
      wanted[0] ? inputGradient(g, w, x.shape, n.attrs) : undefined,
      wanted[1] ? weightGradient(x, g, w.shape, n.attrs) : undefined,
      wanted[2] ? sum(g, [0, 2, 3]) : undefined,
    ];
  },
  evaluate(n, [x, w, bias]) {
    const { strides, dilations, pads, groups } = n.attrs;
    const [batch, outs, height, width] = n.shape;
    const [, ins, inHeight, inWidth] = x.shape;
    const [, perGroup, kh, kw] = w.shape;
    const out = new Float64Array(sizeOf(n.shape));
    let at = 0;
    for (let b = 0; b < batch; b++) {
      for (let o = 0; o < outs; o++) {
        const first = Math.floor(o / (outs / groups)) * perGroup;
        for (let i = 0; i < height; i++) {
          for (let j = 0; j < width; j++, at++) {
            out[at] = bias?.data[o] ?? 0;
            for (let c = 0; c < perGroup; c++) {
              for (let u = 0; u < kh; u++) {
                const r = i * strides[0] + u * dilations[0] - pads[0];
                if (r < 0 || r >= inHeight) continue;
                for (let v = 0; v < kw; v++) {
                  const s = j * strides[1] + v * dilations[1] - pads[1];
                  if (s < 0 || s >= inWidth) continue;
                  out[at] += x.data[((b * ins + first + c) * inHeight + r) * inWidth + s] * w.data[((o * perGroup + c) * kh + u) * kw + v];
                }
              }
            }
          }
        }
      }
    }
    return out;
  },
  onnx(n, inputs, emit) {
    const { strides, dilations, pads, groups } = n.attrs;
    return emit.op('Conv', inputs, { strides, dilations, pads, group: groups, kernel_shape: n.inputs[1].shape.slice(2) });
  },
};

/**
 * Correlation, as deep learning calls convolution.
 * @param x `[N, C, H, W]`
 * @param w `[O, C / groups, kh, kw]`
 * @returns `[N, O, H', W']`, `H' = floor((H + top + bottom - dilation (kh - 1) - 1) / stride) + 1`
 */
export function conv2d(x: Expr, w: Expr, options: Conv2dOptions = {}): Expr {
  const attrs = attrsOf(options);
  const [batch, channels, height, width] = x.shape;
  const [outs, perGroup, kh, kw] = w.shape;
  if (x.shape.length !== 4 || w.shape.length !== 4 || channels !== perGroup * attrs.groups || outs % attrs.groups !== 0) {
    throw new RangeError(`conv2d: weight ${formatShape(w.shape)} with ${attrs.groups} group(s) does not fit input ${formatShape(x.shape)}`);
  }
  const [top, left, bottom, right] = attrs.pads;
  const { bias } = options;
  if (bias !== undefined && (bias.shape.length !== 1 || bias.shape[0] !== outs))
    throw new RangeError(`conv2d: bias ${formatShape(bias.shape)} for ${outs} channels`);
  const extent = extentOf(w, attrs);
  const h = Math.floor((height + top + bottom - extent[0]) / attrs.strides[0]) + 1;
  const v = Math.floor((width + left + right - extent[1]) / attrs.strides[1]) + 1;
  if (h < 1 || v < 1) throw new RangeError(`conv2d: kernel ${kh}x${kw} is larger than the padded input ${formatShape(x.shape)}`);
  return node(convOp, bias === undefined ? [x, w] : [x, w, bias], attrs, [batch, outs, h, v]);
}

/**
 * At stride 1 the input gradient is a convolution with the kernel turned by 180 degrees and its two channel axes swapped;
 * with constant weights that kernel folds into a constant, and the gradient runs as fast as the forward pass.
 */
function inputGradient(g: Expr, w: Expr, shape: Shape, attrs: ConvAttrs): Expr {
  const { strides, dilations, pads, groups } = attrs;
  const extent = extentOf(w, attrs);
  const [top, left, bottom, right] = pads;
  const back: Pads = [extent[0] - 1 - top, extent[1] - 1 - left, extent[0] - 1 - bottom, extent[1] - 1 - right];
  if (strides[0] === 1 && strides[1] === 1 && back.every((p) => p >= 0))
    return conv2d(g, flip(swapChannels(w, groups), [2, 3]), { pads: back, dilation: dilations, groups });
  const rest = (axis: 0 | 1): number =>
    shape[2 + axis] - ((g.shape[2 + axis] - 1) * strides[axis] - pads[axis] - pads[axis + 2] + extent[axis]);
  return convTranspose2d(g, w, { ...optionsOf(attrs), outputPads: [rest(0), rest(1)] });
}

/** Weight `[O, C / groups, kh, kw]` as `[C, O / groups, kh, kw]`. */
function swapChannels(w: Expr, groups: number): Expr {
  const [outs, perGroup, kh, kw] = w.shape;
  if (groups === 1) return transpose(w, [1, 0, 2, 3]);
  const grouped = transpose(reshape(w, [groups, outs / groups, perGroup, kh * kw]), [0, 2, 1, 3]);
  return reshape(grouped, [groups * perGroup, outs / groups, kh, kw]);
}

/**
 * The weight gradient as matrix products of the output gradient with shifted inputs, one for each of the kernel's pixels:
 * dw[o, c, u, v] = sum_{n,p} g[n, o, p] x[n, c, p + (u, v)].
 */
function weightGradient(x: Expr, g: Expr, shape: Shape, { strides, dilations, pads, groups }: ConvAttrs): Expr {
  const [, , kh, kw] = shape;
  const [batch] = x.shape;
  const [, , height, width] = g.shape;
  const [top, left, bottom, right] = pads;
  const padded = pad(x, [0, 0, top, left], [0, 0, bottom, right]);
  const columns = Array.from({ length: kw }, (_, j) => j * dilations[1]);
  // Where that adds little, the gradient shifts along the rows, within zeros up to the width of the input, and the input down the columns
  // alone: kw + kh copies of whole rows in place of kw kh of parts.
  const free = padded.shape[3] - width;
  const sliding = strides[1] === 1 && free * 16 <= width;
  const flat = (e: Expr): Expr => reshape(e, [batch, groups, e.shape[1] / groups, e.shape[2] * e.shape[3]]);
  const gradients = columns.map((v) => flat(sliding ? pad(g, [0, 0, 0, v], [0, 0, 0, free - v]) : g));
  const products: Expr[] = [];
  for (let i = 0; i < kh; i++) {
    const u = i * dilations[0];
    const end = u + (height - 1) * strides[0] + 1;
    const rows = slice(padded, [u], [end], [2], [strides[0]]);
    columns.forEach((v, j) => {
      const seen = sliding ? rows : slice(padded, [u, v], [end, v + (width - 1) * strides[1] + 1], [2, 3], strides);
      products.push(sum(timesTransposed(gradients[j], flat(seen)), [0])); // [groups, O / groups, C / groups]
    });
  }
  const joined = concat(
    products.map((p) => reshape(p, [shape[0], shape[1], 1])),
    2,
  );
  return reshape(joined, shape);
}

/** a b^T; engines copy the second factor to multiply, so the one with fewer rows is put there. */
function timesTransposed(a: Expr, b: Expr): Expr {
  const rows = (e: Expr): number => e.shape[e.shape.length - 2];
  return rows(a) >= rows(b) ? matmul(a, transpose(b)) : transpose(matmul(b, transpose(a)));
}

interface ConvTransposeAttrs extends ConvAttrs {
  readonly outputPads: Pair;
}

const convTransposeOp: Op<ConvTransposeAttrs> = {
  name: 'convTranspose2d',
  // the transpose of a convolution with the same weight, so the gradients are that convolution and its weight gradient
  gradient(n, g, _ops, wanted) {
    const [x, w] = n.inputs;
    return [wanted[0] ? conv2d(g, w, optionsOf(n.attrs)) : undefined, wanted[1] ? weightGradient(g, x, w.shape, n.attrs) : undefined];
  },
  evaluate(n, [x, w]) {
    const { strides, dilations, pads, groups } = n.attrs;
    const [, outs, outHeight, outWidth] = n.shape;
    const [batch, ins, height, width] = x.shape;
    const [, perGroup, kh, kw] = w.shape;
    const out = new Float64Array(sizeOf(n.shape));
    for (let b = 0; b < batch; b++) {
      for (let c = 0; c < ins; c++) {
        const first = Math.floor(c / (ins / groups)) * perGroup;
        for (let i = 0; i < height; i++) {
          for (let j = 0; j < width; j++) {
            const value = x.data[((b * ins + c) * height + i) * width + j];
            for (let o = 0; o < perGroup; o++) {
              for (let u = 0; u < kh; u++) {
                const r = i * strides[0] + u * dilations[0] - pads[0];
                if (r < 0 || r >= outHeight) continue;
                for (let v = 0; v < kw; v++) {
                  const s = j * strides[1] + v * dilations[1] - pads[1];
                  if (s < 0 || s >= outWidth) continue;
                  out[((b * outs + first + o) * outHeight + r) * outWidth + s] += value * w.data[((c * perGroup + o) * kh + u) * kw + v];
                }
              }
            }
          }
        }
      }
    }
    return out;
  },
  // Group by group: on WebGPU the engine computes several groups at once wrongly.
  onnx(n, [x, w], emit) {
    const { strides, dilations, pads, groups, outputPads } = n.attrs;
    const kernel = n.inputs[1].shape.slice(2);
    const attributes = { strides, dilations, pads, output_padding: outputPads, kernel_shape: kernel };
    if (groups === 1) return emit.op('ConvTranspose', [x, w], attributes);
    const size = n.inputs[1].shape[0] / groups;
    const part = (value: string, group: number, axis: number): string =>
      emit.op('Slice', [value, emit.ints([1], [group * size]), emit.ints([1], [(group + 1) * size]), emit.ints([1], [axis])]);
    const parts = Array.from({ length: groups }, (_, group) =>
      emit.op('ConvTranspose', [part(x, group, 1), part(w, group, 0)], attributes),
    );
    return emit.op('Concat', parts, { axis: 1 });
  },
};

/**
 * The transpose of `conv2d` (its input gradient).
 * @param x `[N, C, H, W]`
 * @param w `[C, O / groups, kh, kw]`
 * @returns `[N, O, H', W']`, `H' = (H - 1) stride - top - bottom + dilation (kh - 1) + 1 + outputPads[0]`
 */
export function convTranspose2d(x: Expr, w: Expr, options: ConvTransposeOptions = {}): Expr {
  const attrs: ConvTransposeAttrs = { ...attrsOf(options), outputPads: options.outputPads ?? [0, 0] };
  const [batch, channels, height, width] = x.shape;
  const [ins, perGroup] = w.shape;
  if (x.shape.length !== 4 || w.shape.length !== 4 || channels !== ins || ins % attrs.groups !== 0) {
    throw new RangeError(`convTranspose2d: weight ${formatShape(w.shape)} does not fit input ${formatShape(x.shape)}`);
  }
  const [top, left, bottom, right] = attrs.pads;
  const extent = extentOf(w, attrs);
  const h = (height - 1) * attrs.strides[0] - top - bottom + extent[0] + attrs.outputPads[0];
  const v = (width - 1) * attrs.strides[1] - left - right + extent[1] + attrs.outputPads[1];
  if (h < 1 || v < 1) throw new RangeError(`convTranspose2d: the padding leaves nothing of ${formatShape(x.shape)}`);
  return node(convTransposeOp, [x, w], attrs, [batch, perGroup * attrs.groups, h, v]);
}
