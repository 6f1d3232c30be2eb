import { z } from 'zod';
import { addNoise, stepDown } from '../diffusion/index.js';
import type { PixelPrior } from '../priors/prior.js';
import { count, number } from './methods/options.js';
import { PixelModel } from './networks/pixel-model.js';
import { checkNoiseLevels, noiseLevelOptions, noiseLevels } from './noise-levels.js';
import { proximal } from './proximal.js';
import { replaceOptions } from './replace-options.js';
import { runCourse } from './run-course.js';
import type { Problem, Reconstruction, SolverContext } from './solver.js';
import { beginning } from './start-image.js';

export const ddsSchema = z.strictObject({
  ...noiseLevelOptions,
  gamma: number('weight of the measurement: the data step solves (I + gamma A^T A) x = x0 + gamma A^T y', { above: 0, to: 1e9 }),
  iterations: count('iterations of conjugate gradients in a data step', { from: 1, to: 10_000 }),
  eta: number('share of fresh noise in the DDIM step: 0 none, 1 as DDPM', { from: 0, to: 1 }),
});

export type DdsOptions = z.output<typeof ddsSchema>;

/** Five iterations and eta as published; gamma, which depends on the scale of A, by a few trials on a CT slice of 25 views. */
export const ddsDefaults: DdsOptions = { steps: 70, sigmaMax: 4, sigmaMin: 0.01, gamma: 2, iterations: 5, eta: 0.85 };

/**
 * DDS (Chung, Lee and Ye: Decomposed diffusion sampler for accelerating large-scale inverse problems, ICLR 2024, Algorithm 1), with noise
 * added rather than mixed in: the clean estimate x0, from it a few iterations of conjugate gradients on `(I + gamma A^T A) x = x0 + gamma
 * A^T y`, and a DDIM step from that image with the noise estimated before. No gradient goes through the network.
 *
 * @param problem y `[1, ...outputShape]` in the operator's unit; A linear.
 * @returns the image `[1, C, H, W]`, about [-1, 1], not clipped.
 * @throws UserError when options, measurement, prior and operator do not fit, or A is not linear; the signal's reason when aborted.
 */
export async function* dds(prior: PixelPrior, problem: Problem, context: SolverContext, options: Partial<DdsOptions> = {}): Reconstruction {
  const chosen = replaceOptions(ddsSchema, ddsDefaults, options, 'DDS');
  checkNoiseLevels(chosen, prior);
  const { steps, gamma, iterations, eta } = chosen;
  const levels = noiseLevels(chosen);
  const { random } = context;
  return yield* runCourse(new PixelModel(prior, problem, context), async function* (model) {
    model.linear(); // refuses an operator that is not
    const { image, first } = beginning(problem.operator, steps, context.from);
    let x = addNoise(image, levels[first], random);
    for (let i = first; ; i++) {
      const s = levels[i];
      const clean = await model.denoise(x, s); // x0
      const data = { sigma: 1, trust: Math.sqrt(gamma), iterations, newtonSteps: 1 };
      const { x: agreed, squares } = await proximal(model, clean, data);
      const last = i === steps - 1;
      yield { step: i + 1, steps, stage: last ? 'done' : 'sample', t: s, estimate: agreed, residual: squares / model.size };
      if (last) return agreed;
      x = stepDown(agreed, clean, x, s, levels[i + 1], eta, random);
    }
  });
}
