import { formatShape } from '../../../tensor/tensor.js';
import { add, mul } from '../../elementwise.js';
import type { Expr } from '../../expr.js';
import { reshape, transpose } from '../../layout.js';
import { matmul } from '../../matmul.js';
import type { OnnxNode, Rule } from '../onnx-node.js';

/** As numpy's: a vector is a row on the left and a column on the right, and that axis vanishes again. */
export function matmulOfAny(a: Expr, b: Expr): Expr {
  const row = a.shape.length === 1 ? reshape(a, [1, a.shape[0]]) : a;
  const column = b.shape.length === 1 ? reshape(b, [b.shape[0], 1]) : b;
  const y = matmul(row, column);
  const gone = (axis: number): boolean =>
    (a.shape.length === 1 && axis === y.shape.length - 2) || (b.shape.length === 1 && axis === y.shape.length - 1);
  return reshape(
    y,
    y.shape.filter((_, axis) => !gone(axis)),
  );
}

/** alpha A B + beta C. */
function gemm(n: OnnxNode): Expr {
  const [a, b] = [n.expr(0), n.expr(1)];
  if (a.shape.length !== 2 || b.shape.length !== 2)
    throw new RangeError(`it takes matrices, got ${formatShape(a.shape)} and ${formatShape(b.shape)}`);
  const product = matmul(n.int('transA', 0) ? transpose(a) : a, n.int('transB', 0) ? transpose(b) : b);
  const alpha = n.float('alpha', 1);
  const scaled = alpha === 1 ? product : mul(alpha, product);
  if (!n.has(2)) return scaled;
  const beta = n.float('beta', 1);
  return add(scaled, beta === 1 ? n.expr(2) : mul(beta, n.expr(2)));
}

export const matrices: Readonly<Record<string, Rule>> = {
  MatMul: (n) => matmulOfAny(n.expr(0), n.expr(1)),
  Gemm: gemm,
};
