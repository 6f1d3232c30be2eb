import { formatShape, sizeOf } from '../tensor/tensor.js';
import { type Expr, node, type Op } from './expr.js';
import { sumTo, transpose } from './layout.js';
import { broadcastShapes, broadcastStrides, walk } from './strides.js';

const matmulOp: Op<null> = {
  name: 'matmul',
  // C = A B: dA = dC B^T, dB = A^T dC
  gradient(n, g) {
    const [a, b] = n.inputs;
    return [sumTo(matmul(g, transpose(b)), a.shape), sumTo(matmul(transpose(a), g), b.shape)];
  },
  evaluate(n, [a, b]) {
    const [rows, inner] = a.shape.slice(-2);
    const columns = b.shape[b.shape.length - 1];
    const batch = n.shape.slice(0, -2);
    const out = new Float64Array(sizeOf(n.shape));
    const bAt: number[] = [];
    walk(batch, broadcastStrides(b.shape.slice(0, -2), batch), (_, k) => bAt.push(k * inner * columns));
    walk(batch, broadcastStrides(a.shape.slice(0, -2), batch), (block, k) => {
      const aBase = k * rows * inner;
      const bBase = bAt[block];
      for (let i = 0; i < rows; i++) {
        const row = (block * rows + i) * columns;
        for (let m = 0; m < inner; m++) {
          const value = a.data[aBase + i * inner + m];
          for (let j = 0; j < columns; j++) out[row + j] += value * b.data[bBase + m * columns + j];
        }
      }
    });
    return out;
  },
  onnx: (_n, inputs, emit) => emit.op('MatMul', inputs),
};

/** Matrix product of the last two axes, `[..., M, K] x [..., K, N]`, leading axes broadcast. */
export function matmul(a: Expr, b: Expr): Expr {
  if (a.shape.length < 2 || b.shape.length < 2 || a.shape[a.shape.length - 1] !== b.shape[b.shape.length - 2]) {
    throw new RangeError(`cannot multiply ${formatShape(a.shape)} by ${formatShape(b.shape)}`);
  }
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return node(matmulOp, [a, b], null, [...batch, a.shape[a.shape.length - 2], b.shape[b.shape.length - 1]]);
}
