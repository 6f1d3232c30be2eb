import { posteriorVariance, type TimeStep } from '../diffusion/index.js';
import type { Random } from '../tensor/random.js';
import { mapTensor, type Tensor } from '../tensor/tensor.js';

/** Which `sigma_t^2` stochastic resampling uses; see `resampleVariance`. */
export type SigmaSchedule = 'paper' | 'posterior';

/**
 * `sigma_t^2`, how little the unconditional sample z' is trusted against the data-consistent one, for the step from `abar` to `abar'`:
 * - `paper`: `gamma (1 - abar') / abar (1 - abar / abar')`, as printed (arXiv 2307.08123, after eq. 13);
 * - `posterior`: `(1 - abar)` in that denominator, which makes it gamma times the variance of DDPM's posterior; what the published program
 * does.
 */
export function resampleVariance(step: TimeStep, schedule: SigmaSchedule, gamma: number): number {
  const { alphaBar, alphaBarNext } = step;
  return schedule === 'posterior'
    ? gamma * posteriorVariance(step)
    : ((gamma * (1 - alphaBarNext)) / alphaBar) * (1 - alphaBar / alphaBarNext);
}

/** Weight of the data-consistent sample in the resampled mean: `sigma_t^2 / (sigma_t^2 + 1 - abar_t)`. */
export function resampleWeight(alphaBar: number, variance: number): number {
  return variance / (variance + 1 - alphaBar);
}

/**
 * Stochastic resampling (ReSample, Proposition 2): a draw from
 * `N( w sqrt(abar_t) z0y + (1 - w) z', w (1 - abar_t) I )`, `w = sigma_t^2 / (sigma_t^2 + 1 - abar_t)`.
 *
 * @param consistent z0y, the data-consistent clean sample.
 * @param unconditional z', at level `abar_t`.
 * @param alphaBar `abar_t`, below 1.
 * @param variance `sigma_t^2`.
 */
export function stochasticResample(consistent: Tensor, unconditional: Tensor, alphaBar: number, variance: number, random: Random): Tensor {
  const weight = resampleWeight(alphaBar, variance);
  const signal = Math.sqrt(alphaBar);
  const deviation = Math.sqrt(weight * (1 - alphaBar));
  return mapTensor(consistent, (z0, i) => weight * signal * z0 + (1 - weight) * unconditional.data[i] + deviation * random.normal());
}

/** z0y taken back to the noise of the level that follows, by the mapping chosen. */
export function resampleToNext(
  consistent: Tensor,
  unconditional: Tensor,
  level: TimeStep,
  random: Random,
  { mapping, sigmaSchedule, gamma }: { mapping: 'resampling' | 'encoding'; sigmaSchedule: SigmaSchedule; gamma: number },
): Tensor {
  if (mapping === 'encoding') return stochasticEncode(consistent, level.alphaBarNext, random);
  return stochasticResample(consistent, unconditional, level.alphaBarNext, resampleVariance(level, sigmaSchedule, gamma), random);
}

/** Stochastic encoding (ReSample, Proposition 1): a draw from `N(sqrt(abar_t) z0y, (1 - abar_t) I)`, which forgets z'. */
export function stochasticEncode(consistent: Tensor, alphaBar: number, random: Random): Tensor {
  const signal = Math.sqrt(alphaBar);
  const deviation = Math.sqrt(1 - alphaBar);
  return mapTensor(consistent, (z0) => signal * z0 + deviation * random.normal());
}
