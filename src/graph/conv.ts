import { formatShape, type Shape, sizeOf } from '../tensor/tensor.js';
import { type Expr, node, type Op } from './expr.js';
import { concat, flip, pad, reshape, slice, transpose } from './layout.js';
import { matmul } from './matmul.js';
import { sum } from './reduce.js';

/** Padding of an image: top, left, bottom, right. */
export type Pads = readonly [number, number, number, number];

interface ConvAttrs {
  readonly stride: number;
  readonly pads: Pads;
  readonly groups: number;
}

export interface ConvOptions {
  stride?: number;
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
  outputPads?: readonly [number, number];
}

function attrsOf({ stride = 1, pads = 0, groups = 1 }: ConvOptions): ConvAttrs {
  return { stride, pads: typeof pads === 'number' ? [pads, pads, pads, pads] : pads, groups };
}

const convOp: Op<ConvAttrs> = {
  name: 'conv2d',
  gradient(n, g) {
    const [x, w] = n.inputs;
    return [inputGradient(g, w, x.shape, n.attrs), weightGradient(x, g, w.shape, n.attrs), sum(g, [0, 2, 3])];
  },
  evaluate(n, [x, w, bias]) {
    const { stride, pads, groups } = n.attrs;
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
                const r = i * stride + u - pads[0];
                if (r < 0 || r >= inHeight) continue;
                for (let v = 0; v < kw; v++) {
                  const s = j * stride + v - pads[1];
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
    const { stride, pads, groups } = n.attrs;
    return emit.op('Conv', inputs, { strides: [stride, stride], pads, group: groups, kernel_shape: n.inputs[1].shape.slice(2) });
  },
};

/**
 * Correlation, as deep learning calls convolution.
 * @param x `[N, C, H, W]`
 * @param w `[O, C / groups, kh, kw]`
 * @returns `[N, O, H', W']`, `H' = floor((H + top + bottom - kh) / stride) + 1`
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
  const h = Math.floor((height + top + bottom - kh) / attrs.stride) + 1;
  const v = Math.floor((width + left + right - kw) / attrs.stride) + 1;
  if (h < 1 || v < 1) throw new RangeError(`conv2d: kernel ${kh}x${kw} is larger than the padded input ${formatShape(x.shape)}`);
  return node(convOp, bias === undefined ? [x, w] : [x, w, bias], attrs, [batch, outs, h, v]);
}

/**
 * At stride 1 the input gradient is a convolution with the kernel turned by 180 degrees and its two channel axes swapped;
 * with constant weights that kernel folds into a constant, and the gradient runs as fast as the forward pass.
 */
function inputGradient(g: Expr, w: Expr, shape: Shape, { stride, pads, groups }: ConvAttrs): Expr {
  const [, , kh, kw] = w.shape;
  const [top, left, bottom, right] = pads;
  const back: Pads = [kh - 1 - top, kw - 1 - left, kh - 1 - bottom, kw - 1 - right];
  if (stride === 1 && groups === 1 && back.every((p) => p >= 0)) {
    return conv2d(g, flip(transpose(w, [1, 0, 2, 3]), [2, 3]), { pads: back });
  }
  const rest = (size: number, out: number, k: number, before: number, after: number): number =>
    size - ((out - 1) * stride - before - after + k);
  return convTranspose2d(g, w, {
    stride,
    pads,
    groups,
    outputPads: [rest(shape[2], g.shape[2], kh, top, bottom), rest(shape[3], g.shape[3], kw, left, right)],
  });
}

/**
 * The weight gradient as one matrix product of the output gradient with the shifted inputs side by side:
 * dw[o, (u,v,c)] = sum_{n,p} g[n, o, p] x[n, c, p + (u,v)].
 */
function weightGradient(x: Expr, g: Expr, shape: Shape, { stride, pads, groups }: ConvAttrs): Expr {
  const [outs, perGroup, kh, kw] = shape;
  const [batch, channels] = x.shape;
  const [, , height, width] = g.shape;
  const [top, left, bottom, right] = pads;
  const padded = pad(x, [0, 0, top, left], [0, 0, bottom, right]);
  const grouped = reshape(g, [batch, groups, outs / groups, height * width]);
  const products: Expr[] = [];
  for (let u = 0; u < kh; u++) {
    for (let v = 0; v < kw; v++) {
      const ends = [u + (height - 1) * stride + 1, v + (width - 1) * stride + 1];
      const shifted = slice(padded, [u, v], ends, [2, 3], [stride, stride]);
      const columns = reshape(shifted, [batch, groups, channels / groups, height * width]);
      products.push(sum(matmul(grouped, transpose(columns)), [0])); // [groups, O / groups, C / groups]
    }
  }
  const joined = concat(
    products.map((p) => reshape(p, [outs, perGroup, 1])),
    2,
  );
  return reshape(joined, shape);
}

interface ConvTransposeAttrs extends ConvAttrs {
  readonly outputPads: readonly [number, number];
}

const convTransposeOp: Op<ConvTransposeAttrs> = {
  name: 'convTranspose2d',
  // the transpose of a convolution with the same weight, so the gradients are that convolution and its weight gradient
  gradient(n, g) {
    const [x, w] = n.inputs;
    return [conv2d(g, w, n.attrs), weightGradient(g, x, w.shape, n.attrs)];
  },
  evaluate(n, [x, w]) {
    const { stride, pads, groups } = n.attrs;
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
                const r = i * stride + u - pads[0];
                if (r < 0 || r >= outHeight) continue;
                for (let v = 0; v < kw; v++) {
                  const s = j * stride + v - pads[1];
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
    const { stride, pads, groups, outputPads } = n.attrs;
    const kernel = n.inputs[1].shape.slice(2);
    const attributes = { strides: [stride, stride], pads, output_padding: outputPads, kernel_shape: kernel };
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
 * @returns `[N, O, H', W']`, `H' = (H - 1) stride - top - bottom + kh + outputPads[0]`
 */
export function convTranspose2d(x: Expr, w: Expr, options: ConvTransposeOptions = {}): Expr {
  const attrs: ConvTransposeAttrs = { ...attrsOf(options), outputPads: options.outputPads ?? [0, 0] };
  const [batch, channels, height, width] = x.shape;
  const [ins, perGroup, kh, kw] = w.shape;
  if (x.shape.length !== 4 || w.shape.length !== 4 || channels !== ins || ins % attrs.groups !== 0) {
    throw new RangeError(`convTranspose2d: weight ${formatShape(w.shape)} does not fit input ${formatShape(x.shape)}`);
  }
  const [top, left, bottom, right] = attrs.pads;
  const h = (height - 1) * attrs.stride - top - bottom + kh + attrs.outputPads[0];
  const v = (width - 1) * attrs.stride - left - right + kw + attrs.outputPads[1];
  return node(convTransposeOp, [x, w], attrs, [batch, perGroup * attrs.groups, h, v]);
}
