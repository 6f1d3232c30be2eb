import { svd } from '../../operators/svd.js';
import { multiply, transposeDense } from '../../priors/dense.js';
import type { Tensor } from '../../tensor/tensor.js';

/**
 * The projection of DiffStateGrad (Zirvi, Tolooshams and Anandkumar, ICLR 2025, Algorithm 1): gradients, channel by channel, onto the
 * leading singular vectors of a state, `U U^T G V V^T`, as many as hold a share of its squared singular values.
 *
 * @param state `[1, c, h, w]`
 * @param share of the variance, at most 1; 0: no projection
 * @returns a map of gradients laid out as the state
 */
export function stateProjection(state: Tensor, share: number): (gradient: ArrayLike<number>) => ArrayLike<number> {
  if (share === 0) return (gradient) => gradient;
  const [, channels, rows, columns] = state.shape;
  const size = rows * columns;
  const sides = Array.from({ length: channels }, (_, c) => {
    const { u, s, v } = svd({ rows, columns, data: Float64Array.from(state.data.subarray(c * size, (c + 1) * size)) });
    const rank = rankFor(s, share);
    return { left: onto(u.data, rows, columns, rank), right: onto(v.data, columns, columns, rank) };
  });
  return (gradient) => {
    const out = new Float64Array(gradient.length);
    sides.forEach(({ left, right }, c) => {
      const own = Float64Array.from({ length: size }, (_, i) => gradient[c * size + i]);
      out.set(multiply(multiply(left, own, rows, rows, columns), right, rows, columns, columns), c * size);
    });
    return out;
  };
}

/** The projection onto the first columns of a matrix, which are orthonormal. */
function onto(basis: Float64Array, rows: number, columns: number, rank: number): Float64Array {
  const leading = Float64Array.from({ length: rows * rank }, (_, i) => basis[Math.floor(i / rank) * columns + (i % rank)]);
  return multiply(leading, transposeDense(leading, rows, rank), rows, rank, rows);
}

/** The least number of singular values, falling, that hold a share of the sum of squares. */
function rankFor(s: Float64Array, share: number): number {
  const total = s.reduce((sum, value) => sum + value * value, 0);
  let rank = 0;
  // a share of 1 is all there is but rounding
  for (let held = 0; rank < s.length && held < share * total * (1 - 1e-12); rank++) held += s[rank] ** 2;
  return rank;
}
