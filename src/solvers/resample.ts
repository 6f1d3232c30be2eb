import { authorsTimeGrid, ddimStep, type TimeStep, timeGrid, tweedie } from '../diffusion/index.js';
import type { LatentPrior } from '../priors/prior.js';
import type { Random } from '../tensor/random.js';
import { mapTensor, type Tensor } from '../tensor/tensor.js';
import { latentOptimisation, type Optimisation, type Progress, pixelOptimisation, pseudoInverseStep } from './hard-data-consistency.js';
import { predict } from './latent-dps.js';
import { LatentModel } from './latent-model.js';
import { type ResampleOptions, type ResamplePreset, resampleOptions } from './resample-options.js';
import type { Problem, Reconstruction, SolverContext, Step } from './solver.js';
import { resampleVariance, stochasticEncode, stochasticResample } from './stochastic-resampling.js';
import { tvRefinement } from './tv.js';

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
 */
export async function* resample(
  prior: LatentPrior,
  problem: Problem,
  context: SolverContext,
  options: Partial<ResampleOptions> & { preset?: ResamplePreset } = {},
): Reconstruction {
  const chosen = resampleOptions(options, problem.operator);
  const { steps } = chosen;
  const grid = (chosen.grid === 'authors' ? authorsTimeGrid : timeGrid)(prior.alphaBar, steps);
  const cleanEstimate = chosen.cleanEstimate === 'authors' ? underDenoised : tweedie;
  const model = new LatentModel(prior, problem, context, chosen);
  const { random } = context;
  const report = (i: number, stage: string, progress: Partial<Progress> = {}): Step => ({
    step: steps - i,
    steps,
    stage,
    t: grid[i].t,
    ...progress,
    counts: { ...model.counts },
  });

  try {
    let z = random.normals(model.latentShape);
    for (let i = steps - 1; i >= 0; i--) {
      const level = grid[i];
      const { epsilon, guidance, ...seen } = await predict(model, z, level, cleanEstimate, chosen);
      let clean = cleanEstimate(z, epsilon, level.alphaBar); // z0hat
      const ahead = ddimStep(tweedie(z, epsilon, level.alphaBar), epsilon, level, random, chosen);
      const unconditional = guidance === undefined ? ahead : mapTensor(ahead, (value, j) => value - guidance.data[j]); // z'

      const stage = stageOf(i, chosen);
      yield report(i, stage, seen);
      if (stage === 'sample') {
        z = unconditional;
        continue;
      }
      if (chosen.lookAhead > 0) clean = await lookAhead(model, unconditional, grid, i, cleanEstimate, random, chosen);
      const consistent = yield* told(i, stage, (stage === 'pixel' ? pixelOptimisation : latentOptimisation)(model, clean, chosen)); // z0y
      const variance = resampleVariance(level, chosen.sigmaSchedule, chosen.gamma); // sigma_t^2
      z =
        chosen.mapping === 'encoding'
          ? stochasticEncode(consistent, level.alphaBarNext, random)
          : stochasticResample(consistent, unconditional, level.alphaBarNext, variance, random);
    }
    if (chosen.finalOptimisation) z = yield* told(0, 'final', latentOptimisation(model, z, chosen));

    let image = await model.decode(z);
    if (chosen.finalPixelIterations > 0 && problem.operator.linear) {
      const refinement = pseudoInverseStep(model, image, { ...chosen, kappa: 1, cgIterations: chosen.finalPixelIterations });
      image = yield* told(0, 'final', refinement);
    }
    if (chosen.finalTv > 0 && problem.operator.linear)
      image = yield* told(
        0,
        'final',
        tvRefinement(model, image, { pull: chosen.finalTv, iterations: chosen.finalTvIterations, margin: chosen.margin }),
      );
    const { squares } = await model.discrepancy(image);
    yield report(0, 'done', { estimate: image, residual: squares / model.size });
    return image;
  } finally {
    await model.dispose();
  }

  /** The progress of an optimisation, as steps. */
  async function* told(i: number, stage: string, optimisation: Optimisation): AsyncGenerator<Step, Tensor, void> {
    for (;;) {
      const next = await optimisation.next();
      if (next.done) return next.value;
      yield report(i, stage, next.value);
    }
  }
}

/**
 * What happens at step i of 0 (least noisy) .. S-1: the first part of the way samples only; then, every so many steps, hard data
 * consistency, in pixels where z is noisy and only the coarse image is decided, in latents where detail is. Never at i = 0: its result is
 * clean, and resampling has no noise left to draw.
 */
export function stageOf(i: number, options: ResampleOptions): 'sample' | 'pixel' | 'latent' {
  const { steps, bounds, every, stages } = options;
  const begin = steps - Math.floor(steps * (1 - bounds[0]) + 1e-9);
  if (i === 0 || i > begin || i % every !== 0) return 'sample';
  if (stages !== 'both') return stages;
  return i > Math.floor(steps * bounds[1] + 1e-9) ? 'pixel' : 'latent';
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
  options: ResampleOptions,
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
