import { formatShape, sizeOf } from '../tensor/tensor.js';
import { mul } from './elementwise.js';
import { type Expr, node, type Op } from './expr.js';

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
