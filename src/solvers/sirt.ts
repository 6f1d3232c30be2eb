import { UsageError } from '../tensor/errors.js';
import { Measurement } from './networks/measurement.js';
import { runCourse } from './run-course.js';
import type { Problem, Reconstruction, SolverContext } from './solver.js';
import { shift, startImage } from './start-image.js';

export interface SirtOptions {
  /** Most iterations (300). */
  iterations?: number;
  /** Factor on every step, above 0 and below 2 (1). */
  relaxation?: number;
  /** Stop at `||A x - y||^2 <= margin m sigma^2` (1). */
  margin?: number;
}

/**
 * SIRT (Gilbert, J. Theor. Biol. 1972; the form of Gregor and Benson, IEEE TMI 2008): `x + relaxation C A^T R (y - A x)`, R and C the
 * inverse sums of the rows and columns of A, from air (CT) or grey, ended by the discrepancy principle.
 *
 * @param problem y `[1, ...outputShape]` in the operator's unit; A linear with weights that are not negative (CT, blur, inpainting).
 * @returns the image `[1, C, H, W]`, about [-1, 1], not clipped.
 * @throws UserError when the operator is not linear, has sums of rows below 0, or y does not fit it; the signal's reason when aborted.
 */
export async function* sirt(problem: Problem, context: SolverContext, options: SirtOptions = {}): Reconstruction {
  const { iterations = 300, relaxation = 1, margin = 1 } = options;
  const { operator, sigma } = problem;
  return yield* runCourse(new Measurement(problem, context), async function* (measurement) {
    const map = measurement.linear();
    const { rows, columns } = await sirtWeights(measurement);
    let x = startImage(operator);
    for (let i = 0; ; i++) {
      const { squares, difference } = await measurement.discrepancy(x);
      const done = i === iterations || squares <= margin * measurement.size * sigma ** 2;
      yield { step: i, steps: iterations, stage: done ? 'done' : 'iterate', estimate: x, residual: squares / measurement.size };
      if (done) return x;
      const back = await map.adjoint(difference.map((value, k) => value * rows[k]));
      x = shift(
        x,
        back.map((value, k) => relaxation * value * columns[k]),
      );
    }
  });
}

/** R and C: the inverse sums of A's rows and columns, 0 where a sum is. @throws UserError when one is negative. */
export async function sirtWeights(measurement: Measurement): Promise<{ rows: Float64Array; columns: Float64Array }> {
  const { operator, y } = measurement.problem;
  const map = measurement.linear();
  const pixels = operator.inputShape.reduce((a, b) => a * b, 1);
  const invert = (sums: Float64Array): Float64Array => {
    const most = sums.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    if (sums.some((sum) => sum < -1e-6 * most))
      throw new UsageError(
        `SIRT is for operators without negative weights (CT, blur, inpainting); ${operator.name} has some. Choose cgls.`,
      );
    // a ray that grazes the image weighs next to nothing, and its inverse would be noise alone
    return sums.map((sum) => (sum > 1e-3 * most ? 1 / sum : 0));
  };
  return {
    rows: invert(await map.forward(new Float64Array(pixels).fill(1))),
    columns: invert(await map.adjoint(new Float64Array(y.data.length).fill(1))),
  };
}
