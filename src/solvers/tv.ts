import type { Tensor } from '../tensor/tensor.js';
import { Measurement } from './networks/measurement.js';
import { INNER_STEPS, tvIterations } from './optimise/tv-admm.js';
import { runCourse } from './run-course.js';
import type { Problem, Reconstruction, SolverContext } from './solver.js';
import { shift, startImage } from './start-image.js';

/** Weight of the data where the measurement has no noise. */
const EXACT = 1e5;

export interface TvOptions {
  /** Most steps of conjugate gradients (360); each takes one A and one adjoint. */
  iterations?: number;
  /** Weight of the total variation against `1/2 ||A x - y||^2`. Without it, the weight at which the residual is at the noise. */
  lambda?: number;
  /** That residual: `||A x - y||^2 = margin m sigma^2` (1). Not used with `lambda`. */
  margin?: number;
  /** Stop once the residual is met and the image changes by less than this share of its own size in an outer iteration (3e-4). */
  tolerance?: number;
  /**
   * Value of the image to start from: by default air, -1, where the operator measures something else than 0 of the image 0 (CT), else 0.
   */
  start?: number;
}

/**
 * Total variation (Rudin, Osher and Fatemi 1992): `min 1/2 ||A x - y||^2 + lambda TV(x)` by `tvIterations`, for any linear A. TV is
 * isotropic, and of a colour image vectorial: one length for the differences of all channels at a pixel.
 *
 * Without a given lambda the discrepancy principle chooses it: the weight of the data follows the residual until `||A x - y||^2 = margin m
 * sigma^2`.
 *
 * @throws UserError when the operator is not linear, or y does not fit it; the signal's reason when aborted.
 * @example
 * ```ts
 * import { operators, Random, solvers, tensor } from 'posteriori';
 * import { createNodeRuntime } from 'posteriori/node';
 * const operator = operators.gaussianBlur([1, 64, 64], { std: 1 });
 * const problem = { operator, y: tensor([1, 1, 64, 64]), sigma: 0.05 };
 * const context = { runtime: await createNodeRuntime(), random: new Random(0) };
 * const image = await solvers.finish(solvers.tv(problem, context));
 * ```
 */
export async function* tv(problem: Problem, context: SolverContext, options: TvOptions = {}): Reconstruction {
  const { iterations = 360, lambda, margin = 1, tolerance = 3e-4 } = options;
  const { operator, sigma } = problem;
  return yield* runCourse(new Measurement(problem, context), async function* (measurement) {
    const map = measurement.linear();
    const start = startImage(operator, options.start);
    const { difference } = await measurement.discrepancy(start);
    // TV does not see the constant start: only the change from it is sought, A d = difference.
    const target = margin * measurement.size * sigma ** 2;
    const weighting = lambda === undefined ? toTarget(target, sigma) : { weight: 1 / lambda };
    const steps = tvIterations(map, difference, operator.inputShape, weighting);
    const outer = Math.ceil(iterations / INNER_STEPS);
    for (let iteration = 1; ; iteration++) {
      const { x, change, squares } = (await steps.next()).value;
      const image = shift(start, x);
      const size = Math.sqrt(x.reduce((sum, v, i) => sum + (v + start.data[i]) ** 2, 0));
      const met = lambda !== undefined || Math.abs(squares - target) <= 0.01 * target;
      const done = (iteration > 1 && met && change <= tolerance * size) || iteration === outer;
      yield { step: iteration, steps: outer, stage: done ? 'done' : 'iterate', estimate: image, residual: squares / measurement.size };
      if (done) return image;
    }
  });
}

export interface TvRefinementOptions {
  /** Weight of half the squared distance to the given image against the total variation: how far it is trusted. */
  pull: number;
  /** Steps of conjugate gradients, each an A and an adjoint. */
  iterations: number;
  /** `||A x - y||^2 <= margin m sigma^2` */
  margin: number;
}

/**
 * The image nearest to a given one in a mean of two senses: `min TV(x) + pull / 2 ||x - given||^2` subject to `||A x - y||^2 <= margin m
 * sigma^2`. Where the measurement says nothing and edges decide, it is like TV; where texture does, like the image given.
 * @throws UserError when the operator is not linear
 */
export async function* tvRefinement(
  measurement: Measurement,
  given: Tensor,
  { pull, iterations, margin }: TvRefinementOptions,
): AsyncGenerator<{ readonly residual: number }, Tensor, void> {
  const { operator, sigma } = measurement.problem;
  const map = measurement.linear();
  const { difference } = await measurement.discrepancy(given);
  const steps = tvIterations(map, difference, operator.inputShape, {
    ...toTarget(margin * measurement.size * sigma ** 2, sigma),
    around: { image: given.data, pull },
  });
  const outer = Math.ceil(iterations / INNER_STEPS);
  for (let iteration = 1; ; iteration++) {
    const { x, squares } = (await steps.next()).value;
    yield { residual: squares / measurement.size };
    if (iteration === outer) return shift(given, x);
  }
}

/** Where the weight of the data ends, and a first guess of it; of an exact measurement a large one that stays. */
function toTarget(target: number, sigma: number): { target?: number; weight: number } {
  return target > 0 ? { target, weight: 10 / sigma } : { weight: EXACT };
}
