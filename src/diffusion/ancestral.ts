import type { Random } from '../tensor/random.js';
import { mapTensor, type Tensor } from '../tensor/tensor.js';
import type { TimeStep } from './time-grid.js';

/** Variance of `q(z' | z, z0)` (Ho et al., NeurIPS 2020, eq. 7): `(1 - abar') / (1 - abar) (1 - abar / abar')`; 0 into the clean level. */
export function posteriorVariance(step: TimeStep): number {
  const { alphaBar, alphaBarNext } = step;
  return ((1 - alphaBarNext) / (1 - alphaBar)) * (1 - alphaBar / alphaBarNext);
}

/**
 * One ancestral step of DDPM (Ho et al., NeurIPS 2020, eqs. 6-7): a draw from `q(z' | z, z0 = clean)`.
 *
 * @param z the sample at `abar`.
 * @param clean the estimate of the clean sample, same shape (clipped or not, as the method wishes).
 * @param options.variance of the draw; by default the posterior variance. `(1 - abar / abar')` is DDPM's other choice, "beta".
 */
export function ancestralStep(z: Tensor, clean: Tensor, step: TimeStep, random: Random, options: { variance?: number } = {}): Tensor {
  const { alphaBar, alphaBarNext } = step;
  const alpha = alphaBar / alphaBarNext;
  const onClean = (Math.sqrt(alphaBarNext) * (1 - alpha)) / (1 - alphaBar);
  const onNoisy = (Math.sqrt(alpha) * (1 - alphaBarNext)) / (1 - alphaBar);
  // The last step gives the mean alone: noise on a clean sample would only be noise.
  const deviation = alphaBarNext === 1 ? 0 : Math.sqrt(options.variance ?? posteriorVariance(step));
  return mapTensor(z, (value, i) => onClean * clean.data[i] + onNoisy * value + (deviation > 0 ? deviation * random.normal() : 0));
}
