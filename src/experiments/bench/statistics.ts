import { Random } from '../../tensor/random.js';
import { quantileOf } from '../samples.js';

export interface Statistics {
  readonly mean: number;
  /** Of the sample, with n - 1; 0 of one value. */
  readonly std: number;
  readonly n: number;
}

/** @param values one or more */
export function statisticsOf(values: readonly number[]): Statistics {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return { mean, std: Math.sqrt(variance), n: values.length };
}

export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

const DRAWS = 10_000;
const LEAST = 3;

/**
 * Mean of paired differences with its 95 % interval by the percentile bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap,
 * 1993, chapter 13): the pairs, images that both methods reconstructed, are drawn again with replacement.
 * @param differences three or more; of fewer there is no interval
 */
export function bootstrapInterval(differences: readonly number[], seed = 0): Interval | undefined {
  const n = differences.length;
  if (n < LEAST) return undefined;
  const random = new Random(seed).fork('bootstrap');
  const means = Float64Array.from({ length: DRAWS }, () => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += differences[Math.floor(random.uniform(0, n))];
    return sum / n;
  }).sort();
  return { mean: statisticsOf(differences).mean, low: quantileOf(means, 0.025), high: quantileOf(means, 0.975), n };
}
