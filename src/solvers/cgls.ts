import { isLinear } from '../operators/operator.js';
import { tensor } from '../tensor/tensor.js';
import { cglsIterations } from './cgls-iterations.js';
import { Measurement } from './measurement.js';
import type { Problem, Reconstruction, SolverContext } from './solver.js';

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
 */
export async function* cgls(problem: Problem, context: SolverContext, options: CglsOptions = {}): Reconstruction {
  const { iterations = 200, margin = 1 } = options;
  const { operator, sigma } = problem;
  const measurement = new Measurement(problem, context);
  try {
    const map = measurement.linear();
    const affine = isLinear(operator) && operator.offset.data.some((value) => value !== 0);
    const shape = [1, ...operator.inputShape];
    const x = tensor(shape);
    x.data.fill(options.start ?? (affine ? -1 : 0));
    const { difference } = await measurement.discrepancy(x);
    const steps = cglsIterations(map, difference, x.data.length, { iterations, target: margin * measurement.size * sigma ** 2 });
    for (;;) {
      const { value, done } = await steps.next();
      const image = tensor(
        shape,
        value.x.map((change, i) => change + x.data[i]),
      );
      yield {
        step: value.iteration,
        steps: iterations,
        stage: done ? 'done' : 'iterate',
        estimate: image,
        residual: value.squares / measurement.size,
        counts: { ...measurement.counts },
      };
      if (done) return image;
    }
  } finally {
    await measurement.dispose();
  }
}
