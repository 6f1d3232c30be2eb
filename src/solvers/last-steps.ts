import type { Tensor } from '../tensor/tensor.js';
import { type ConsistencyOptions, latentOptimisation, pseudoInverseStep } from './hard-data-consistency.js';
import type { LatentModel } from './networks/latent-model.js';
import type { ResampleOptions } from './resample-options.js';
import { type BareStep, type Course, measureLast, reportWithin } from './run-course.js';
import { tvRefinement } from './tv.js';

type LastOptions = ConsistencyOptions &
  Pick<ResampleOptions, 'finalOptimisation' | 'finalPixelIterations' | 'finalTv' | 'finalTvIterations'>;

/** From the last latent to the image: what the measurement still says, in the latent and then in pixels (stage `final`). */
export async function* lastSteps(
  model: LatentModel,
  z: Tensor,
  options: LastOptions,
  step: Pick<BareStep, 'step' | 'steps' | 't'>,
): Course {
  const final = { ...step, stage: 'final' };
  const { linear } = model.problem.operator;
  const { finalOptimisation, finalPixelIterations, finalTv, finalTvIterations, margin } = options;
  const latent = finalOptimisation ? yield* reportWithin(final, latentOptimisation(model, z, options)) : z;
  let image = await model.decode(latent);
  if (finalPixelIterations > 0 && linear) {
    const refinement = pseudoInverseStep(model, image, { ...options, kappa: 1, cgIterations: finalPixelIterations });
    image = yield* reportWithin(final, refinement);
  }
  if (finalTv > 0 && linear)
    image = yield* reportWithin(final, tvRefinement(model, image, { pull: finalTv, iterations: finalTvIterations, margin }));
  return yield* measureLast(model, image, step);
}
