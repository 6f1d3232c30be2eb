import { type CtScale, ctScale } from '../io/index.js';
import { gaussianNoise, type LinearOperator, type ParallelGeometry, photonNoise, photonSigma, radon } from '../operators/index.js';
import type { Runtime } from '../runtime/index.js';
import { UserError } from '../tensor/errors.js';
import type { Random } from '../tensor/random.js';
import type { Tensor } from '../tensor/tensor.js';
import { fittedMeasurement, type ImagingProblem, measureTruth, type NoiseOptions } from './problem.js';

/** A geometry and its forward model. One scanner serves many images, so that its graphs are compiled once. */
export interface CtScanner {
  readonly geometry: ParallelGeometry;
  readonly operator: LinearOperator;
  readonly scale: CtScale;
}

/** A CT reconstruction to be made: the measurement, how it was made, and the truth where it is known. */
export interface CtProblem extends ImagingProblem, CtScanner {
  readonly operator: LinearOperator;
  readonly scale: CtScale;
}

/** @throws UserError when the geometry is impossible. */
export function ctScanner(geometry: ParallelGeometry): CtScanner {
  return { geometry, operator: radon(geometry), scale: { ...ctScale, ...(geometry.muMax !== undefined && { muMax: geometry.muMax }) } };
}

/**
 * Measure a true image: its sinogram with seeded noise. Same image, scanner, noise and random state: same bits,
 * whichever method is to use them.
 * @param truth [1, 1, H, W] in [-1, 1]
 * @throws UserError when the noise is impossible.
 */
export async function simulateCt(
  runtime: Runtime,
  truth: Tensor,
  scanner: CtScanner,
  noise: NoiseOptions,
  random: Random,
): Promise<CtProblem> {
  const clean = await measureTruth(runtime, scanner.operator, truth);
  const y = noise.photons === undefined ? gaussianNoise(clean, noise.sigma, random) : photonNoise(clean, noise.photons, random);
  const sigma = noise.photons === undefined ? noise.sigma : photonSigma(y, noise.photons);
  return { ...scanner, y, sigma, truth };
}

/**
 * A measurement that was made elsewhere.
 * @param y [views, bins] or [1, views, bins], line integrals -log(I / I0)
 * @param sigma standard deviation of its noise, where methods stop
 * @throws UserError when the sinogram does not fit the geometry or holds NaN or infinity.
 */
export function measuredCt(y: Tensor, scanner: CtScanner, sigma: number, truth?: Tensor): CtProblem {
  const { geometry, operator } = scanner;
  const fitted = fittedMeasurement(y, operator, 'the geometry describes (views, bins)');
  const bad = y.data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const [view, bin] = [Math.floor(bad / geometry.bins), bad % geometry.bins];
    throw new UserError(
      `The measurement holds ${y.data[bad]} at view ${view}, bin ${bin}. Dead bins must be filled in (by their neighbours, say) or left out.`,
    );
  }
  return { ...scanner, y: fitted, sigma, truth };
}
