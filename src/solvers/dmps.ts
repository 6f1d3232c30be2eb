import { z } from 'zod';
import { addNoise, stepDown } from '../diffusion/index.js';
import type { PixelPrior } from '../priors/prior.js';
import { mapTensor } from '../tensor/tensor.js';
import { count, number } from './methods/options.js';
import { PixelModel } from './networks/pixel-model.js';
import { checkNoiseLevels, noiseLevelOptions, noiseLevels } from './noise-levels.js';
import { proximal } from './proximal.js';
import { replaceOptions } from './replace-options.js';
import { measureLast, runCourse } from './run-course.js';
import type { Problem, Reconstruction, SolverContext } from './solver.js';
import { beginning } from './start-image.js';

export const dmpsSchema = z.strictObject({
  ...noiseLevelOptions,
  lambda: number('factor on the likelihood score', { from: 0, to: 1e6 }),
  iterations: count('most iterations of conjugate gradients for its inverse', { from: 1, to: 10_000 }),
});

export type DmpsOptions = z.output<typeof dmpsSchema>;

/** lambda of seven trials on tuning images; published 1.75, at 1000 levels. */
export const dmpsDefaults: DmpsOptions = { steps: 100, sigmaMax: 4, sigmaMin: 0.01, lambda: 5, iterations: 20 };

/** For photographs. */
export const dmpsPhoto: DmpsOptions = { ...dmpsDefaults, lambda: 3 };

/**
 * DMPS (Meng and Kabashima: Diffusion model based posterior sampling for noisy linear inverse problems, ACML 2024, arXiv 2211.12343,
 * Algorithm 1), with noise added rather than mixed in: ancestral steps of the prior, each with the score of `N(y; A x, sigma^2 I + s^2 A
 * A^T)`, which takes the prior for flat: `lambda (s^2 - s'^2) A^T (sigma^2 I + s^2 A A^T)^-1 (y - A x)`. Times s^2 that is the change
 * which the proximal step of the measurement makes of x where x is trusted to s, and so it is computed. No gradient goes through the
 * network.
 *
 * @param problem y `[1, ...outputShape]` in the operator's unit; A linear.
 * @returns the image `[1, C, H, W]`, about [-1, 1], not clipped.
 * @throws UserError when options, measurement, prior and operator do not fit, or A is not linear; the signal's reason when aborted.
 */
export async function* dmps(
  prior: PixelPrior,
  problem: Problem,
  context: SolverContext,
  options: Partial<DmpsOptions> = {},
): Reconstruction {
  const chosen = replaceOptions(dmpsSchema, dmpsDefaults, options, 'DMPS');
  checkNoiseLevels(chosen, prior);
  const { steps, lambda, iterations } = chosen;
  const levels = [...noiseLevels(chosen), 0];
  const { random } = context;
  return yield* runCourse(new PixelModel(prior, problem, context), async function* (model) {
    model.linear(); // refuses an operator that is not
    const { image, first } = beginning(problem.operator, steps, context.from);
    let x = addNoise(image, levels[first], random);
    for (let i = first; i < steps; i++) {
      const [s, next] = [levels[i], levels[i + 1]];
      const clean = await model.denoise(x, s);
      const { x: agreed, squares } = await proximal(model, x, { trust: s, iterations, newtonSteps: 1 });
      yield { step: i + 1, steps, stage: 'sample', t: s, estimate: clean, residual: squares / model.size };
      const noisy = x;
      const share = lambda * (1 - (next / s) ** 2);
      const ahead = stepDown(clean, clean, noisy, s, next, 1, random);
      x = mapTensor(ahead, (value, j) => value + share * (agreed.data[j] - noisy.data[j]));
    }
    return yield* measureLast(model, x, { step: steps, steps });
  });
}
