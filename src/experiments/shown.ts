import type { Tensor } from '../tensor/tensor.js';

/** A tensor for the eye: a picture, with the values of black and white where these are not -1 and 1. */
export interface Shown {
  readonly image: Tensor;
  readonly range?: readonly [black: number, white: number];
}

/** Least and greatest value, never equal. */
export function extent({ data }: Tensor): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of data) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high > low ? [low, high] : [low, low + 1];
}
