import { isLinear } from '../operators/operator.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import { inner, type LinearMap } from './cgls-iterations.js';
import { Measurement } from './measurement.js';
import type { Problem, Reconstruction, SolverContext } from './solver.js';
import { differences, divergence, intoUnitBalls } from './total-variation.js';

export interface TvOptions {
  /** Most iterations (500); each takes one A and one adjoint. */
  iterations?: number;
  /** Weight of the total variation against `1/2 ||A x - y||^2`. Without it, the weight at which the residual is at the noise. */
  lambda?: number;
  /** That residual: `||A x - y||^2 = margin m sigma^2` (1). Not used with `lambda`. */
  margin?: number;
  /** Stop once the residual is met and the image changes by less than this share of its own size in an iteration (1e-5). */
  tolerance?: number;
  /** Value of the image to start from: by default air, -1, where the operator measures something else than 0 of the image 0 (CT), else 0. */
  start?: number;
}

/** Iterations between two reports. */
const REPORT_EVERY = 10;
/**
 * Length of the primal step, for images of [-1, 1] and a dual of length 1 at most. It sets how fast, not where to; found by trial at sigma 0.01: CT wants
 * 0.01, missing pixels 0.03, and ten times more or less costs five times the iterations.
 */
const STEP = 0.02;

/**
 * Total variation (Rudin, Osher and Fatemi 1992): `min 1/2 ||A x - y||^2 + lambda TV(x)` by the first-order primal-dual method of Chambolle and Pock
 * (2011, Algorithm 1) for any linear A. TV is isotropic, and of a colour image vectorial: one length for the differences of all channels at a pixel.
 *
 * Without a given lambda the discrepancy principle chooses it, exactly and without a search: the same method solves `min TV(x)` subject to
 * `||A x - y||^2 <= margin m sigma^2`, whose solution is that of the lambda (the inverse of the constraint's multiplier) that leaves this residual.
 *
 * @throws UserError when the operator is not linear, or y does not fit it; the signal's reason when aborted.
 */
export async function* tv(problem: Problem, context: SolverContext, options: TvOptions = {}): Reconstruction {
  const { iterations = 500, lambda, margin = 1, tolerance = 1e-5 } = options;
  const { operator, sigma } = problem;
  const measurement = new Measurement(problem, context);
  try {
    const map = measurement.linear();
    const shape = [1, ...operator.inputShape];
    const affine = isLinear(operator) && operator.offset.data.some((value) => value !== 0);
    const start = tensor(shape);
    start.data.fill(options.start ?? (affine ? -1 : 0));
    const { difference } = await measurement.discrepancy(start);
    // TV does not see the constant start: only the change from it is sought, A d = difference.
    const norm = await operatorNorm(map, start.data.length, difference);
    const squaresAllowed = lambda === undefined ? margin * measurement.size * sigma ** 2 : Infinity;
    const dataTerm = lambda === undefined ? withinBall(Math.sqrt(squaresAllowed)) : leastSquares(lambda);
    const steps = primalDual(map, difference, operator.inputShape, dataTerm, norm);
    for (let iteration = 1; ; iteration++) {
      const { d, change, squares } = (await steps.next()).value;
      const size = Math.sqrt(d.reduce((sum, v, i) => sum + (v + start.data[i]) ** 2, 0));
      const settled = iteration >= REPORT_EVERY && change <= tolerance * size && squares <= 1.01 * squaresAllowed;
      const done = settled || iteration >= iterations;
      if (!done && iteration % REPORT_EVERY !== 0) continue;
      const image = tensor(
        shape,
        d.map((value, i) => value + start.data[i]),
      );
      const counts = { ...measurement.counts };
      yield {
        step: iteration,
        steps: iterations,
        stage: done ? 'done' : 'iterate',
        estimate: image,
        residual: squares / measurement.size,
        counts,
      };
      if (done) return image;
    }
  } finally {
    await measurement.dispose();
  }
}

export interface TvRefinementOptions {
  /** Weight of half the squared distance to the given image against the total variation: how far it is trusted. */
  pull: number;
  iterations: number;
  /** `||A x - y||^2 <= margin m sigma^2` */
  margin: number;
}

/**
 * The image nearest to a given one in a mean of two senses: `min TV(x) + pull / 2 ||x - given||^2` subject to `||A x - y||^2 <= margin m sigma^2`. Where the
 * measurement says nothing and edges decide, it is like TV; where texture does, like the image given.
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
  const norm = await operatorNorm(map, given.data.length, difference);
  const dataTerm = withinBall(Math.sqrt(margin * measurement.size) * sigma);
  const steps = primalDual(map, difference, operator.inputShape, dataTerm, norm, { image: given.data, pull });
  for (let iteration = 1; ; iteration++) {
    const { d, squares } = (await steps.next()).value;
    if (iteration % REPORT_EVERY === 0 || iteration === iterations) yield { residual: squares / measurement.size };
    if (iteration === iterations)
      return tensor(
        given.shape,
        d.map((value, i) => value + given.data[i]),
      );
  }
}

/** The proximal step of the conjugate of the data term, on `p + step A d - step y`, in place. */
type DualProx = (p: Float64Array, step: number) => void;

/** Of `1 / (2 lambda) ||A d - y||^2`. */
function leastSquares(lambda: number): DualProx {
  return (p, step) => {
    for (let i = 0; i < p.length; i++) p[i] /= 1 + step * lambda;
  };
}

/** Of `||A d - y|| <= radius`. */
function withinBall(radius: number): DualProx {
  return (p, step) => {
    const length = Math.sqrt(inner(p, p));
    const factor = length > 0 ? Math.max(0, 1 - (step * radius) / length) : 0;
    for (let i = 0; i < p.length; i++) p[i] *= factor;
  };
}

interface PrimalDualIterate {
  readonly d: Float64Array;
  /** Norm of the last change of d. */
  readonly change: number;
  /** `||A d - y||^2` */
  readonly squares: number;
}

/** An image that d is added to before its variation is taken, and that d is drawn back to. */
interface Around {
  readonly image: ArrayLike<number>;
  readonly pull: number;
}

/**
 * Chambolle and Pock's iteration for the sum of the data term and TV(d), or `TV(image + d) + pull / 2 ||d||^2`: K stacks A and the differences, and each of its two parts
 * has half of `step tau ||K||^2 <= 1` to itself.
 */
async function* primalDual(
  map: LinearMap,
  y: Float64Array,
  shape: readonly number[],
  dataTerm: DualProx,
  norm: number,
  around?: Around,
): AsyncGenerator<PrimalDualIterate, never, void> {
  const size = shape.reduce((a, b) => a * b);
  const tau = STEP;
  const stepA = 0.5 / (tau * norm ** 2);
  const stepTv = 0.5 / (tau * 8); // ||differences||^2 <= 8
  let d: Float64Array = new Float64Array(size);
  let ad: Float64Array = new Float64Array(y.length);
  let ahead = d; // d extrapolated
  let adAhead = ad;
  const p = new Float64Array(y.length);
  const q = new Float64Array(2 * size);
  for (;;) {
    for (let i = 0; i < p.length; i++) p[i] += stepA * (adAhead[i] - y[i]);
    dataTerm(p, stepA);
    differences(around ? ahead.map((value, i) => value + around.image[i]) : ahead, shape, q, stepTv);
    intoUnitBalls(q, shape);

    const slope = divergence(q, shape, await map.adjoint(p)); // A^T p - div q
    const shrink = 1 / (1 + tau * (around?.pull ?? 0));
    const next = d.map((value, i) => (value - tau * slope[i]) * shrink);
    const aNext = await map.forward(next);
    let change = 0;
    let squares = 0;
    for (let i = 0; i < size; i++) change += (next[i] - d[i]) ** 2;
    for (let i = 0; i < y.length; i++) squares += (aNext[i] - y[i]) ** 2;
    const [before, aBefore] = [d, ad];
    ahead = next.map((value, i) => 2 * value - before[i]);
    adAhead = aNext.map((value, i) => 2 * value - aBefore[i]);
    d = next;
    ad = aNext;
    yield { d, change: Math.sqrt(change), squares };
  }
}

/** `||A||`, its largest singular value, by the power method on `A^T A`; a little above rather than below. */
async function operatorNorm(map: LinearMap, size: number, y: Float64Array): Promise<number> {
  let v = await map.adjoint(y);
  if (inner(v, v) === 0) v = new Float64Array(size).fill(1);
  let squared = 0;
  for (let k = 0; k < 20; k++) {
    const length = Math.sqrt(inner(v, v));
    if (length === 0) return 1; // A is zero
    v = await map.adjoint(await map.forward(v.map((value) => value / length)));
    squared = Math.sqrt(inner(v, v));
  }
  return 1.02 * Math.sqrt(squared);
}
