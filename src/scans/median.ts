/** Of an array that is sorted in place. */
export function median(values: number[] | Float32Array | Float64Array): number {
  values.sort((a: number, b: number) => a - b);
  return values[values.length >> 1];
}

/** The median of the absolute values of a normal variable, as a share of its standard deviation. */
const MEDIAN_SHARE = 0.6744897501960817;

/** Standard deviation of values about zero, most of them noise, by the median of their absolute values. */
export function robustDeviation(values: ArrayLike<number>): number {
  return median(Float64Array.from(values, Math.abs)) / MEDIAN_SHARE;
}
