import type { Expr } from '../graph/index.js';
import type { Workers } from '../runtime/jobs.js';
import type { Shape, Tensor } from '../tensor/tensor.js';
import type { LinearMap } from './linear-map.js';
import type { SpectralForm } from './spectral.js';

/**
 * A forward model: what the instrument would measure of an image, without noise.
 * It is a graph, so a solver may differentiate through it.
 */
export interface Operator {
  readonly name: string;
  /** Of one image, `[C, H, W]`. */
  readonly inputShape: Shape;
  /** Of one measurement, without the batch. */
  readonly outputShape: Shape;
  readonly linear: boolean;
  /** `x [N, C, H, W]` in [-1, 1] to `[N, ...outputShape]` in the measurement's own unit. */
  apply(x: Expr): Expr;
}

/** A linear operator as loops on plain arrays. */
export interface DirectForm {
  /** Whether there is no other: a graph of it would be too large, and asking for one is an error that says so. */
  readonly only: boolean;
  /** On the threads of a runtime; by default in the calling one. What it returns keeps its memory for the next call. */
  on(workers?: Workers): LinearMap;
}

/** An operator affine in x: `apply(x) = linearPart(x) + offset`. */
export interface LinearOperator extends Operator {
  readonly linear: true;
  /** `[N, C, H, W]` to `[N, ...outputShape]`, zero at x = 0. */
  linearPart(x: Expr): Expr;
  /** The exact transpose of `linearPart`: `[N, ...outputShape]` to `[N, C, H, W]`. */
  adjoint(y: Expr): Expr;
  /** `apply(0)`, of `outputShape`. */
  readonly offset: Tensor;
  /** `linearPart` and its transpose without a graph, where that takes less time and memory. */
  readonly direct?: DirectForm;
  /** The singular value decomposition of `linearPart`, where a cheap one is known; made on the first call and kept. */
  spectral?(): SpectralForm;
}

export function isLinear(operator: Operator): operator is LinearOperator {
  return operator.linear;
}
