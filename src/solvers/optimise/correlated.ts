import type { Shape } from '../../tensor/tensor.js';
import type { LinearMap } from './cgls-iterations.js';

/** A square root L of a covariance C = L L^T, on images as plain vectors. */
export interface CovarianceRoot {
  /** L u */
  apply(u: Float64Array): Float64Array;
  /** L^T x */
  transposed(x: Float64Array): Float64Array;
}

/**
 * The covariance `exp(-(|di| + |dj|) / length)` between pixels of an image `[C, H, W]`, channels apart: that of a first-order
 * autoregressive process along rows and columns, whose spectrum falls as natural images' does. Its root is a recursive filter, the Cholesky
 * factor of each axis.
 * @param length in pixels, above 0
 */
export function exponentialCovariance([channels, height, width]: Shape, length: number): CovarianceRoot {
  const keep = Math.exp(-1 / length);
  const add = Math.sqrt(1 - keep * keep);
  const lines = (x: Float64Array, filter: (x: Float64Array, start: number, stride: number, count: number) => void): Float64Array => {
    const out = Float64Array.from(x);
    for (let row = 0; row < channels * height; row++) filter(out, row * width, 1, width);
    for (let c = 0; c < channels; c++) for (let j = 0; j < width; j++) filter(out, c * height * width + j, width, height);
    return out;
  };
  return {
    apply: (u) =>
      lines(u, (x, start, stride, count) => {
        for (let k = 1, at = start + stride; k < count; k++, at += stride) x[at] = keep * x[at - stride] + add * x[at];
      }),
    transposed: (y) =>
      lines(y, (x, start, stride, count) => {
        for (let k = count - 1, at = start + k * stride; k > 0; k--, at -= stride) {
          x[at - stride] += keep * x[at];
          x[at] *= add;
        }
      }),
  };
}

/** `A L`, whose least-norm solution u makes `L u` the most likely of the images that A maps to the same, by the covariance. */
export function correlate(map: LinearMap, root: CovarianceRoot): LinearMap {
  return {
    forward: (u) => map.forward(root.apply(u)),
    adjoint: async (r) => root.transposed(await map.adjoint(r)),
  };
}
