import type { z } from 'zod';
import type { PixelPrior } from '../priors/prior.js';
import { UsageError } from '../tensor/errors.js';
import { count, number } from './methods/options.js';

/** The noise levels that samplers with a prior on pixels go down: options that they share. */
export const noiseLevelOptions = {
  steps: count('noise levels, and evaluations of the denoiser', { from: 1, to: 10_000 }),
  sigmaMax: number('first noise level, standard deviation of images in [-1, 1]', { above: 0, to: 1e6 }),
  sigmaMin: number('last noise level', { above: 0, to: 1e6 }),
};

/** The data step at each of them, as `proximal` takes it. */
export const dataStepOptions = {
  iterations: count('most iterations of conjugate gradients in a data step', { from: 1, to: 10_000 }),
  newtonSteps: count('Gauss-Newton steps in a data step, where the operator is not linear', { from: 1, to: 10_000 }),
};

export type NoiseLevelOptions = z.output<z.ZodObject<typeof noiseLevelOptions>>;

/** From `sigmaMax` down to `sigmaMin`, evenly in the logarithm. */
export function noiseLevels({ steps, sigmaMax, sigmaMin }: NoiseLevelOptions): number[] {
  return Array.from({ length: steps }, (_, i) => sigmaMax * (sigmaMin / sigmaMax) ** (steps === 1 ? 1 : i / (steps - 1)));
}

/** @throws UserError for noise that does not fall, or that the prior does not know. */
export function checkNoiseLevels({ sigmaMin, sigmaMax }: NoiseLevelOptions, prior?: Pick<PixelPrior, 'name' | 'noise'>): void {
  if (sigmaMin > sigmaMax) throw new UsageError(`The noise falls from sigmaMax to sigmaMin; got ${sigmaMax} and ${sigmaMin}.`);
  const [least, most] = prior?.noise ?? [0, Number.POSITIVE_INFINITY];
  // a hair outside is the end of a schedule, rounded
  if (sigmaMin < 0.99 * least || sigmaMax > 1.01 * most)
    throw new UsageError(
      `The prior "${prior?.name}" knows noise of ${least} to ${most}: choose sigmaMin and sigmaMax from there, not ${sigmaMin} and ${sigmaMax}.`,
    );
}
