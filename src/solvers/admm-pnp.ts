import { z } from 'zod';
import type { PixelPrior } from '../priors/prior.js';
import { UsageError } from '../tensor/errors.js';
import { mapTensor } from '../tensor/tensor.js';
import { count, number, word } from './methods/options.js';
import { PixelModel } from './networks/pixel-model.js';
import { dataStepOptions } from './noise-levels.js';
import { proximal } from './proximal.js';
import { replaceOptions } from './replace-options.js';
import { measureLast, runCourse } from './run-course.js';
import { smoothest } from './smoothest.js';
import type { Problem, Reconstruction, SolverContext } from './solver.js';
import { startImage } from './start-image.js';

export const admmPnpSchema = z.strictObject({
  steps: count('iterations, and evaluations of the denoiser', { from: 1, to: 10_000 }),
  lambda: number('the denoised image is trusted to within level / sqrt(lambda): rho = lambda (sigma / level)^2', { above: 0, to: 1e6 }),
  level: number('noise level that the denoiser is told, standard deviation of images in [-1, 1]', { above: 0, to: 1e6 }),
  lastLevel: number('the same at the last iteration, falling evenly in the logarithm', { above: 0, to: 1e6 }),
  start: word('the first image: grey (air), or, of a linear operator, the smoothest that explains the measurement', ['grey', 'smoothest']),
  ...dataStepOptions,
});

export type AdmmPnpOptions = z.output<typeof admmPnpSchema>;

/**
 * For CT, of eleven trials on tuning images: the level is about the error of the data step, and stays; one that falls with a rho that does
 * not, or one ten times as large, is worse by 2 dB and more.
 */
export const admmPnpDefaults: AdmmPnpOptions = {
  steps: 60,
  lambda: 2.25,
  level: 0.15,
  lastLevel: 0.15,
  start: 'grey',
  iterations: 20,
  newtonSteps: 2,
};

/** For photographs, of four trials on two tiles and three tasks. */
export const admmPnpPhoto: AdmmPnpOptions = { ...admmPnpDefaults, lambda: 1, level: 0.1, lastLevel: 0.1, start: 'smoothest' };

/** With the UNet of a diffusion prior, likewise. */
export const pnpUnetDefaults: AdmmPnpOptions = { ...admmPnpDefaults, lambda: 0.5, level: 0.1, lastLevel: 0.1 };

export const pnpUnetPhoto: AdmmPnpOptions = { ...pnpUnetDefaults, lambda: 1, start: 'smoothest' };

/**
 * ADMM with a denoiser in the place of its proximal step (Venkatakrishnan, Bouman and Wohlberg: Plug-and-play priors for model based
 * reconstruction, GlobalSIP 2013; for MRI and CT: Ahmad et al., IEEE Signal Processing Magazine 2020): `x = argmin 1/2 ||A x - y||^2 +
 * rho/2 ||x - v + u||^2`, `v = denoise(x + u)`, `u = u + x - v`.
 *
 * @param problem y `[1, ...outputShape]` in the operator's unit; a nonlinear A by Gauss-Newton.
 * @returns the image `[1, C, H, W]`, about [-1, 1], not clipped.
 * @throws UserError when options, measurement, prior and operator do not fit; the signal's reason when aborted.
 */
export async function* admmPnp(
  prior: PixelPrior,
  problem: Problem,
  context: SolverContext,
  options: Partial<AdmmPnpOptions> = {},
): Reconstruction {
  const chosen = replaceOptions(admmPnpSchema, admmPnpDefaults, options, 'ADMM-PnP');
  checkPnpLevels(chosen, prior);
  const { steps, lambda, level, lastLevel, iterations, newtonSteps } = chosen;
  return yield* runCourse(new PixelModel(prior, problem, context), async function* (model) {
    const grey = startImage(problem.operator);
    // what is not measured at all is otherwise filled from its edges by as much as the denoiser sees in an iteration
    let v = chosen.start === 'smoothest' && problem.operator.linear ? await smoothest(model, grey, { slope: 0.1, iterations: 300 }) : grey;
    let u = mapTensor(v, () => 0);
    for (let i = 0; i < steps; i++) {
      const [image, dual] = [v, u];
      const goal = mapTensor(image, (value, j) => value - dual.data[j]);
      const told = level * (lastLevel / level) ** (steps === 1 ? 0 : i / (steps - 1));
      const { x, squares } = await proximal(model, goal, { trust: told / Math.sqrt(lambda), iterations, newtonSteps });
      yield { step: i + 1, steps, stage: 'iterate', estimate: x, residual: squares / model.size };
      const noisy = mapTensor(x, (value, j) => value + dual.data[j]);
      const clean = await model.denoise(noisy, told);
      v = clean;
      u = mapTensor(noisy, (value, j) => value - clean.data[j]);
    }
    return yield* measureLast(model, v, { step: steps, steps });
  });
}

/** @throws UsageError for a level that the denoiser does not know, or a rising one. */
export function checkPnpLevels({ level, lastLevel }: AdmmPnpOptions, prior?: Pick<PixelPrior, 'name' | 'noise'>): void {
  if (lastLevel > level) throw new UsageError(`The noise falls from level to lastLevel; got ${level} and ${lastLevel}.`);
  const [least, most] = prior?.noise ?? [0, Number.POSITIVE_INFINITY];
  if (lastLevel < 0.99 * least || level > 1.01 * most)
    throw new UsageError(`The prior "${prior?.name}" knows noise of ${least} to ${most}: choose level and lastLevel from there.`);
}
