import { z } from 'zod';
import { ddimStep, timeGrid, tweedie } from '../diffusion/index.js';
import type { LatentPrior } from '../priors/prior.js';
import { mapTensor } from '../tensor/tensor.js';
import { predict } from './guidance.js';
import { count, flag, number, word } from './methods/options.js';
import { LatentModel } from './networks/latent-model.js';
import { replaceOptions } from './replace-options.js';
import { measureLast, runCourse } from './run-course.js';
import type { Problem, Reconstruction, SolverContext } from './solver.js';

/** Those of a DDIM in latents. */
export const latentSamplingOptions = {
  steps: count('diffusion steps', { from: 1, to: 10_000 }),
  eta: number('of DDIM: 0 deterministic, 1 ancestral', { from: 0, to: 1 }),
  quantise: flag('whether a VQ first stage snaps latents to codes whenever it decodes'),
};

export const latentDpsSchema = z.strictObject({
  ...latentSamplingOptions,
  zeta: number('k, the step is k abar_t grad_z ||y - A(D(z0hat))||', { from: 0, to: 1e6 }),
  norm: word('the gradient of the norm, or of its square', ['root', 'squared']),
  through: word('the gradient goes through denoiser and decoder, or takes the noise estimate for a constant', ['network', 'decoder']),
});

export type LatentDpsOptions = z.output<typeof latentDpsSchema>;

/** Of eight trials on tuning images. Published with k = 2.5 for CT (ReSample v1, appendix; 1000 steps), 0.5 for photographs (500). */
export const latentDpsDefaults: LatentDpsOptions = { steps: 200, eta: 0, quantise: true, zeta: 8, norm: 'root', through: 'network' };

/**
 * Latent-DPS, the baseline of the ReSample paper (Song, Kwon et al., ICLR 2024, appendix): DDIM in latents, each step followed by one
 * against the gradient of `||y - A(D(z0hat(z)))||`, as DPS (Chung et al., ICLR 2023) does in pixels.
 *
 * @param problem y `[1, ...outputShape]` in the operator's unit; any A with a gradient.
 * @returns the image `[1, C, H, W]`, about [-1, 1], not clipped.
 * @throws UserError when options, measurement, prior and operator do not fit; the signal's reason when aborted.
 */
export async function* latentDps(
  prior: LatentPrior,
  problem: Problem,
  context: SolverContext,
  options: Partial<LatentDpsOptions> = {},
): Reconstruction {
  const chosen = replaceOptions(latentDpsSchema, latentDpsDefaults, options, 'Latent-DPS');
  const { steps } = chosen;
  const { random } = context;
  const grid = timeGrid(prior.alphaBar, steps);
  const guided = { latentDps: chosen.zeta, latentDpsNorm: chosen.norm, latentDpsThrough: chosen.through };
  return yield* runCourse(new LatentModel(prior, problem, context, chosen), async function* (model) {
    let latent = random.normals(model.latentShape);
    for (let i = steps - 1; i >= 0; i--) {
      const level = grid[i];
      const { epsilon, guidance, residual, estimate } = await predict(model, latent, level, tweedie, guided);
      yield { step: steps - i, steps, stage: 'sample', t: level.t, residual, estimate };
      const ahead = ddimStep(tweedie(latent, epsilon, level.alphaBar), epsilon, level, random, chosen);
      latent = guidance === undefined ? ahead : mapTensor(ahead, (value, k) => value - guidance.data[k]);
    }
    return yield* measureLast(model, await model.decode(latent), { step: steps, steps });
  });
}
