import {
  continueViews,
  type FbpOptions,
  fbp as filteredBackprojection,
  isRadon,
  type RadonOperator,
  truncationOf,
} from '../operators/index.js';
import { UsageError } from '../tensor/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { Measurement } from './networks/measurement.js';
import { measureLast, runCourse } from './run-course.js';
import type { Problem, Reconstruction, SolverContext } from './solver.js';

/**
 * Filtered backprojection as a reconstruction of one step; see `operators/fbp`. Views that end in matter are continued.
 *
 * @param problem y `[1, views, bins]` of a CT (`radon`), whose operator tells its geometry.
 * @returns the image `[1, 1, H, W]`, air at -1, not clipped.
 * @throws UserError when the operator is another, or y does not fit it; the signal's reason when aborted.
 */
export async function* fbp(problem: Problem, context: SolverContext, options: FbpOptions = {}): Reconstruction {
  if (!isRadon(problem.operator))
    throw new UsageError(`FBP is for CT; ${problem.operator.name} has no projections. Choose another method.`);
  return yield* runCourse(new Measurement(problem, context), async function* (measurement) {
    return yield* measureLast(measurement, await fbpImage(measurement, context, options), { step: 1, steps: 1 });
  });
}

/** The image of filtered backprojection, `[1, 1, H, W]`, of a measurement by `radon`. */
export async function fbpImage(measurement: Measurement, { runtime, signal }: SolverContext, options: FbpOptions = {}): Promise<Tensor> {
  const { operator, y, sigma } = measurement.problem;
  const { geometry } = operator as RadonOperator;
  signal?.throwIfAborted();
  // the step at the end of a view that stops in matter would draw a bright border
  const views = truncationOf(y, geometry, sigma).detector ? continueViews(y, geometry) : { geometry, y };
  const x = await filteredBackprojection(views.y, views.geometry, { ...options, workers: runtime.workers });
  measurement.counts.adjoint++; // a backprojection, weighted otherwise
  return x;
}
