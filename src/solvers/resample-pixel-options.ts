import { z } from 'zod';
import type { PixelPrior } from '../priors/prior.js';
import { flag, number, word } from './methods/options.js';
import { checkNoiseLevels, dataStepOptions, noiseLevelOptions } from './noise-levels.js';
import { replaceOptions } from './replace-options.js';

/** Everything that can be chosen in ReSample with a prior on pixels. */
export const pixelResampleSchema = z.strictObject({
  ...noiseLevelOptions,
  lambda: number('the clean estimate at level s is trusted to within r = s / sqrt(lambda)', { above: 0, to: 1e6 }),
  /** What is missing altogether, over many pixels, keeps the mean of the first image: noise does not hide it from the denoiser. */
  start: word(
    'the first image: of all that explain the measurement the one nearest to grey (to air), or, of a linear operator, the smoothest',
    ['nearest', 'smoothest'],
  ),
  /** Above 1 what is measured weakly (long-range structure) settles in fewer levels; 1 is the plain algorithm. */
  relaxation: number(
    'over-relaxation: from one level to the next the image moves so many times as far as estimate and data step take it, at the first level, falling evenly to 1 at the last',
    { from: 1, to: 2 },
  ),
  ...dataStepOptions,
  mapping: word(
    'encoding: fresh noise on the image that agrees with the data (Prop. 1); resampling: towards the unconditional sample (Prop. 2)',
    ['encoding', 'resampling'],
  ),
  gamma: number("of resampling: its variance is gamma times that of DDPM's posterior", { above: 0, to: 1e6 }),
  toNoise: flag('whether the last image is brought to the noise level of the measurement'),
  margin: number('that level: ||y - A x||^2 = margin m sigma^2', { above: 0, to: 1e6 }),
});

export type PixelResampleOptions = z.output<typeof pixelResampleSchema>;

export const pixelResampleDefaults: PixelResampleOptions = {
  steps: 70,
  sigmaMax: 0.5,
  sigmaMin: 0.01,
  lambda: 0.3,
  start: 'nearest',
  relaxation: 1.8,
  iterations: 8,
  newtonSteps: 2,
  mapping: 'encoding',
  gamma: 40,
  toNoise: true,
  margin: 1,
};

/**
 * Chosen on tuning images. `pixel`: CT, where the first image is already near. `pixel-photo`: photographs, where pixels may be missing
 * altogether, so that it is not; and where few measurements a pixel would be fitted closer than their noise. `pixel-scan`: measured CT, of
 * objects unlike any that the prior knows, in noise that is known but roughly: the measurement is believed less (chosen on a tooth's scan;
 * 1.5 dB worse where object and noise are as expected).
 */
export const pixelResamplePresets = {
  pixel: pixelResampleDefaults,
  'pixel-scan': { ...pixelResampleDefaults, lambda: 1.5 },
  'pixel-photo': { ...pixelResampleDefaults, sigmaMax: 1.5, lambda: 0.7, start: 'smoothest', relaxation: 1.5, iterations: 15 },
} as const satisfies Record<string, PixelResampleOptions>;

/**
 * The defaults with single options replaced.
 * @throws UserError for a value out of range, or noise levels that the prior does not know.
 */
export function pixelResampleOptions(overrides: Partial<PixelResampleOptions> = {}, prior?: PixelPrior): PixelResampleOptions {
  const options = replaceOptions(pixelResampleSchema, pixelResampleDefaults, overrides, 'ReSample');
  checkNoiseLevels(options, prior);
  return options;
}
