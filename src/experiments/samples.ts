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
  const quantile = (share: number): Tensor =>
    mapTensor(mean, (_, i) => {
      const sorted = images.map(({ data }) => data[i]).sort((a, b) => a - b);
      const at = share * (sorted.length - 1);
      const below = Math.min(Math.floor(at), sorted.length - 2);
      return sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]);
    });
  return {
    images,
    deviation,
    quantiles: { low: quantile(0.05), high: quantile(0.95) },
    calibration: truth && calibrationOf(mean, deviation, truth),
  };
}

function calibrationOf(mean: Tensor, { data: spread }: Tensor, truth: Tensor): Calibration {
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
