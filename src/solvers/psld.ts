import { z } from 'zod';
import { ddimStep, timeGrid, tweedie } from '../diffusion/index.js';
import type { LatentPrior } from '../priors/prior.js';
import { mapTensor } from '../tensor/tensor.js';
import { latentSamplingOptions } from './latent-dps.js';
import { flag, number } from './methods/options.js';
import { LatentModel } from './networks/latent-model.js';
import { squaredNorm } from './optimise/squared-norm.js';
import { replaceOptions } from './replace-options.js';
import { measureLast, runCourse } from './run-course.js';
import type { Problem, Reconstruction, SolverContext } from './solver.js';

export const psldSchema = z.strictObject({
  ...latentSamplingOptions,
  omega: number('weight of ||y - A D(z0hat)||', { from: 0, to: 1e6 }),
  gamma: number('weight of the gluing term ||E(A^T y + (I - A^T A) D(z0hat)) - z0hat||', { from: 0, to: 1e6 }),
  normalised: flag('whether A is divided by its norm in that term: A^T A is then a projection, or below one, as the term assumes'),
});

export type PsldOptions = z.output<typeof psldSchema>;

/** Published: 1000 steps, omega 1 and gamma 1 for super-resolution, both 0.1 for inpainting. */
export const psldDefaults: PsldOptions = { steps: 100, eta: 0, quantise: true, omega: 1, gamma: 0.1, normalised: true };

/**
 * PSLD (Rout, Raoof, Daras, Caramanis, Dimakis and Shakkottai: Solving linear inverse problems provably via posterior sampling with
 * latent diffusion models, NeurIPS 2023, Algorithm 2): DDIM in latents, each step followed by one against the gradient of `omega ||y - A
 * D(z0hat)|| + gamma ||E(A^T y + (I - A^T A) D(z0hat)) - z0hat||` in z, through denoiser, decoder and encoder; A^T is the true adjoint.
 *
 * @param problem y `[1, ...outputShape]` in the operator's unit; A linear.
 * @returns the image `[1, C, H, W]`, about [-1, 1], not clipped.
 * @throws UserError when options, measurement, prior and operator do not fit, A is not linear, or the prior is in tiles; the signal's
 *   reason when aborted.
 */
export async function* psld(
  prior: LatentPrior,
  problem: Problem,
  context: SolverContext,
  options: Partial<PsldOptions> = {},
): Reconstruction {
  const chosen = replaceOptions(psldSchema, psldDefaults, options, 'PSLD');
  const { steps, omega, gamma, normalised } = chosen;
  const { random } = context;
  const grid = timeGrid(prior.alphaBar, steps);
  return yield* runCourse(new LatentModel(prior, problem, context, chosen), async function* (model) {
    const map = model.linear();
    const pixels = problem.operator.inputShape.reduce((a, b) => a * b, 1);
    const scale = normalised ? 1 / (await squaredNorm(map, pixels)) : 1;
    let latent = random.normals(model.latentShape);
    for (let i = steps - 1; i >= 0; i--) {
      const level = grid[i];
      const { epsilon, gradient, squares, image } = await model.gluing(latent, level.t, level.alphaBar, { omega, gamma, scale });
      yield { step: steps - i, steps, stage: 'sample', t: level.t, residual: squares / model.size, estimate: image };
      const ahead = ddimStep(tweedie(latent, epsilon, level.alphaBar), epsilon, level, random, chosen);
      latent = mapTensor(ahead, (value, k) => value - gradient.data[k]);
    }
    return yield* measureLast(model, await model.decode(latent), { step: steps, steps });
  });
}
