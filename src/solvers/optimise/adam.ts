import type { Evaluation, Iterate, Objective } from './objective.js';

export interface AdamOptions {
  iterations: number;
  learningRate: number;
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  /** Decoupled weight decay (AdamW); 0 but for imitation: it pulls what no measurement sees towards zero. */
  weightDecay?: number;
  /** Stop once the value is at most this. */
  target?: number;
  /** Take the step from the point that met the target all the same, as programs that test after stepping do. */
  stepBeyondTarget?: boolean;
  /** Also stop where the value is above what it was this many iterations ago. */
  plateau?: number;
}

/**
 * Adam (Kingma and Ba, ICLR 2015, algorithm 1), with AdamW's decoupled decay (Loshchilov and Hutter 2019).
 * Stops at the target without a further step, so the point returned is the one that met it.
 */
export async function* adam<E extends Evaluation>(
  objective: Objective<E>,
  start: ArrayLike<number>,
  options: AdamOptions,
): AsyncGenerator<Iterate<E>, Iterate<E>, void> {
  const {
    iterations,
    learningRate,
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-8,
    weightDecay = 0,
    target = -Infinity,
    stepBeyondTarget = false,
    plateau = Infinity,
  } = options;
  const x = Float64Array.from(start);
  const first = new Float64Array(x.length);
  const second = new Float64Array(x.length);
  const values: number[] = [];
  for (let iteration = 1; ; iteration++) {
    const at = await objective(x);
    const here = { iteration, evaluations: iteration, x, at };
    const met = at.value <= target;
    if (met && !stepBeyondTarget) return here;
    const { gradient } = at;
    const correct1 = 1 - beta1 ** iteration;
    const correct2 = 1 - beta2 ** iteration;
    for (let i = 0; i < x.length; i++) {
      const g = gradient[i];
      first[i] = beta1 * first[i] + (1 - beta1) * g;
      second[i] = beta2 * second[i] + (1 - beta2) * g * g;
      x[i] -= learningRate * (weightDecay * x[i] + first[i] / correct1 / (Math.sqrt(second[i] / correct2) + epsilon));
    }
    values.push(at.value);
    const stalled = values.length > plateau && values[values.length - 1 - plateau] < at.value;
    if (met || stalled || iteration >= iterations) return here;
    yield here;
  }
}
