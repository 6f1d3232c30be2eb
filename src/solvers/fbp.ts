import { input } from '../graph/index.js';
import { continued, type FbpOptions, fbp as fbpGraph, type ParallelGeometry, truncationOf } from '../operators/index.js';
import { Measurement } from './networks/measurement.js';
import type { Problem, Reconstruction, SolverContext } from './solver.js';
import { finished, solving } from './solving.js';

/**
 * Filtered backprojection as a reconstruction of one step; see `operators/fbp`. Views that end in matter are continued.
 *
 * @param geometry of the operator that made y.
 * @param problem y `[1, views, bins]`.
 * @returns the image `[1, 1, H, W]`, air at -1, not clipped.
 * @throws UserError when the geometry is impossible or y does not fit it; the signal's reason when aborted.
 */
export async function* fbp(geometry: ParallelGeometry, problem: Problem, context: SolverContext, options: FbpOptions = {}): Reconstruction {
  return yield* solving(new Measurement(problem, context), async function* (measurement) {
    context.signal?.throwIfAborted();
    const { y, sigma } = problem;
    // the step at the end of a view that stops in matter would draw a bright border
    const views = truncationOf(y, geometry, sigma).detector ? continued(y, geometry) : { geometry, y };
    const compiled = await measurement.graphs.get(`fbp ${views.geometry.bins} ${JSON.stringify(options)}`, [geometry], () => ({
      x: fbpGraph(views.geometry, options)(input('y', views.y.shape)),
    }));
    const { x } = await compiled.run({ y: views.y }, { signal: context.signal });
    measurement.counts.adjoint++; // a backprojection, weighted otherwise
    return yield* finished(measurement, x, { step: 1, steps: 1 });
  });
}
