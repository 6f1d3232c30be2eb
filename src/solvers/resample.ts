import { ddimStep, timeGrid, tweedie } from '../diffusion/index.js';
import type { LatentPrior } from '../priors/prior.js';
import { latentOptimisation, pixelOptimisation } from './hard-data-consistency.js';
import { lastSteps } from './last-steps.js';
import { LatentModel } from './networks/latent-model.js';
import { type ResampleOptions, type ResamplePreset, resampleOptions, stageOf } from './resample-options.js';
import { reportWithin, runCourse } from './run-course.js';
import type { Problem, Reconstruction, SolverContext } from './solver.js';
import { resampleToNext } from './stochastic-resampling.js';

/**
 * ReSample (Song, Kwon, Zhang, Hu, Qu, Shen: Solving Inverse Problems with Latent Diffusion Models via Hard Data Consistency,
 * ICLR 2024, arXiv 2307.08123, Algorithm 1): unconditional sampling in the latent space; at some steps the clean
 * estimate is made to agree with the measurement, by optimisation, and mapped back to the noise level by stochastic resampling.
 *
 * Yields at every step and every few iterations of an optimisation. Stages: `sample` (no data), `pixel`, `latent`, `final`, `done`.
 *
 * @param problem y `[1, ...outputShape]` in the operator's unit.
 * @param options a `preset` (`fast`) and single options over it; see `ResampleOptions`.
 * @returns the image `[1, C, H, W]`, about [-1, 1], not clipped.
 * @throws UserError when options, measurement, prior and operator do not fit; the signal's reason when aborted.
 * @example
 * ```ts
 * import { operators, Random, solvers, tensor } from 'posteriori';
 * import { createNodeRuntime } from 'posteriori/node';
 * import { loadLatentPrior } from 'posteriori/priors/node';
 * const { prior } = await loadLatentPrior('ct');
 * const operator = operators.radon(operators.defaultGeometry({ views: 25 }));
 * const problem = { operator, y: tensor([1, ...operator.outputShape]), sigma: 0.01 };
 * const context = { runtime: await createNodeRuntime(), random: new Random(0) };
 * const image = await solvers.finish(solvers.resample(prior, problem, context, { preset: 'fast' }));
 * ```
 */
export async function* resample(
  prior: LatentPrior,
  problem: Problem,
  context: SolverContext,
  options: Partial<ResampleOptions> & { preset?: ResamplePreset } = {},
): Reconstruction {
  const chosen = resampleOptions(options, problem.operator);
  const { steps } = chosen;
  const { random } = context;
  const grid = timeGrid(prior.alphaBar, steps);
  return yield* runCourse(new LatentModel(prior, problem, context, chosen), async function* (model) {
    let z = random.normals(model.latentShape);
    for (let i = steps - 1; i >= 0; i--) {
      const level = grid[i];
      const epsilon = await model.epsilon(z, level.t);
      const clean = tweedie(z, epsilon, level.alphaBar); // z0hat
      const unconditional = ddimStep(clean, epsilon, level, random, chosen); // z'

      const stage = stageOf(i, chosen);
      const step = { step: steps - i, steps, stage, t: level.t };
      yield step;
      if (stage === 'sample') {
        z = unconditional;
        continue;
      }
      const optimisation = stage === 'pixel' ? pixelOptimisation : latentOptimisation;
      const consistent = yield* reportWithin(step, optimisation(model, clean, chosen)); // z0y
      z = resampleToNext(consistent, unconditional, level, random, chosen);
    }
    return yield* lastSteps(model, z, chosen, { step: steps, steps, t: grid[0].t });
  });
}
