import { input } from '../graph/index.js';
import { continueViews, type FbpOptions, fbp as fbpGraph, isRadon, truncationOf } from '../operators/index.js';
import { UsageError } from '../tensor/errors.js';
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
  const { operator } = problem;
  if (!isRadon(operator)) throw new UsageError(`FBP is for CT; ${operator.name} has no projections. Choose another method.`);
  const { geometry } = operator;
  return yield* runCourse(new Measurement(problem, context), async function* (measurement) {
    context.signal?.throwIfAborted();
    const { y, sigma } = problem;
    // the step at the end of a view that stops in matter would draw a bright border
    const views = truncationOf(y, geometry, sigma).detector ? continueViews(y, geometry) : { geometry, y };
    const compiled = await measurement.graphs.get(`fbp ${views.geometry.bins} ${JSON.stringify(options)}`, [geometry], () => ({
      x: fbpGraph(views.geometry, options)(input('y', views.y.shape)),
    }));
    const { x } = await compiled.run({ y: views.y }, { signal: context.signal });
    measurement.counts.adjoint++; // a backprojection, weighted otherwise
    return yield* measureLast(measurement, x, { step: 1, steps: 1 });
  });
}
