import { differences, divergence, shrink } from '../total-variation.js';
import { axpy, inner, type LinearMap } from './cgls-iterations.js';

export interface TvIterationOptions {
  /** `||A x - y||^2` to end at, by the discrepancy principle; without it `weight` stays as it is. */
  readonly target?: number;
  /** Weight of `1/2 ||A x - y||^2` against the total variation; a first guess where there is a target. */
  readonly weight: number;
  /** An image that x is added to before its variation is taken, and the weight `pull / 2 ||x||^2` that draws x back to 0. */
  readonly around?: { readonly image: ArrayLike<number>; readonly pull: number };
}

export interface TvIterate {
  readonly x: Float64Array;
  /** Norm of the last change of x. */
  readonly change: number;
  /** `||A x - y||^2` */
  readonly squares: number;
}

/** Steps of conjugate gradients in an iteration, each an A and an adjoint. */
export const INNER_STEPS = 6;
/** Differences are shrunk by its inverse: a step length for images of [-1, 1], which sets how fast, not where to. Found by trial on CT. */
const RHO = 20;

/**
 * `min TV(x) + weight / 2 ||A x - y||^2` by the alternating direction method of multipliers on the split `g = differences(x)` (split
 * Bregman: Goldstein and Osher, SIAM J. Imaging Sci. 2009); x by a few conjugate gradient steps from the last, g by shrinking. With a
 * target the weight follows the residual until it is met, as in C-SALSA's constraint (Afonso, Bioucas-Dias and Figueiredo, IEEE TIP 2011),
 * and the limit is that of `min TV(x)` subject to it.
 */
export async function* tvIterations(
  map: LinearMap,
  y: Float64Array,
  shape: readonly number[],
  { target, weight: first, around }: TvIterationOptions,
): AsyncGenerator<TvIterate, never, void> {
  const size = shape.reduce((a, b) => a * b);
  const pull = around?.pull ?? 0;
  const x = new Float64Array(size);
  const misfit = y.map((value) => -value); // A x - y
  const g = new Float64Array(2 * size);
  const u = new Float64Array(2 * size); // scaled multipliers
  let weight = first;
  if (around) differences(Float64Array.from(around.image), shape, g, 1);
  for (;;) {
    // the gradient of the augmented Lagrangian in x, and conjugate gradient steps against it
    const field = new Float64Array(2 * size);
    differences(around ? x.map((value, i) => value + around.image[i]) : x, shape, field, 1);
    for (let i = 0; i < field.length; i++) field[i] += u[i] - g[i];
    const back = await map.adjoint(misfit);
    const spread = divergence(field, shape, new Float64Array(size)); // -div
    const r = back.map((value, i) => -(weight * value + RHO * spread[i] + pull * x[i]));
    let gamma = inner(r, r);
    const p = Float64Array.from(r);
    const start = Float64Array.from(x);
    for (let k = 0; k < INNER_STEPS && gamma > 0; k++) {
      const ap = await map.forward(p);
      const dp = new Float64Array(2 * size);
      differences(p, shape, dp, 1);
      const step = gamma / (weight * inner(ap, ap) + RHO * inner(dp, dp) + pull * inner(p, p));
      axpy(step, p, x);
      axpy(step, ap, misfit);
      if (k === INNER_STEPS - 1) break;
      const q = await map.adjoint(ap);
      const dq = divergence(dp, shape, new Float64Array(size));
      for (let i = 0; i < size; i++) r[i] -= step * (weight * q[i] + RHO * dq[i] + pull * p[i]);
      const next = inner(r, r);
      for (let i = 0; i < size; i++) p[i] = r[i] + (next / gamma) * p[i];
      gamma = next;
    }
    // g = shrink(differences + u, 1 / rho), u += differences - g
    g.set(u);
    differences(around ? x.map((value, i) => value + around.image[i]) : x, shape, g, 1);
    u.set(g);
    shrink(g, shape, 1 / RHO);
    for (let i = 0; i < u.length; i++) u[i] -= g[i];
    const squares = inner(misfit, misfit);
    if (target !== undefined && target > 0) weight *= Math.min(2, Math.max(0.5, (squares / target) ** 0.5));
    let change = 0;
    for (let i = 0; i < size; i++) change += (x[i] - start[i]) ** 2;
    yield { x, change: Math.sqrt(change), squares };
  }
}
