import { axpy, inner } from './cgls-iterations.js';

export interface ConjugateGradientIterate {
  readonly iteration: number;
  /** Reused by the next iteration. */
  readonly x: Float64Array;
  /** `||b - M x||^2`, by recurrence. */
  readonly squares: number;
}

export interface ConjugateGradientOptions {
  iterations: number;
  /** Where to start; zero where absent. */
  start?: Float64Array;
  /** Stop once `||b - M x|| <= tolerance ||b||` (1e-6). */
  tolerance?: number;
}

/**
 * Conjugate gradients (Hestenes and Stiefel 1952) on `M x = b`, M symmetric and positive definite.
 *
 * @param apply v -> M v.
 * @throws RangeError when M shows itself not to be positive definite.
 */
export async function* conjugateGradients(
  apply: (v: Float64Array) => Promise<Float64Array>,
  b: Float64Array,
  options: ConjugateGradientOptions,
): AsyncGenerator<ConjugateGradientIterate, ConjugateGradientIterate, void> {
  const { iterations, start, tolerance = 1e-6 } = options;
  const x = start === undefined ? new Float64Array(b.length) : Float64Array.from(start);
  const r = Float64Array.from(b);
  if (start !== undefined) axpy(-1, await apply(x), r);
  const p = Float64Array.from(r);
  const target = tolerance ** 2 * inner(b, b);
  let squares = inner(r, r);
  let iteration = 0;
  while (iteration < iterations && squares > target) {
    const q = await apply(p);
    const curvature = inner(p, q);
    if (!(curvature > 0)) throw new RangeError(`conjugate gradients need a positive definite matrix, met curvature ${curvature}`);
    axpy(squares / curvature, p, x);
    axpy(-squares / curvature, q, r);
    const next = inner(r, r);
    for (let i = 0; i < p.length; i++) p[i] = r[i] + (next / squares) * p[i];
    squares = next;
    iteration++;
    yield { iteration, x, squares };
  }
  return { iteration, x, squares };
}
