import { UsageError } from '../tensor/errors.js';
import type { Random } from '../tensor/random.js';
import { mapTensor, type Tensor } from '../tensor/tensor.js';

/**
 * `y + n`, n independent normal with standard deviation `sigma`, in the unit of y.
 * @throws UserError when sigma is negative or not a number.
 * @example
 * ```ts
 * import { operators, Random, tensor } from 'posteriori';
 * const y = operators.gaussianNoise(tensor([1, 25, 363]), 0.01, new Random(0));
 * ```
 */
export function gaussianNoise(y: Tensor, sigma: number, random: Random): Tensor {
  if (!(sigma >= 0) || sigma === Infinity) throw new UsageError(`sigma is the standard deviation of the noise, 0 or more; got ${sigma}.`);
  return mapTensor(y, (value) => value + sigma * random.normal());
}

/**
 * Line integrals y seen by a counting detector, `-log(n / I0)` with n ~ Poisson(I0 exp(-y)). A ray that let no photon
 * through would be infinite; it is read as half a photon, the least that could have been told from one.
 * @param photons I0, the mean count of an unobstructed ray.
 * @throws UserError when photons is not positive.
 */
export function photonNoise(y: Tensor, photons: number, random: Random): Tensor {
  checkPhotons(photons);
  return mapTensor(y, (value) => -Math.log(Math.max(random.poisson(photons * Math.exp(-value)), 0.5) / photons));
}

/**
 * The Gaussian sigma that photon noise amounts to: the root of the mean variance of `photonNoise`, `exp(y) / I0` a ray
 * (the delta method). What a solver needs to stop at the noise; a measured y serves as well as a true one.
 * @throws UserError when photons is not positive.
 */
export function photonSigma(y: Tensor, photons: number): number {
  checkPhotons(photons);
  let sum = 0;
  for (const value of y.data) sum += Math.exp(value);
  return Math.sqrt(sum / y.data.length / photons);
}

/**
 * A picture y in [-1, 1] as a sensor counts it: each intensity (y + 1) / 2 in [0, 1] becomes n / photons, n ~ Poisson(photons intensity).
 * Negative intensities count nothing.
 * @param photons the mean count of a white pixel.
 * @throws UserError when photons is not positive.
 */
export function shotNoise(y: Tensor, photons: number, random: Random): Tensor {
  checkPhotons(photons);
  return mapTensor(y, (value) => (2 * random.poisson(photons * Math.max(0, (value + 1) / 2))) / photons - 1);
}

/**
 * The Gaussian sigma that shot noise amounts to: the root of its mean variance, `4 intensity / photons` a pixel.
 * @throws UserError when photons is not positive.
 */
export function shotSigma(y: Tensor, photons: number): number {
  checkPhotons(photons);
  let sum = 0;
  for (const value of y.data) sum += Math.max(0, (value + 1) / 2);
  return Math.sqrt((4 * sum) / y.data.length / photons);
}

function checkPhotons(photons: number): void {
  if (!(photons > 0) || photons === Infinity)
    throw new UsageError(`photons is the mean count of an unobstructed ray or a white pixel, above 0; got ${photons}.`);
}
