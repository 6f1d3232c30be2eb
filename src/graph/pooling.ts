import { formatShape, sizeOf, tensor } from '../tensor/tensor.js';
import { equal, toFloat, where } from './compare.js';
import { conv2d, convTranspose2d, type Pads, type Pair } from './conv.js';
import { mul } from './elementwise.js';
import { constant, type Expr, node, type Op } from './expr.js';
import { argmax } from './gather.js';
import { reshape } from './layout.js';

const upsampleOp: Op<{ factor: number }> = {
  name: 'upsampleNearest',
  gradient: (n, g) => [mul(averagePool(g, n.attrs.factor), n.attrs.factor ** 2)],
  evaluate(n, [x]) {
    const [batch, channels, height, width] = n.shape;
    const { factor } = n.attrs;
    const out = new Float64Array(sizeOf(n.shape));
    for (let plane = 0, at = 0; plane < batch * channels; plane++) {
      for (let i = 0; i < height; i++) {
        const row = (plane * x.shape[2] + Math.floor(i / factor)) * x.shape[3];
        for (let j = 0; j < width; j++) out[at++] = x.data[row + Math.floor(j / factor)];
      }
    }
    return out;
  },
  onnx: (n, [x], emit) =>
    emit.op('Resize', [x, '', emit.floats([4], [1, 1, n.attrs.factor, n.attrs.factor])], {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    }),
};

/** Each pixel of `[N, C, H, W]` repeated `factor` times in both directions. */
export function upsampleNearest(x: Expr, factor: number): Expr {
  if (x.shape.length !== 4 || !Number.isInteger(factor) || factor < 1) {
    throw new RangeError(`upsampleNearest needs [N,C,H,W] and a whole factor >= 1, got ${formatShape(x.shape)} and ${factor}`);
  }
  const [batch, channels, height, width] = x.shape;
  return factor === 1 ? x : node(upsampleOp, [x], { factor }, [batch, channels, height * factor, width * factor]);
}

const averagePoolOp: Op<{ size: number }> = {
  name: 'averagePool',
  gradient: (n, g) => [mul(upsampleNearest(g, n.attrs.size), n.attrs.size ** -2)],
  evaluate(n, [x]) {
    const [batch, channels, height, width] = x.shape;
    const { size } = n.attrs;
    const out = new Float64Array(sizeOf(n.shape));
    for (let plane = 0, at = 0; plane < batch * channels; plane++) {
      for (let i = 0; i < height; i++) {
        const row = (plane * n.shape[2] + Math.floor(i / size)) * n.shape[3];
        for (let j = 0; j < width; j++) out[row + Math.floor(j / size)] += x.data[at++] / size ** 2;
      }
    }
    return out;
  },
  onnx: (n, inputs, emit) =>
    emit.op('AveragePool', inputs, { kernel_shape: [n.attrs.size, n.attrs.size], strides: [n.attrs.size, n.attrs.size] }),
};

/** Means of the `size` x `size` blocks of `[N, C, H, W]`; both sizes of the image must divide. */
export function averagePool(x: Expr, size: number): Expr {
  const [batch, channels, height, width] = x.shape;
  if (x.shape.length !== 4 || height % size !== 0 || width % size !== 0) {
    throw new RangeError(`averagePool: ${formatShape(x.shape)} does not divide into ${size}x${size} blocks`);
  }
  return size === 1 ? x : node(averagePoolOp, [x], { size }, [batch, channels, height / size, width / size]);
}

/** A window that moves over an image. */
export interface PoolWindow {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly pads: Pads;
}

const maxPoolOp: Op<PoolWindow> = {
  name: 'maxPool',
  /*
   * The gradient of a window goes to its largest pixel, the first in row order on a tie, as in PyTorch. A convolution with one-hot kernels
   * lays the pixels of each window side by side as channels, and its transpose puts the gradients back in place.
   */
  gradient(n, g) {
    const [x] = n.inputs;
    const [batch, channels, height, width] = x.shape;
    const [, , outHeight, outWidth] = n.shape;
    const { kernel, strides, dilations, pads } = n.attrs;
    const count = kernel[0] * kernel[1];
    const oneHot = constant(
      tensor(
        [count, 1, ...kernel],
        Float32Array.from({ length: count ** 2 }, (_, i) => (i % (count + 1) === 0 ? 1 : 0)),
      ),
    );
    const geometry = { stride: strides, dilation: dilations, pads };
    const planes = [batch * channels, 1, height, width];
    const inside = conv2d(constant(tensor([1, 1, height, width], new Float32Array(height * width).fill(1))), oneHot, geometry);
    const windows = conv2d(reshape(x, planes), oneHot, geometry); // [N C, count, H', W']
    const first = argmax(pads.every((p) => p === 0) ? windows : where(equal(inside, 1), windows, -Infinity), 1);
    const channel = constant(tensor([1, count, 1, 1], [...Array(count).keys()]));
    const hit = toFloat(equal(toFloat(reshape(first, [batch * channels, 1, outHeight, outWidth])), channel));
    const rest = (axis: 0 | 1): number =>
      x.shape[2 + axis] +
      pads[axis] +
      pads[axis + 2] -
      ((n.shape[2 + axis] - 1) * strides[axis] + dilations[axis] * (kernel[axis] - 1) + 1);
    const put = convTranspose2d(mul(reshape(g, [batch * channels, 1, outHeight, outWidth]), hit), oneHot, {
      ...geometry,
      outputPads: [rest(0), rest(1)],
    });
    return [reshape(put, x.shape)];
  },
  evaluate(n, [x]) {
    const [, , height, width] = x.shape;
    const [batch, channels, outHeight, outWidth] = n.shape;
    const { kernel, strides, dilations, pads } = n.attrs;
    const out = new Float64Array(sizeOf(n.shape)).fill(-Infinity);
    for (let plane = 0, at = 0; plane < batch * channels; plane++) {
      for (let i = 0; i < outHeight; i++) {
        for (let j = 0; j < outWidth; j++, at++) {
          for (let u = 0; u < kernel[0]; u++) {
            const r = i * strides[0] + u * dilations[0] - pads[0];
            if (r < 0 || r >= height) continue;
            for (let v = 0; v < kernel[1]; v++) {
              const s = j * strides[1] + v * dilations[1] - pads[1];
              if (s >= 0 && s < width) out[at] = Math.max(out[at], x.data[(plane * height + r) * width + s]);
            }
          }
        }
      }
    }
    return out;
  },
  onnx: (n, inputs, emit) => {
    const { kernel, strides, dilations, pads } = n.attrs;
    return emit.op('MaxPool', inputs, { kernel_shape: kernel, strides, dilations, pads });
  },
};

/**
 * Largest pixel of each window of `[N, C, H, W]`; what pads stand for never wins.
 * @returns `[N, C, H', W']`, `H' = floor((H + top + bottom - dilation (kh - 1) - 1) / stride) + 1`
 */
export function maxPool(x: Expr, window: PoolWindow): Expr {
  const { kernel, strides, dilations, pads } = window;
  if (x.shape.length !== 4) throw new RangeError(`maxPool needs [N,C,H,W], got ${formatShape(x.shape)}`);
  const sides = ([0, 1] as const).map((axis) => {
    const extent = dilations[axis] * (kernel[axis] - 1) + 1;
    if (pads[axis] >= extent || pads[axis + 2] >= extent)
      throw new RangeError(`maxPool: pads ${pads} are as large as the window ${kernel}`);
    return Math.floor((x.shape[2 + axis] + pads[axis] + pads[axis + 2] - extent) / strides[axis]) + 1;
  });
  if (sides.some((n) => n < 1)) throw new RangeError(`maxPool: window ${kernel} is larger than the padded input ${formatShape(x.shape)}`);
  return node(maxPoolOp, [x], { kernel, strides, dilations, pads }, [...x.shape.slice(0, 2), ...sides]);
}
