import type { Tensor } from '../tensor/tensor.js';
import { type Measurement, sumOfSquares } from './networks/measurement.js';
import { type CglsIterate, cglsIterations, type LinearMap } from './optimise/cgls-iterations.js';
import { shift } from './start-image.js';

export interface ProximalOptions {
  /** Standard deviation to which x0 is trusted, in image values. */
  readonly trust: number;
  /** Standard deviation to which y is trusted; the problem's sigma unless given. */
  readonly sigma?: number;
  /** Most iterations of conjugate gradients. */
  readonly iterations: number;
  /** Gauss-Newton steps, each with so many iterations, where A is not linear. */
  readonly newtonSteps: number;
  /** Added to y, of a linear A: with noise of `trust` on x0 as well, the result is a draw from the density whose maximum it would be. */
  readonly noise?: Tensor;
}

export interface Proximal {
  readonly x: Tensor;
  /** `||y - A x||^2` */
  readonly squares: number;
}

/**
 * Share of its first length at which a gradient counts as none: operators run in float32, and iterates past its rounding grow without
 * bound.
 */
const TOLERANCE = 1e-5;

/**
 * Hard data consistency in pixels: `argmin_x ||y - A x||^2 / (2 sigma^2) + ||x - x0||^2 / (2 trust^2)`, the maximum a posteriori where x0
 * is all that is known. By conjugate gradients from x0; of a nonlinear A by Gauss-Newton, whose linear problems go the same way.
 * @param x0 `[1, C, H, W]`
 */
export async function proximal(measurement: Measurement, x0: Tensor, options: ProximalOptions): Promise<Proximal> {
  const { operator, sigma: noise } = measurement.problem;
  const { trust, sigma = noise, iterations, newtonSteps, noise: added } = options;
  const damping = (sigma / trust) ** 2;
  /** `argmin_d ||b - A d||^2 + damping ||d||^2` */
  const solve = async (map: LinearMap, b: Float64Array): Promise<CglsIterate> => {
    const steps = cglsIterations(map, b, x0.data.length, { iterations, damping, tolerance: TOLERANCE });
    for (;;) {
      const { value, done } = await steps.next();
      if (done) return value;
    }
  };

  let here = await measurement.discrepancy(x0);
  if (operator.linear) {
    const lacking = added === undefined ? here.difference : here.difference.map((value, i) => value + added.data[i]);
    const { x, squares } = await solve(measurement.linear(), lacking);
    return { x: shift(x0, x), squares };
  }
  // Gauss-Newton in the change d = x - x0: linearised at x, the measurement asks for J d' = y - A(x) + J d
  const cost = (squares: number, d: Float64Array): number => squares + damping * sumOfSquares(d);
  let d: Float64Array = new Float64Array(x0.data.length);
  for (let k = 0, better = true; k < newtonSteps && better; k++) {
    const jacobian = measurement.linearisedAt(shift(x0, d));
    const along = await jacobian.forward(d);
    const goal = (
      await solve(
        jacobian,
        here.difference.map((value, i) => value + along[i]),
      )
    ).x;
    better = false;
    // far from the solution the linear model may promise too much: then half the step, and half again
    for (let share = 1; share > 0.1 && !better; share /= 2) {
      const trial = d.map((value, i) => value + share * (goal[i] - value));
      const there = await measurement.discrepancy(shift(x0, trial));
      better = cost(there.squares, trial) < cost(here.squares, d);
      if (better) [d, here] = [trial, there];
    }
  }
  return { x: shift(x0, d), squares: here.squares };
}
