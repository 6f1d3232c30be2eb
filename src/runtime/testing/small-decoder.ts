import { add, constant, conv2d, type Expr, grad, groupNorm, input, silu, square, sub, sum, upsampleNearest } from '../../graph/index.js';
import { Random } from '../../tensor/random.js';
import { mapTensor, type Shape, type Tensor } from '../../tensor/tensor.js';

/** A decoder in kind like the real ones (convolution, residual block, upsampling), small, and the gradient of a data term. */
export interface SmallDecoder {
  readonly outputs: Readonly<Record<'loss' | 'gradient', Expr>>;
  readonly feeds: Readonly<Record<'z' | 'y', Tensor>>;
}

/** Seeded weights and feeds: the same numbers on every device. z [1,3,8,8] -> image [1,1,32,32]; loss = ||D(z) - y||^2. */
export function smallDecoderGradient(seed = 0): SmallDecoder {
  const random = new Random(seed);
  const width = 16;
  const weight = (...shape: number[]): Expr => constant(scaled(random, shape, 1 / Math.sqrt(shape.slice(1).reduce((a, b) => a * b, 1))));
  const norm = (x: Expr): Expr =>
    groupNorm(x, 4, constant(mapTensor(scaled(random, [width], 0.2), (v) => 1 + v)), constant(scaled(random, [width], 0.2)), 1e-6);
  const conv = (x: Expr, out: number): Expr =>
    add(conv2d(x, weight(out, x.shape[1], 3, 3), { pads: 1 }), constant(scaled(random, [1, out, 1, 1], 0.1)));

  const z = input('z', [1, 3, 8, 8]);
  const y = input('y', [1, 1, 32, 32]);
  let h = conv(z, width);
  for (let level = 0; level < 2; level++) {
    h = add(h, conv(silu(norm(h)), width));
    h = conv(upsampleNearest(h, 2), width);
  }
  const image = conv(silu(norm(h)), 1);
  const loss = sum(square(sub(image, y)));
  const [gradient] = grad(loss, [z]);
  return { outputs: { loss, gradient }, feeds: { z: random.normals(z.shape), y: random.normals(y.shape) } };
}

function scaled(random: Random, shape: Shape, scale: number): Tensor {
  return mapTensor(random.normals(shape), (value) => value * scale);
}

/** Largest difference of `a` from `b`, relative to the largest entry of `b`. */
export function relativeError(a: Tensor, b: Tensor): number {
  if (a.data.length !== b.data.length || a.data.some(Number.isNaN)) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let scale = 0;
  for (let i = 0; i < b.data.length; i++) {
    difference = Math.max(difference, Math.abs(a.data[i] - b.data[i]));
    scale = Math.max(scale, Math.abs(b.data[i]));
  }
  return difference / scale;
}
