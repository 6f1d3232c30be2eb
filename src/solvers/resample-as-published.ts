import { authorsTimeGrid, ddimStep, type TimeStep, timeGrid, tweedie } from '../diffusion/index.js';
import type { LatentPrior } from '../priors/prior.js';
import type { Random } from '../tensor/random.js';
import { mapTensor, type Tensor } from '../tensor/tensor.js';
import { predict } from './guidance.js';
import { latentOptimisation, pixelOptimisation } from './hard-data-consistency.js';
import { lastSteps } from './last-steps.js';
import { LatentModel } from './networks/latent-model.js';
import { type PublishedOptions, publishedOptions } from './published-options.js';
import { stageOf } from './resample-options.js';
import { reportWithin, runCourse } from './run-course.js';
import type { Problem, Reconstruction, SolverContext } from './solver.js';
import { resampleToNext } from './stochastic-resampling.js';

/**
 * ReSample as the program published with the paper runs it, slips included, each an option: another grid of times, another clean
 * estimate, a few steps ahead for the start of an optimisation, Adam with decay, guidance at every step. For comparison only; see
 * `resample`, whose steps, results and errors it has.
 */
export async function* resampleAsPublished(
  prior: LatentPrior,
  problem: Problem,
  context: SolverContext,
  options: Partial<PublishedOptions> = {},
): Reconstruction {
  const chosen = publishedOptions(options, problem.operator);
  const { steps } = chosen;
  const { random } = context;
  const grid = (chosen.grid === 'authors' ? authorsTimeGrid : timeGrid)(prior.alphaBar, steps);
  const cleanEstimate = chosen.cleanEstimate === 'authors' ? underDenoised : tweedie;
  return yield* runCourse(new LatentModel(prior, problem, context, chosen), async function* (model) {
    let z = random.normals(model.latentShape);
    for (let i = steps - 1; i >= 0; i--) {
      const level = grid[i];
      const { epsilon, guidance, ...known } = await predict(model, z, level, cleanEstimate, chosen);
      let clean = cleanEstimate(z, epsilon, level.alphaBar); // z0hat
      const ahead = ddimStep(tweedie(z, epsilon, level.alphaBar), epsilon, level, random, chosen);
      const unconditional = guidance === undefined ? ahead : mapTensor(ahead, (value, j) => value - guidance.data[j]); // z'

      const stage = stageOf(i, chosen);
      const step = { step: steps - i, steps, stage, t: level.t };
      yield { ...step, ...known };
      if (stage === 'sample') {
        z = unconditional;
        continue;
      }
      if (chosen.lookAhead > 0) clean = await lookAhead(model, unconditional, grid, i, cleanEstimate, random, chosen);
      const optimisation = stage === 'pixel' ? pixelOptimisation : latentOptimisation;
      const consistent = yield* reportWithin(step, optimisation(model, clean, chosen)); // z0y
      z = resampleToNext(consistent, unconditional, level, random, chosen);
    }
    return yield* lastSteps(model, z, chosen, { step: steps, steps, t: grid[0].t });
  });
}

/**
 * A better start for hard data consistency at step i, as in the published program: a few more DDIM steps from z', of which only the last
 * clean estimate is kept. Step j has the coefficients of index i - j but the network time of index i - 1 - j.
 */
async function lookAhead(
  model: LatentModel,
  from: Tensor,
  grid: readonly TimeStep[],
  i: number,
  cleanEstimate: typeof tweedie,
  random: Random,
  options: PublishedOptions,
): Promise<Tensor> {
  let z = from;
  let clean = from;
  for (let j = 0; j < Math.min(options.lookAhead, i); j++) {
    const level = grid[i - j];
    const epsilon = await model.epsilon(z, grid[i - j - 1].t);
    clean = cleanEstimate(z, epsilon, level.alphaBar);
    z = ddimStep(tweedie(z, epsilon, level.alphaBar), epsilon, level, random, options);
  }
  return clean;
}

/** The published program's clean estimate, (1 - abar) where Tweedie's formula has its root: too little noise is taken off. */
function underDenoised(z: Tensor, epsilon: Tensor, alphaBar: number): Tensor {
  return mapTensor(z, (value, i) => (value - (1 - alphaBar) * epsilon.data[i]) / Math.sqrt(alphaBar));
}
