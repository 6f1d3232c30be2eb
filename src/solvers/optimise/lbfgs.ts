import { axpy, inner } from './cgls-iterations.js';
import { type LinePoint, strongWolfe } from './line-search.js';
import type { Evaluation, Iterate, Objective } from './objective.js';

export interface LbfgsOptions {
  iterations: number;
  /** Pairs kept for the inverse Hessian (10). */
  history?: number;
  /** Evaluations of the objective in all; a quarter more than iterations where absent. */
  maxEvaluations?: number;
  /** Stop once the value is at most this. */
  target?: number;
  /** Stop once no component of the gradient is larger (1e-9). */
  gradientTolerance?: number;
}

/**
 * L-BFGS (Nocedal and Wright 2006, algorithms 7.4 and 7.5) with a strong Wolfe line search.
 *
 * The first step is Polyak's, `(f - max(0, target)) / ||g||^2`: right in scale for a sum of squares, where a unit step is not.
 * The last step is shortened so that the value ends at the target, not below it.
 * Where the line search finds no decrease (a quantised decoder is not smooth) it forgets the history once, then stops.
 */
export async function* lbfgs<E extends Evaluation>(
  objective: Objective<E>,
  start: ArrayLike<number>,
  options: LbfgsOptions,
): AsyncGenerator<Iterate<E>, Iterate<E>, void> {
  const { iterations, history = 10, maxEvaluations = Math.ceil(1.25 * iterations), target = -Infinity, gradientTolerance = 1e-9 } = options;
  let x: Float64Array = Float64Array.from(start);
  let at = await objective(x);
  let gradient: Float64Array = Float64Array.from(at.gradient);
  let pairs: Pair[] = [];
  let evaluations = 1;
  let iteration = 0;

  while (iteration < iterations && evaluations < maxEvaluations && at.value > target && largest(gradient) > gradientTolerance) {
    const origin = x;
    const direction = descentDirection(gradient, pairs);
    const moved = (step: number): Float64Array => {
      const point = Float64Array.from(origin);
      axpy(step, direction, point);
      return point;
    };
    const phi = async (step: number): Promise<LinePoint<E>> => {
      const there = await objective(moved(step));
      evaluations++;
      return { step, value: there.value, slope: inner(Float64Array.from(there.gradient), direction), at: there };
    };
    const gap = at.value - Math.max(0, target);
    const first = pairs.length > 0 ? 1 : (gap > 0 ? gap : 1) / inner(gradient, gradient);
    const found = await strongWolfe(phi, { step: 0, value: at.value, slope: inner(gradient, direction) }, first, {
      maxEvaluations: maxEvaluations - evaluations,
      target,
    });
    iteration++;
    if (found.at === undefined) {
      if (pairs.length === 0) break;
      pairs = [];
      continue;
    }
    const end = target > 0 && found.value < SHORT * target ? await shortened(phi, { step: 0, value: at.value }, found, target) : found;
    x = moved(end.step);
    at = end.at!;
    const next = Float64Array.from(at.gradient);
    pairs = [...pairs, pairOf(subtract(x, origin), subtract(next, gradient))].filter((pair) => pair !== undefined).slice(-history);
    gradient = next;
    yield { iteration, evaluations, x, at };
  }
  return { iteration, evaluations, x, at };
}

/** A last step that ends below this share of the target is shortened: beyond the noise there is only noise to fit. */
const SHORT = 0.98;

/**
 * A point between one above the target and one far below, whose value is just below the target: by false position, three evaluations at
 * most.
 */
async function shortened<E extends Evaluation>(
  phi: (step: number) => Promise<LinePoint<E>>,
  above: { step: number; value: number },
  below: LinePoint<E>,
  target: number,
): Promise<LinePoint<E>> {
  let [high, low] = [above, below];
  for (let k = 0; k < 3 && low.value < SHORT * target; k++) {
    const share = (high.value - 0.99 * target) / (high.value - low.value);
    const middle = await phi(high.step + share * (low.step - high.step));
    if (middle.value <= target) low = middle;
    else high = middle;
  }
  return low;
}

/** A step s and the change of the gradient y along it. */
interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
  /** `1 / s.y` */
  readonly rho: number;
}

/** `undefined` without positive curvature: such a pair would spoil the inverse Hessian. */
function pairOf(s: Float64Array, y: Float64Array): Pair | undefined {
  const curvature = inner(s, y);
  return curvature > 1e-10 * Math.sqrt(inner(s, s) * inner(y, y)) ? { s, y, rho: 1 / curvature } : undefined;
}

/** `-H g` by the two-loop recursion, H scaled by the latest pair. */
function descentDirection(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const d = gradient.map((g) => -g);
  const alpha = new Float64Array(pairs.length);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { s, y, rho } = pairs[i];
    alpha[i] = rho * inner(s, d);
    axpy(-alpha[i], y, d);
  }
  const last = pairs.at(-1);
  if (last !== undefined) {
    const scale = 1 / (last.rho * inner(last.y, last.y));
    for (let i = 0; i < d.length; i++) d[i] *= scale;
  }
  for (const [i, { s, y, rho }] of pairs.entries()) axpy(alpha[i] - rho * inner(y, d), s, d);
  return d;
}

function subtract(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - b[i]);
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
