import { mapTensor, type Tensor } from '../tensor/tensor.js';

/** What several reconstructions of one measurement say together. How much of the error their spread tells is not calibrated. */
export interface Samples {
  /** `[1, C, H, W]` each. */
  readonly images: readonly Tensor[];
  /** Standard deviation over the samples, pixel by pixel (with n - 1). */
  readonly deviation: Tensor;
  /** The values that 5 and 95 % of the samples are below, interpolated; of few samples near the least and the greatest. */
  readonly quantiles: { readonly low: Tensor; readonly high: Tensor };
  /** Where the truth is known: how the error of the mean goes with the spread. */
  readonly calibration?: Calibration;
}

export interface Calibration {
  /** Root mean square error of the mean image over the root mean square deviation: 1 or less where the spread covers the error. */
  readonly errorToSpread: number;
  /** Correlation of |error| and deviation over the pixels. */
  readonly correlation: number;
  /** Share of the pixels whose truth is between the quantiles, and the share that n draws of the truth's own distribution would give. */
  readonly coverage: { readonly found: number; readonly expected: number };
  /**
   * The rank histogram (Hamill, Monthly Weather Review 2001): how many pixels have a truth above k of the n samples, k from 0 to n. Flat
   * where truth and samples are draws of one distribution, a bowl where the samples are too alike, a slope where they are biased.
   */
  readonly ranks: readonly number[];
}

/** Pixel by pixel. */
export function meanOf(images: readonly Tensor[]): Tensor {
  return mapTensor(images[0], (_, i) => images.reduce((sum, { data }) => sum + data[i], 0) / images.length);
}

/**
 * @param images two or more, of one shape.
 * @param truth of that shape
 */
export function summariseSamples(images: readonly Tensor[], truth?: Tensor): Samples {
  const mean = meanOf(images);
  const deviation = mapTensor(mean, (value, i) =>
    Math.sqrt(images.reduce((sum, { data }) => sum + (data[i] - value) ** 2, 0) / (images.length - 1)),
  );
  const [low, high] = QUANTILES.map((share) =>
    mapTensor(mean, (_, i) => {
      const sorted = images.map(({ data }) => data[i]).sort((a, b) => a - b);
      return quantileOf(sorted, share);
    }),
  );
  return {
    images,
    deviation,
    quantiles: { low, high },
    calibration: truth && { ...errorAndSpread(mean, deviation, truth), ...coverageOf(images, low, high, truth) },
  };
}

const QUANTILES = [0.05, 0.95] as const;

/** Of sorted values, two or more, between the two nearest. */
export function quantileOf(sorted: ArrayLike<number>, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.min(Math.floor(at), sorted.length - 2);
  return sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]);
}

function coverageOf(images: readonly Tensor[], low: Tensor, high: Tensor, truth: Tensor): Pick<Calibration, 'coverage' | 'ranks'> {
  const n = images.length;
  const ranks = new Array<number>(n + 1).fill(0);
  let within = 0;
  truth.data.forEach((value, i) => {
    ranks[images.filter(({ data }) => data[i] < value).length]++;
    if (low.data[i] <= value && value <= high.data[i]) within++;
  });
  // a further draw is below the k-th of n sorted ones with probability k / (n + 1), and evenly between two
  const below = (share: number) => (1 + share * (n - 1)) / (n + 1);
  return { coverage: { found: within / truth.data.length, expected: below(QUANTILES[1]) - below(QUANTILES[0]) }, ranks };
}

function errorAndSpread(mean: Tensor, { data: spread }: Tensor, truth: Tensor): Pick<Calibration, 'errorToSpread' | 'correlation'> {
  const error = mean.data.map((value, i) => Math.abs(value - truth.data[i]));
  const average = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanError, meanSpread] = [average(error), average(spread)];
  let [errors, spreads, both, together] = [0, 0, 0, 0];
  for (let i = 0; i < error.length; i++) {
    errors += (error[i] - meanError) ** 2;
    spreads += (spread[i] - meanSpread) ** 2;
    both += (error[i] - meanError) * (spread[i] - meanSpread);
    together += spread[i] ** 2;
  }
  const squared = error.reduce((sum, value) => sum + value ** 2, 0);
  return {
    errorToSpread: together > 0 ? Math.sqrt(squared / together) : Number.POSITIVE_INFINITY,
    correlation: errors > 0 && spreads > 0 ? both / Math.sqrt(errors * spreads) : 0,
  };
}
