import { type Expr, matmul, transpose } from '../graph/index.js';
import type { Shape } from '../tensor/tensor.js';
import { tensor } from '../tensor/tensor.js';
import { linearOperator } from './linear-operator.js';
import { constantMatrix, type Matrix, transposeMatrix } from './matrix.js';
import type { LinearOperator } from './operator.js';
import type { SpectralForm } from './spectral.js';
import { type Svd, svd } from './svd.js';

export interface SeparableOptions {
  /** C, each taken by itself. */
  channels: number;
  /** Acts on the columns of an image, along its height: `[H', H]`. */
  vertical: Matrix;
  /** Acts on the rows of an image, along its width: `[W', W]`. */
  horizontal: Matrix;
}

/**
 * An operator that acts along the height and along the width one after the other, `Y = P X Q^T` a channel: two small matrix
 * products. Its singular value decomposition is that of P and that of Q, on first use.
 */
export function separableOperator(name: string, { channels, vertical, horizontal }: SeparableOptions): LinearOperator {
  const product = sandwich(vertical, horizontal);
  return linearOperator(name, {
    inputShape: [channels, vertical.columns, horizontal.columns],
    outputShape: [channels, vertical.rows, horizontal.rows],
    linearPart: product,
    adjoint: sandwich(transposeMatrix(vertical), transposeMatrix(horizontal)),
    spectral: () => {
      const first = svd(vertical);
      return separableSpectralForm(channels, first, horizontal === vertical ? first : svd(horizontal));
    },
  });
}

/** `P = U1 s1 V1^T` and `Q = U2 s2 V2^T` make `Y = P X Q^T` one decomposition: the singular values are all the products of s1 and s2. */
function separableSpectralForm(channels: number, vertical: Svd, horizontal: Svd): SpectralForm {
  const [height, width] = [vertical.s.length, horizontal.s.length];
  const shape: Shape = [channels, height, width];
  const entry = (_: unknown, k: number) => vertical.s[Math.floor(k / width) % height] * horizontal.s[k % width];
  return {
    singularValues: tensor(shape, Float32Array.from({ length: channels * height * width }, entry)),
    coefficients: sandwich(transposeMatrix(vertical.v), transposeMatrix(horizontal.v)),
    image: sandwich(vertical.v, horizontal.v),
    measured: sandwich(transposeMatrix(vertical.u), transposeMatrix(horizontal.u)),
  };
}

/** X to `P X Q^T`, on the last two axes. */
function sandwich(p: Matrix, q: Matrix): (x: Expr) => Expr {
  const [left, right] = [constantMatrix(p), transpose(constantMatrix(q))];
  return (x) => matmul(left, matmul(x, right));
}
