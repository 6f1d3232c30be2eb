import { z } from 'zod';
import { addNoise, stepDown } from '../diffusion/index.js';
import type { PixelPrior } from '../priors/prior.js';
import { mapTensor, type Tensor } from '../tensor/tensor.js';
import { flag, number } from './methods/options.js';
import { PixelModel } from './networks/pixel-model.js';
import { checkNoiseLevels, noiseLevelOptions, noiseLevels } from './noise-levels.js';
import { replaceOptions } from './replace-options.js';
import { measureLast, runCourse } from './run-course.js';
import type { Problem, Reconstruction, SolverContext } from './solver.js';
import { beginning } from './start-image.js';

/** Those of the gradient step, which MCG shares. */
export const guidanceOptions = {
  zeta: number('length of the step along the gradient of ||y - A(x0)||, x0 the clean estimate', { from: 0, to: 1e6 }),
  clip: flag('whether the clean estimate is clipped to [-1, 1] before it is measured'),
};

export const dpsSchema = z.strictObject({ ...noiseLevelOptions, ...guidanceOptions });

export type DpsOptions = z.output<typeof dpsSchema>;

/** Of eight trials on tuning images. Clipped as published; there 1000 levels and zeta from 0.3 to 1: fewer need longer steps. */
export const dpsDefaults: DpsOptions = { steps: 200, sigmaMax: 4, sigmaMin: 0.01, zeta: 3, clip: true };

/** For photographs. */
export const dpsPhoto: DpsOptions = { ...dpsDefaults, steps: 100 };

/**
 * DPS (Chung, Kim, McCann, Klasky and Ye: Diffusion posterior sampling for general noisy inverse problems, ICLR 2023, Algorithm 1), with
 * noise added rather than mixed in: ancestral steps, each followed by one against the gradient of `||y - A(x0hat(x))||` in x, through the
 * denoiser.
 *
 * @param problem y `[1, ...outputShape]` in the operator's unit; any A with a gradient.
 * @returns the image `[1, C, H, W]`, about [-1, 1], not clipped.
 * @throws UserError when options, measurement, prior and operator do not fit; the signal's reason when aborted.
 */
export async function* dps(prior: PixelPrior, problem: Problem, context: SolverContext, options: Partial<DpsOptions> = {}): Reconstruction {
  const chosen = replaceOptions(dpsSchema, dpsDefaults, options, 'DPS');
  checkNoiseLevels(chosen, prior);
  const { steps } = chosen;
  const levels = [...noiseLevels(chosen), 0];
  return yield* runCourse(new PixelModel(prior, problem, context), async function* (model) {
    const { image, first } = beginning(problem.operator, steps, context.from);
    let x = addNoise(image, levels[first], context.random);
    for (let i = first; i < steps; i++) {
      const { x: next, clean, squares } = await guidedStep(model, x, levels[i], levels[i + 1], chosen, context);
      yield { step: i + 1, steps, stage: 'sample', t: levels[i], estimate: clean, residual: squares / model.size };
      x = next;
    }
    return yield* measureLast(model, x, { step: steps, steps });
  });
}

/**
 * The ancestral step from s to s', and `zeta grad_z ||y - A(x0hat)||` away from it. That is of `z = sqrt(abar) x`, `abar = 1 / (1 + s^2)`,
 * and subtracted from z': in x both count `sqrt(1 + s^2)` as much.
 */
export async function guidedStep(
  model: PixelModel,
  x: Tensor,
  s: number,
  next: number,
  { zeta, clip }: Pick<DpsOptions, 'zeta' | 'clip'>,
  { random }: SolverContext,
): Promise<{ x: Tensor; clean: Tensor; squares: number }> {
  const { clean, squares, gradient } = await model.guidance(x, s, { clipped: clip });
  const ahead = stepDown(clean, clean, x, s, next, 1, random);
  const length = squares > 0 ? zeta * Math.sqrt((1 + s ** 2) * (1 + next ** 2)) : 0;
  // the gradient is of half the square: of the norm it is that, divided by the norm
  return { x: mapTensor(ahead, (value, i) => value - (length * gradient.data[i]) / Math.sqrt(squares || 1)), clean, squares };
}
