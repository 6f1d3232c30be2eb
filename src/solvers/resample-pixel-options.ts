import type { PixelPrior } from '../priors/prior.js';
import { UsageError } from '../tensor/errors.js';

/** Everything that can be chosen in ReSample with a prior on pixels. */
export interface PixelResampleOptions {
  /** Noise levels, and evaluations of the denoiser. */
  steps: number;
  /** First and last noise level, standard deviations of images in [-1, 1]. */
  sigmaMax: number;
  sigmaMin: number;
  /** The clean estimate at level s is trusted to within `r = s / sqrt(lambda)`. */
  lambda: number;
  /**
   * Over-relaxation: from one level to the next the image moves so many times as far as estimate and data step take it, at the first level, falling evenly to 1 at
   * the last. Above 1 what is measured weakly (long-range structure) settles in fewer levels; 1 is the plain algorithm.
   */
  relaxation: number;
  /** Most iterations of conjugate gradients in a data step. */
  iterations: number;
  /** Gauss-Newton steps in a data step, where the operator is not linear. */
  newtonSteps: number;
  /** `encoding`: fresh noise on the image that agrees with the data (Prop. 1); `resampling`: towards the unconditional sample (Prop. 2). */
  mapping: 'encoding' | 'resampling';
  /** Of resampling: its variance is gamma times that of DDPM's posterior. */
  gamma: number;
  /** Whether the last image is brought to the noise level of the measurement. */
  toNoise: boolean;
  /** That level: `||y - A x||^2 = margin m sigma^2`. */
  margin: number;
}

export const pixelResampleDefaults: PixelResampleOptions = {
  steps: 70,
  sigmaMax: 0.5,
  sigmaMin: 0.01,
  lambda: 0.3,
  relaxation: 1.5,
  iterations: 5,
  newtonSteps: 2,
  mapping: 'encoding',
  gamma: 40,
  toNoise: true,
  margin: 1,
};

/**
 * Chosen on tuning images. `pixel`: CT, where the first image is already near. `pixel-photo`: photographs, where pixels may be missing altogether, so that it is not;
 * and where few measurements a pixel would be fitted closer than their noise.
 */
export const pixelResamplePresets = {
  pixel: pixelResampleDefaults,
  'pixel-photo': { ...pixelResampleDefaults, sigmaMax: 1.5, lambda: 0.4 },
} as const satisfies Record<string, PixelResampleOptions>;

const MOST_STEPS = 10_000;

/**
 * The defaults with single options replaced.
 * @throws UserError for a value out of range, or noise levels that the prior does not know.
 */
export function pixelResampleOptions(overrides: Partial<PixelResampleOptions> = {}, prior?: PixelPrior): PixelResampleOptions {
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  const options: PixelResampleOptions = { ...pixelResampleDefaults, ...given };
  for (const name of ['steps', 'iterations', 'newtonSteps'] as const)
    if (!Number.isInteger(options[name]) || options[name] < 1 || options[name] > MOST_STEPS)
      throw new UsageError(`ReSample's ${name} must be a whole number from 1 to ${MOST_STEPS}, got ${options[name]}.`);
  for (const name of ['sigmaMax', 'sigmaMin', 'lambda', 'gamma', 'margin'] as const)
    if (!(options[name] > 0 && options[name] < 1e6)) throw new UsageError(`ReSample's ${name} must be above 0, got ${options[name]}.`);
  if (!(options.relaxation >= 1 && options.relaxation <= 2))
    throw new UsageError(`ReSample's relaxation must be from 1 to 2, got ${options.relaxation}.`);
  if (options.mapping !== 'encoding' && options.mapping !== 'resampling')
    throw new UsageError(`ReSample's mapping is encoding or resampling, not ${options.mapping}.`);
  const { sigmaMin, sigmaMax } = options;
  if (sigmaMin > sigmaMax) throw new UsageError(`ReSample's noise falls from sigmaMax to sigmaMin; got ${sigmaMax} and ${sigmaMin}.`);
  const [least, most] = prior?.noise ?? [0, Number.POSITIVE_INFINITY];
  // a hair outside is the end of a schedule, rounded
  if (sigmaMin < 0.99 * least || sigmaMax > 1.01 * most)
    throw new UsageError(
      `The prior "${prior?.name}" knows noise of ${least} to ${most}: choose sigmaMin and sigmaMax from there, not ${sigmaMin} and ${sigmaMax}.`,
    );
  return options;
}
