import { z } from 'zod';
import { addNoise } from '../diffusion/index.js';
import type { PixelPrior } from '../priors/prior.js';
import { mapTensor } from '../tensor/tensor.js';
import { number } from './methods/options.js';
import { PixelModel } from './networks/pixel-model.js';
import { checkNoiseLevels, dataStepOptions, noiseLevelOptions, noiseLevels } from './noise-levels.js';
import { proximal } from './proximal.js';
import { replaceOptions } from './replace-options.js';
import { runCourse } from './run-course.js';
import type { Problem, Reconstruction, SolverContext } from './solver.js';
import { beginning } from './start-image.js';

export const diffPirSchema = z.strictObject({
  ...noiseLevelOptions,
  lambda: number('weight of the clean estimate: rho = lambda sigma^2 / s^2', { above: 0, to: 1e6 }),
  zeta: number('share of fresh noise in the variance of the next level; the rest is the noise that was estimated', { from: 0, to: 1 }),
  ...dataStepOptions,
});

export type DiffPirOptions = z.output<typeof diffPirSchema>;

/**
 * As published (100 levels, lambda 1), with zeta as there for inpainting; for super-resolution it is 0.25 there and for deblurring 0.1,
 * which is 6 dB worse on a CT slice of 25 views.
 */
export const diffPirDefaults: DiffPirOptions = {
  steps: 100,
  sigmaMax: 4,
  sigmaMin: 0.01,
  lambda: 1,
  zeta: 1,
  iterations: 20,
  newtonSteps: 2,
};

/**
 * DiffPIR (Zhu, Zhang, Liang, Cao, Wen, Timofte and Van Gool: Denoising diffusion models for plug-and-play image restoration, CVPRW 2023,
 * Algorithm 1), with noise added rather than mixed in (`x / sqrt(abar)`): at every level s the clean estimate x0, the image between it and
 * the measurement, `argmin_x ||y - A x||^2 + lambda sigma^2 / s^2 ||x - x0||^2`, and that image noised again.
 *
 * @param problem y `[1, ...outputShape]` in the operator's unit.
 * @returns the image `[1, C, H, W]`, about [-1, 1], not clipped.
 * @throws UserError when options, measurement, prior and operator do not fit; the signal's reason when aborted.
 */
export async function* diffPir(
  prior: PixelPrior,
  problem: Problem,
  context: SolverContext,
  options: Partial<DiffPirOptions> = {},
): Reconstruction {
  const chosen = replaceOptions(diffPirSchema, diffPirDefaults, options, 'DiffPIR');
  checkNoiseLevels(chosen, prior);
  const { steps, lambda, zeta, iterations, newtonSteps } = chosen;
  const levels = noiseLevels(chosen);
  const { random } = context;
  return yield* runCourse(new PixelModel(prior, problem, context), async function* (model) {
    const { image, first } = beginning(problem.operator, steps, context.from);
    let x = addNoise(image, levels[first], random);
    for (let i = first; ; i++) {
      const s = levels[i];
      const clean = await model.denoise(x, s); // x0
      const { x: agreed, squares } = await proximal(model, clean, { trust: s / Math.sqrt(lambda), iterations, newtonSteps });
      const last = i === steps - 1;
      yield { step: i + 1, steps, stage: last ? 'done' : 'sample', t: s, estimate: agreed, residual: squares / model.size };
      if (last) return agreed;
      const noised = x;
      x = mapTensor(agreed, (value, j) => {
        const estimated = (noised.data[j] - value) / s; // eps
        return value + levels[i + 1] * (Math.sqrt(1 - zeta) * estimated + Math.sqrt(zeta) * random.normal());
      });
    }
  });
}
