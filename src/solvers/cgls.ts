import { Measurement } from './networks/measurement.js';
import { cglsIterations } from './optimise/cgls-iterations.js';
import { runCourse } from './run-course.js';
import type { Problem, Reconstruction, SolverContext } from './solver.js';
import { shift, startImage } from './start-image.js';

export interface CglsOptions {
  /** Most iterations (200). */
  iterations?: number;
  /** Stop at `||A x - y||^2 <= margin m sigma^2` (1). */
  margin?: number;
  /**
   * Value of the image to start from: by default air, -1, where the operator measures something else than 0 of the image 0 (CT), else 0.
   */
  start?: number;
}

/**
 * CGLS stopped by the discrepancy principle: conjugate gradients on `min ||A x - y||` (Hestenes and Stiefel 1952), ended at the
 * noise, `||A x - y||^2 <= m sigma^2`, beyond which it would fit noise. No prior but its start: from air, that is from zero attenuation,
 * the iterates are those of CGLS on the attenuation itself.
 *
 * @throws UserError when the operator is not linear, or y does not fit it; the signal's reason when aborted.
 * @example
 * ```ts
 * import { operators, Random, solvers, tensor } from 'posteriori';
 * import { createNodeRuntime } from 'posteriori/node';
 * const operator = operators.radon(operators.defaultGeometry({ size: 64, views: 30 }));
 * const problem = { operator, y: tensor([1, ...operator.outputShape]), sigma: 0.01 };
 * const context = { runtime: await createNodeRuntime(), random: new Random(0) };
 * const image = await solvers.finish(solvers.cgls(problem, context, { iterations: 50 }));
 * ```
 */
export async function* cgls(problem: Problem, context: SolverContext, options: CglsOptions = {}): Reconstruction {
  const { iterations = 200, margin = 1 } = options;
  const { operator, sigma } = problem;
  return yield* runCourse(new Measurement(problem, context), async function* (measurement) {
    const map = measurement.linear();
    const x = startImage(operator, options.start);
    const { difference } = await measurement.discrepancy(x);
    const steps = cglsIterations(map, difference, x.data.length, { iterations, target: margin * measurement.size * sigma ** 2 });
    for (;;) {
      const { value, done } = await steps.next();
      const image = shift(x, value.x);
      const residual = value.squares / measurement.size;
      yield { step: value.iteration, steps: iterations, stage: done ? 'done' : 'iterate', estimate: image, residual };
      if (done) return image;
    }
  });
}
