import { formatShape, tensor } from '../../../tensor/tensor.js';
import { axisOf, constant, type Expr } from '../../expr.js';
import { pad, reshape, slice, transpose } from '../../layout.js';
import { matmul } from '../../matmul.js';
import type { OnnxNode, Rule } from '../onnx-node.js';

/**
 * The discrete Fourier transform along one axis of `[..., 1]` (real) or `[..., 2]` (complex), as a dense matrix product: the last axis
 * and the transformed one become one row of numbers, so that the complex product is a real one.
 */
function dft(n: OnnxNode): Expr {
  const x = n.expr(0);
  const rank = x.shape.length;
  const parts = x.shape[rank - 1];
  if (rank < 2 || (parts !== 1 && parts !== 2)) throw new RangeError(`it takes [..., 1] or [..., 2], got ${formatShape(x.shape)}`);
  const axis = axisOf(n.opset < 20 ? n.int('axis', 1) : n.has(2) ? n.scalar(2) : -2, rank);
  if (axis === rank - 1) throw new RangeError('the last axis holds real and imaginary parts and is not transformed');
  const inverse = n.int('inverse', 0) !== 0;
  const size = n.has(1) ? n.scalar(1) : x.shape[axis];
  if (!Number.isSafeInteger(size) || size < 1) throw new RangeError(`${size} is no length`);
  const half = n.int('onesided', 0) !== 0;
  if (half && (inverse || parts !== 1)) throw new RangeError('onesided=1 is supported for the forward transform of real values only');
  const out = half ? Math.floor(size / 2) + 1 : size;
  n.claim(size * parts * out * 2);

  const order = [...x.shape.keys()].filter((i) => i !== axis && i !== rank - 1);
  const fitted = resizeAxis(x, axis, size);
  const rows = transpose(fitted, [...order, axis, rank - 1]); // [..., size, parts]
  const lead = order.map((i) => x.shape[i]);
  const product = matmul(
    reshape(rows, [...lead, 1, size * parts]),
    constant(tensor([size * parts, out * 2], kernel(size, out, parts, inverse))),
  );
  const back = [...order, axis, rank - 1];
  return transpose(
    reshape(product, [...lead, out, 2]),
    back.map((_, i) => back.indexOf(i)),
  );
}

/** Cut or filled with zeros at the end. */
function resizeAxis(x: Expr, axis: number, size: number): Expr {
  const own = x.shape[axis];
  if (own >= size) return slice(x, [0], [size], [axis]);
  const none = x.shape.map(() => 0);
  return pad(
    x,
    none,
    none.map((_, i) => (i === axis ? size - own : 0)),
  );
}

/**
 * Row (k, real or imaginary part of the input), column (m, real or imaginary part of the result): e^{-2 pi i k m / size}, its conjugate /
 * size backwards.
 */
function kernel(size: number, out: number, parts: number, inverse: boolean): Float32Array {
  const data = new Float32Array(size * parts * out * 2);
  for (let k = 0; k < size; k++) {
    for (let m = 0; m < out; m++) {
      const angle = ((inverse ? 1 : -1) * 2 * Math.PI * ((k * m) % size)) / size;
      const [re, im] = [Math.cos(angle), Math.sin(angle)].map((v) => (inverse ? v / size : v));
      const at = (part: number): number => ((k * parts + part) * out + m) * 2;
      data[at(0)] = re;
      data[at(0) + 1] = im;
      if (parts === 2) {
        data[at(1)] = -im;
        data[at(1) + 1] = re;
      }
    }
  }
  return data;
}

export const fourier: Readonly<Record<string, Rule>> = { DFT: dft };
