import { input } from '../graph/index.js';
import { type FbpOptions, fbp as fbpGraph, type ParallelGeometry } from '../operators/index.js';
import { Measurement } from './measurement.js';
import type { Problem, Reconstruction, SolverContext } from './solver.js';

/**
 * Filtered backprojection as a reconstruction of one step; see `operators/fbp`.
 *
 * @param geometry of the operator that made y.
 * @param problem y `[1, views, bins]`.
 * @returns the image `[1, 1, H, W]`, air at -1, not clipped.
 * @throws UserError when the geometry is impossible or y does not fit it; the signal's reason when aborted.
 */
export async function* fbp(geometry: ParallelGeometry, problem: Problem, context: SolverContext, options: FbpOptions = {}): Reconstruction {
  const measurement = new Measurement(problem, context);
  try {
    context.signal?.throwIfAborted();
    const { y } = problem;
    const compiled = await measurement.graphs.get(`fbp ${JSON.stringify(options)}`, [geometry], () => ({
      x: fbpGraph(geometry, options)(input('y', y.shape)),
    }));
    const { x } = await compiled.run({ y }, { signal: context.signal });
    measurement.counts.adjoint++; // a backprojection, weighted otherwise
    const { squares } = await measurement.discrepancy(x);
    yield { step: 1, steps: 1, stage: 'done', estimate: x, residual: squares / measurement.size, counts: { ...measurement.counts } };
    return x;
  } finally {
    await measurement.dispose();
  }
}
