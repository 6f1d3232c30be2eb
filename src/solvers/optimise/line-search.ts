import type { Evaluation } from './objective.js';

/** A point on the search line. */
export interface LinePoint<E extends Evaluation> {
  readonly step: number;
  readonly value: number;
  /** Derivative along the line. */
  readonly slope: number;
  readonly at?: E;
}

export interface LineSearchOptions {
  /** Sufficient decrease (1e-4). */
  c1?: number;
  /** Curvature (0.9). */
  c2?: number;
  maxEvaluations?: number;
  /** Accept any point whose value is at most this. */
  target?: number;
}

/**
 * A step that meets the strong Wolfe conditions (Nocedal and Wright 2006, algorithms 3.5 and 3.6): grow the step until a minimum is
 * bracketed, then shrink the bracket, by cubic interpolation held off its ends.
 *
 * @param start the line at step 0, slope below zero.
 * @param first the step to try first.
 * @returns a point that meets them; else, when evaluations run out, the best that decreases enough; else `start`.
 */
export async function strongWolfe<E extends Evaluation>(
  phi: (step: number) => Promise<LinePoint<E>>,
  start: LinePoint<E>,
  first: number,
  options: LineSearchOptions = {},
): Promise<LinePoint<E>> {
  const { c1 = 1e-4, c2 = 0.9, maxEvaluations = 20, target = -Infinity } = options;
  let low = start;
  let high: LinePoint<E> | undefined;
  let step = first;
  for (let k = 0; k < maxEvaluations; k++) {
    const point = await phi(step);
    if (point.value <= target) return point;
    // Not-a-number fails both comparisons below only in this form.
    const decreases = point.value <= start.value + c1 * step * start.slope && (low === start || point.value < low.value);
    if (!decreases) {
      high = point;
    } else {
      if (Math.abs(point.slope) <= -c2 * start.slope) return point;
      const passed = high === undefined ? point.slope >= 0 : point.slope * (high.step - low.step) >= 0;
      if (passed) high = low;
      const previous = low;
      low = point;
      if (high === undefined) {
        step = clamp(cubicMinimum(previous, point), 2 * step, 10 * step);
        continue;
      }
    }
    const width = high!.step - low.step;
    step = low.step + width * clamp((cubicMinimum(low, high!) - low.step) / width, 0.1, 0.9);
  }
  return low;
}

/** Minimum of the cubic through two points with their slopes (Nocedal and Wright, eq. 3.59); NaN where it has none. */
export function cubicMinimum(a: Omit<LinePoint<Evaluation>, 'at'>, b: Omit<LinePoint<Evaluation>, 'at'>): number {
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.step - b.step);
  const d2 = Math.sign(b.step - a.step) * Math.sqrt(d1 * d1 - a.slope * b.slope);
  return b.step - (b.step - a.step) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2));
}

/** Into [low, high]; NaN becomes the middle. */
function clamp(value: number, low: number, high: number): number {
  return Number.isNaN(value) ? (low + high) / 2 : Math.min(high, Math.max(low, value));
}
