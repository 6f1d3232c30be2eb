import { add, constant, div, type Expr, mul, type Operand, sub } from '../graph/index.js';
import { UsageError } from '../tensor/errors.js';
import { mapTensor, type Tensor } from '../tensor/tensor.js';
import type { LinearOperator } from './operator.js';

/**
 * A linear operator as `U diag(s) V^T`, V a whole orthonormal basis of images. Coefficients are laid out as images are, so
 * that one tensor of singular values, the coefficients of an image and those of its measurement can be combined entry by entry.
 */
export interface SpectralForm {
  /** One for each coefficient, `[C, H, W]`; 0 for what the operator does not see. */
  readonly singularValues: Tensor;
  /** `V^T x`, `[N, C, H, W]` both. */
  coefficients(x: Expr): Expr;
  /** `V c`, the image that has these coefficients. */
  image(c: Expr): Expr;
  /** `U^T y`, `[N, ...outputShape]` to `[N, C, H, W]`, each beside its singular value; 0 where that is 0. */
  measured(y: Expr): Expr;
}

export interface PseudoInverseOptions {
  /** Singular values below this share of the largest count as 0 (1e-6, about what float32 can tell). */
  cutoff?: number;
}

/**
 * The image of least norm among those that fit y best, `A^+ (y - A(0))`, by the spectral form.
 * @param y `[N, ...outputShape]`
 * @throws UserError when the operator has no spectral form.
 */
export function pseudoInverse(operator: LinearOperator, y: Expr, options: PseudoInverseOptions = {}): Expr {
  const { cutoff = 1e-6 } = options;
  const form = spectralOf(operator);
  const least = cutoff * form.singularValues.data.reduce((a, b) => Math.max(a, b), 0);
  const inverse = mapTensor(form.singularValues, (s) => (s > least ? 1 / s : 0));
  return form.image(mul(form.measured(sub(y, constant(operator.offset))), constant(inverse)));
}

/**
 * `(A^T A + rho I)^-1 b`: the proximal and regularised steps of many methods, solved exactly by the spectral form.
 * @param b `[N, C, H, W]`
 * @param rho above 0, a number or a scalar of the graph
 * @throws UserError when the operator has no spectral form.
 */
export function solveNormal(operator: LinearOperator, b: Expr, rho: Operand): Expr {
  const form = spectralOf(operator);
  const squares = constant(mapTensor(form.singularValues, (s) => s * s));
  return form.image(div(form.coefficients(b), add(squares, rho)));
}

/** @throws UserError when the operator has no spectral form. */
export function spectralOf(operator: LinearOperator): SpectralForm {
  if (operator.spectral === undefined)
    throw new UsageError(
      `${operator.name} has no singular value decomposition that is cheap enough; choose a method that does without, or another operator.`,
    );
  return operator.spectral();
}
