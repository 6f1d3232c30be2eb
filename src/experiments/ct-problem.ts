import { input } from '../graph/index.js';
import { gaussianNoise, type LinearOperator, type ParallelGeometry, photonNoise, photonSigma, radon } from '../operators/index.js';
import type { Runtime } from '../runtime/index.js';
import type { Problem } from '../solvers/index.js';
import { UserError } from '../tensor/errors.js';
import type { Random } from '../tensor/random.js';
import { formatShape, reshaped, sameShape, type Tensor } from '../tensor/tensor.js';

/** A geometry and its forward model. One scanner serves many images, so that its graphs are compiled once. */
export interface CtScanner {
  readonly geometry: ParallelGeometry;
  readonly operator: LinearOperator;
}

/** A CT reconstruction to be made: the measurement, how it was made, and the truth where it is known. */
export interface CtProblem extends Problem, CtScanner {
  readonly operator: LinearOperator;
  /** [1, 1, H, W] in [-1, 1]; for figures alone, no method sees it. */
  readonly truth?: Tensor;
}

/** The noise of a simulated measurement. */
export interface NoiseOptions {
  /** Standard deviation on the line integrals. Not used with `photons`. */
  readonly sigma: number;
  /** Photons an unobstructed ray counts: Poisson noise in place of Gaussian. */
  readonly photons?: number;
}

/** @throws UserError when the geometry is impossible. */
export function ctScanner(geometry: ParallelGeometry): CtScanner {
  return { geometry, operator: radon(geometry) };
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
  const { operator } = scanner;
  if (!sameShape(truth.shape, [1, ...operator.inputShape])) {
    throw new RangeError(`the image is ${formatShape(truth.shape)}, the scanner sees ${formatShape([1, ...operator.inputShape])}`);
  }
  const measure = await runtime.compile({ y: operator.apply(input('x', truth.shape)) }, { name: 'measurement' });
  const { y: clean } = await measure.run({ x: truth });
  await measure.dispose();
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
  const shape = y.shape.length === 3 && y.shape[0] === 1 ? y.shape.slice(1) : y.shape;
  if (!sameShape(shape, operator.outputShape)) {
    throw new UserError(
      `The measurement has shape ${formatShape(y.shape)}, but the geometry describes ${formatShape(operator.outputShape)} (views, bins). Check that the two belong together.`,
    );
  }
  const bad = y.data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const [view, bin] = [Math.floor(bad / geometry.bins), bad % geometry.bins];
    throw new UserError(
      `The measurement holds ${y.data[bad]} at view ${view}, bin ${bin}. Dead bins must be filled in (by their neighbours, say) or left out.`,
    );
  }
  return { ...scanner, y: reshaped(y, [1, ...operator.outputShape]), sigma, truth };
}
