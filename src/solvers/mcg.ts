import { z } from 'zod';
import { addNoise } from '../diffusion/index.js';
import type { PixelPrior } from '../priors/prior.js';
import type { Tensor } from '../tensor/tensor.js';
import { guidanceOptions, guidedStep } from './dps.js';
import { count, number, word } from './methods/options.js';
import { PixelModel } from './networks/pixel-model.js';
import { checkNoiseLevels, noiseLevelOptions, noiseLevels } from './noise-levels.js';
import { type CglsIterate, cglsIterations } from './optimise/cgls-iterations.js';
import { replaceOptions } from './replace-options.js';
import { measureLast, runCourse } from './run-course.js';
import { sirtWeights } from './sirt.js';
import type { Problem, Reconstruction, SolverContext } from './solver.js';
import { beginning, shift } from './start-image.js';

export const mcgSchema = z.strictObject({
  ...noiseLevelOptions,
  ...guidanceOptions,
  projection: word('onto the measurement: by the pseudo-inverse, conjugate gradients, or a step of SIRT (published for CT)', [
    'pseudo-inverse',
    'sirt',
  ]),
  iterations: count('of conjugate gradients in a projection', { from: 1, to: 10_000 }),
  relaxation: number('of the projection at the first level', { above: 0, to: 2 }),
  lastRelaxation: number('at the last, in equal parts between', { above: 0, to: 2 }),
});

export type McgOptions = z.output<typeof mcgSchema>;

/**
 * Of eight trials on tuning images; more iterations of the projection fit the noise. Published with 1000 levels, zeta 1 and, for CT,
 * SIRT.
 */
export const mcgDefaults: McgOptions = {
  steps: 100,
  sigmaMax: 4,
  sigmaMin: 0.01,
  zeta: 10,
  clip: true,
  projection: 'pseudo-inverse',
  iterations: 3,
  relaxation: 1,
  lastRelaxation: 1,
};

/** For photographs. */
export const mcgPhoto: McgOptions = { ...mcgDefaults, zeta: 3 };

/**
 * MCG (Chung, Sim, Ryu and Ye: Improving diffusion models for inverse problems using manifold constraints, NeurIPS 2022, eqs. 14 and 15),
 * with noise added rather than mixed in: the gradient step of DPS, then a projection onto the measurement, noised as x is: `x + A^+ (y +
 * s' A n - A x)`, or for CT `x + lambda C A^T R (y - A x)`, R and C the inverse sums of the rows and columns of A.
 *
 * @param problem y `[1, ...outputShape]` in the operator's unit; A linear.
 * @returns the image `[1, C, H, W]`, about [-1, 1], not clipped.
 * @throws UserError when options, measurement, prior and operator do not fit, or A is not linear; the signal's reason when aborted.
 */
export async function* mcg(prior: PixelPrior, problem: Problem, context: SolverContext, options: Partial<McgOptions> = {}): Reconstruction {
  const chosen = replaceOptions(mcgSchema, mcgDefaults, options, 'MCG');
  checkNoiseLevels(chosen, prior);
  const { steps, relaxation, lastRelaxation } = chosen;
  const levels = [...noiseLevels(chosen), 0];
  return yield* runCourse(new PixelModel(prior, problem, context), async function* (model) {
    const project = chosen.projection === 'sirt' ? await sirtProjection(model) : pseudoInverseProjection(model, chosen, context);
    const { image, first } = beginning(problem.operator, steps, context.from);
    let x = addNoise(image, levels[first], context.random);
    for (let i = first; i < steps; i++) {
      const { x: ahead, clean, squares } = await guidedStep(model, x, levels[i], levels[i + 1], chosen, context);
      yield { step: i + 1, steps, stage: 'sample', t: levels[i], estimate: clean, residual: squares / model.size };
      const share = steps === 1 ? 0 : i / (steps - 1);
      x = await project(ahead, levels[i + 1], relaxation + share * (lastRelaxation - relaxation));
    }
    return yield* measureLast(model, x, { step: steps, steps });
  });
}

type Projection = (x: Tensor, level: number, relaxation: number) => Promise<Tensor>;

function pseudoInverseProjection(model: PixelModel, { iterations }: McgOptions, { random }: SolverContext): Projection {
  const map = model.linear();
  return async (x, level, relaxation) => {
    // y + s A n - A x: what x - s n lacks
    const { difference } = await model.discrepancy(addNoise(x, -level, random));
    const steps = cglsIterations(map, difference, x.data.length, { iterations, tolerance: 1e-5 });
    let last: IteratorResult<CglsIterate, CglsIterate>;
    do last = await steps.next();
    while (!last.done);
    return shift(
      x,
      last.value.x.map((value) => relaxation * value),
    );
  };
}

async function sirtProjection(model: PixelModel): Promise<Projection> {
  const map = model.linear();
  const { rows, columns } = await sirtWeights(model);
  return async (x, _, relaxation) => {
    const { difference } = await model.discrepancy(x);
    const back = await map.adjoint(difference.map((value, i) => value * rows[i]));
    return shift(
      x,
      back.map((value, i) => relaxation * value * columns[i]),
    );
  };
}
