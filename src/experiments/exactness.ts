import { mixtureMoments } from '../priors/index.js';
import { finish, type Reconstruction } from '../solvers/index.js';
import { Random } from '../tensor/random.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ExactProblem } from './exact-problems.js';
import { quantileOf } from './samples.js';

/** How far the samples of a method are from the posterior, over some directions; all in that posterior's own deviations. */
export interface DirectionErrors {
  /** Root mean square of (mean of the samples - exact mean) / exact deviation. */
  readonly bias: number;
  /** Root mean square of deviation of the samples / exact deviation. */
  readonly ratio: number;
  /** Share of the exact posterior within the interval of 5 to 95 % of the samples: 0.9 where they are right. */
  readonly coverage: number;
}

export interface Exactness {
  readonly observed: DirectionErrors;
  readonly unobserved: DirectionErrors;
  /** ||covariance of the samples - exact|| / ||exact||, Frobenius. */
  readonly covariance: number;
  /** Share of the samples that the exact posterior gives to each of its components, and the component's true share. */
  readonly shares: readonly { readonly found: number; readonly exact: number }[];
  /** Where n draws would be by chance: the deviation of `bias` and of `ratio`, and the usual `covariance`. */
  readonly chance: { readonly bias: number; readonly ratio: number; readonly covariance: number };
}

/**
 * Runs a method again and again on a problem whose posterior is known, and compares its samples with it.
 *
 * @param run one reconstruction of the problem, random by what it is given
 * @param samples how many
 */
export async function measureExactness(
  exact: ExactProblem,
  run: (random: Random) => Reconstruction,
  { samples, seed }: { samples: number; seed: number },
): Promise<Exactness> {
  const images: Tensor[] = [];
  for (let i = 0; i < samples; i++) images.push(await finish(run(new Random(seed).fork(`sample ${i}`))));
  return exactnessOf(
    exact,
    images.map((image) => exact.stateOf(image)),
  );
}

/** @param states draws, each of the d numbers of the state */
export function exactnessOf({ posterior, directions, observed }: ExactProblem, states: readonly Float64Array[]): Exactness {
  const d = states[0].length;
  const n = states.length;
  const { mean, covariance } = mixtureMoments(posterior);
  const found = mixtureMoments(states.map((state) => ({ weight: 1 / n, mean: state, covariance: new Float64Array(d * d) })));
  const along = (k: number, x: ArrayLike<number>) => {
    let sum = 0;
    for (let i = 0; i < d; i++) sum += directions[i * d + k] * x[i];
    return sum;
  };
  const varianceAlong = (k: number, matrix: ArrayLike<number>) => {
    let sum = 0;
    for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) sum += directions[i * d + k] * matrix[i * d + j] * directions[j * d + k];
    return sum;
  };
  const each = Array.from({ length: d }, (_, k) => {
    const deviation = Math.sqrt(varianceAlong(k, covariance));
    const sorted = Float64Array.from(states, (state) => along(k, state)).sort();
    const below = (value: number) =>
      posterior.reduce(
        (sum, one) => sum + one.weight * normalBelow((value - along(k, one.mean)) / Math.sqrt(varianceAlong(k, one.covariance))),
        0,
      );
    return {
      bias: (along(k, found.mean) - along(k, mean)) / deviation,
      ratio: Math.sqrt(varianceAlong(k, found.covariance)) / deviation,
      coverage: below(quantileOf(sorted, 0.95)) - below(quantileOf(sorted, 0.05)),
    };
  });
  const errorsOf = (some: typeof each): DirectionErrors => ({
    bias: rootMeanSquare(some.map(({ bias }) => bias)),
    ratio: rootMeanSquare(some.map(({ ratio }) => ratio)),
    coverage: some.reduce((sum, { coverage }) => sum + coverage, 0) / some.length,
  });
  const norm = (values: ArrayLike<number>) => Math.hypot(...Array.from(values));
  const trace = Array.from({ length: d }, (_, i) => covariance[i * (d + 1)]).reduce((a, b) => a + b, 0);
  return {
    observed: errorsOf(each.slice(0, observed)),
    unobserved: errorsOf(each.slice(observed)),
    covariance: norm(found.covariance.map((value, i) => value - covariance[i])) / norm(covariance),
    shares: shareOf(states),
    chance: {
      bias: 1 / Math.sqrt(n),
      ratio: 1 / Math.sqrt(2 * n),
      // E ||C^ - C||^2 = (||C||^2 + tr(C)^2) / n
      covariance: Math.sqrt((1 + (trace / norm(covariance)) ** 2) / n),
    },
  };

  /** By the likelihood of each component: exact where they lie apart. */
  function shareOf(draws: readonly Float64Array[]): Exactness['shares'] {
    const distances = posterior.map(
      ({ mean: centre }) =>
        (x: Float64Array) =>
          x.reduce((sum, value, i) => sum + (value - centre[i]) ** 2, 0),
    );
    const nearest = draws.map((x) => {
      const all = distances.map((distance) => distance(x));
      return all.indexOf(Math.min(...all));
    });
    return posterior.map(({ weight }, k) => ({ found: nearest.filter((one) => one === k).length / n, exact: weight }));
  }
}

function rootMeanSquare(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
}

/** The distribution function of N(0, 1), to 1e-7 (Abramowitz and Stegun, 7.1.26). */
function normalBelow(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * z);
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = 0.5 * series * Math.exp(-z * z);
  return x < 0 ? tail : 1 - tail;
}
