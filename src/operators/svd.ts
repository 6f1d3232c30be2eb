import { Matrix as MlMatrix, SVD } from 'ml-matrix';
import { type Matrix, matrixOf } from './matrix.js';

/** `A = U diag(s) V^T`. */
export interface Svd {
  /** `rows x columns` of A; column k is a unit vector, or zero where `s[k]` is. */
  readonly u: Matrix;
  /** As many as A has columns, falling; exact zeros beyond the rank. */
  readonly s: Float64Array;
  /** `columns x columns`, orthogonal: its last columns span the null space. */
  readonly v: Matrix;
}

/** Singular values below this share of the largest are rounding. */
const RANK = 1e-12;

/** Singular value decomposition of a small matrix of any shape and rank, with a full V. 256 x 256 takes about a second. */
export function svd({ rows, columns, data }: Matrix): Svd {
  // rows of zeros change nothing, and with as many rows as columns V comes out complete
  const square = MlMatrix.zeros(Math.max(rows, columns), columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) square.set(i, j, data[i * columns + j]);
  const { leftSingularVectors: u, rightSingularVectors: v, diagonal } = new SVD(square);
  const s = Float64Array.from(diagonal, (value) => (value > RANK * diagonal[0] ? value : 0));
  return {
    u: matrixOf(rows, columns, (i, k) => (s[k] > 0 ? u.get(i, k) : 0)),
    s,
    v: matrixOf(columns, columns, (i, k) => v.get(i, k)),
  };
}
