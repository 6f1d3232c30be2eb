import type { LinearMap } from '../../operators/linear-map.js';

export type { LinearMap };

export interface CglsIterate {
  /** Iterations done; 0 before the first. */
  readonly iteration: number;
  /** Minimises `||A x - b||^2 + damping ||x||^2` over a Krylov space of that dimension. Reused by the next iteration. */
  readonly x: Float64Array;
  /** `b - A x`, by recurrence. Reused by the next iteration. */
  readonly r: Float64Array;
  /** `||b - A x||^2`; without damping it never rises. */
  readonly squares: number;
}

export interface CglsIterationOptions {
  iterations: number;
  /** Stop where `||b - A x||^2` meets this (0); the last step is shortened so that it does not pass below. */
  target?: number;
  /** Weight of `||x||^2` beside `||A x - b||^2` (0); no target is looked at where there is one. */
  damping?: number;
  /**
   * Stop where the gradient's length has fallen to this share of its first (0): below what the map's rounding leaves of it, the iterates
   * are noise, and grow.
   */
  tolerance?: number;
}

/**
 * CGLS from zero (Hestenes and Stiefel 1952; Bjorck 1996, algorithm 7.4.1): conjugate gradients on `A^T A x = A^T b` without forming
 * it. Tends to `A^+ b`, the least-squares solution of least norm; unlike conjugate gradients on `A A^T u = b` it
 * stays sound where b has a part that A cannot reach, e.g. noise in detector bins whose rays miss the image. With damping it is the same
 * for A on top of `sqrt(damping) I` (LSQR's damping: Paige and Saunders 1982), `(A^T A + damping I) x = A^T b`.
 *
 * @param size length of x. Vectors are kept in double.
 */
export async function* cglsIterations(
  map: LinearMap,
  b: Float64Array,
  size: number,
  options: CglsIterationOptions,
): AsyncGenerator<CglsIterate, CglsIterate, void> {
  const { iterations, damping = 0, tolerance = 0, target = damping > 0 ? Number.NEGATIVE_INFINITY : 0 } = options;
  const x = new Float64Array(size);
  const r = Float64Array.from(b);
  let squares = inner(r, r);
  let iteration = 0;
  if (squares > target) {
    let s = await map.adjoint(r);
    let gamma = inner(s, s);
    const least = tolerance ** 2 * gamma;
    const p = Float64Array.from(s);
    while (iteration < iterations && squares > target && gamma > least) {
      const q = await map.forward(p);
      const curvature = inner(q, q) + damping * inner(p, p);
      if (curvature === 0) break;
      const step = target > 0 ? stepTo(target, squares, gamma, curvature) : gamma / curvature;
      axpy(step, p, x);
      axpy(-step, q, r);
      squares = inner(r, r);
      iteration++;
      yield { iteration, x, r, squares };
      if (squares <= target || iteration === iterations) break;
      s = await map.adjoint(r);
      if (damping > 0) axpy(-damping, x, s);
      const next = inner(s, s);
      for (let i = 0; i < p.length; i++) p[i] = s[i] + (next / gamma) * p[i];
      gamma = next;
    }
  }
  return { iteration, x, r, squares };
}

/**
 * The step along p to the least residual, or to where the residual meets the target if that comes first: `||r - a q||^2 = squares - 2 a
 * gamma + a^2 curvature`. One that ends a hair below, so that rounding does not ask for another.
 */
function stepTo(target: number, squares: number, gamma: number, curvature: number): number {
  const full = gamma / curvature;
  const below = target * (1 - 1e-9) - (squares - gamma * full); // how far under the target the full step would end
  return below > 0 ? full - Math.sqrt(below / curvature) : full;
}

export function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** `y += a x`, in place. */
export function axpy(a: number, x: Float64Array, y: Float64Array): void {
  for (let i = 0; i < x.length; i++) y[i] += a * x[i];
}
