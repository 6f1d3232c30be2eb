import { UserError } from '../../tensor/errors.js';
import type { Random } from '../../tensor/random.js';
import { mapTensor, type Tensor } from '../../tensor/tensor.js';

export interface LangevinOptions {
  readonly steps: number;
  /** h: of a density of curvature L it must be below 2 / L, and about deviations it is off by a share of h L / 4. */
  readonly size: number;
  readonly random: Random;
}

/**
 * Unadjusted Langevin steps `x - h grad U(x) + sqrt(2 h) n`, towards a draw from `exp(-U)` (Roberts and Tweedie, Bernoulli 1996).
 * @param gradient of U
 * @throws UserError where they diverge
 */
export async function langevin(
  gradient: (x: Tensor) => Promise<ArrayLike<number>>,
  start: Tensor,
  { steps, size, random }: LangevinOptions,
): Promise<Tensor> {
  let x = start;
  const noise = Math.sqrt(2 * size);
  for (let k = 0; k < steps; k++) {
    const slope = await gradient(x);
    x = mapTensor(x, (value, i) => value - size * slope[i] + noise * random.normal());
    if (!x.data.every(Number.isFinite)) throw new UserError(`Langevin steps of ${size} diverge on this problem: choose smaller ones.`);
  }
  return x;
}
