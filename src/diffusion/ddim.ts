import type { Random } from '../tensor/random.js';
import { mapTensor, type Tensor } from '../tensor/tensor.js';
import type { TimeStep } from './time-grid.js';

/**
 * One DDIM step (Song et al., ICLR 2021, eq. 12): `sqrt(abar') z0hat + sqrt(1 - abar' - s^2) eps + s n`,
 * `s = eta sqrt((1 - abar') / (1 - abar)) sqrt(1 - abar / abar')`. Deterministic for eta = 0, ancestral for eta = 1.
 *
 * @param clean the estimate `z0hat` of the clean sample.
 * @param epsilon the noise estimate, same shape.
 * @param random drawn from only when eta > 0.
 */
export function ddimStep(clean: Tensor, epsilon: Tensor, step: TimeStep, random: Random, options: { eta?: number } = {}): Tensor {
  const { alphaBar, alphaBarNext } = step;
  const spread = (options.eta ?? 0) * Math.sqrt(((1 - alphaBarNext) / (1 - alphaBar)) * (1 - alphaBar / alphaBarNext));
  const signal = Math.sqrt(alphaBarNext);
  const noise = Math.sqrt(Math.max(0, 1 - alphaBarNext - spread ** 2));
  return mapTensor(clean, (z0, i) => signal * z0 + noise * epsilon.data[i] + (spread > 0 ? spread * random.normal() : 0));
}
