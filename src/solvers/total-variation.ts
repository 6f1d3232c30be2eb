import type { Tensor } from '../tensor/tensor.js';

/*
 * Differences of images `[C, H, W]` between neighbours, as fields q `[2, C, H, W]`: down the columns, then along the rows; 0 at the
 * last pixel.
 */

/** `q += weight * differences(x)`. */
export function differences(x: Float64Array, [channels, height, width]: readonly number[], q: Float64Array, weight: number): void {
  const size = channels * height * width;
  for (let plane = 0, at = 0; plane < channels; plane++)
    for (let i = 0; i < height; i++)
      for (let j = 0; j < width; j++, at++) {
        if (i + 1 < height) q[at] += weight * (x[at + width] - x[at]);
        if (j + 1 < width) q[size + at] += weight * (x[at + 1] - x[at]);
      }
}

/** `x - div q`: x plus the transpose of `differences` on q, in place; returns x. */
export function divergence(q: Float64Array, [channels, height, width]: readonly number[], x: Float64Array): Float64Array {
  const size = channels * height * width;
  for (let plane = 0, at = 0; plane < channels; plane++)
    for (let i = 0; i < height; i++)
      for (let j = 0; j < width; j++, at++) {
        if (i + 1 < height) {
          x[at] -= q[at];
          x[at + width] += q[at];
        }
        if (j + 1 < width) {
          x[at] -= q[size + at];
          x[at + 1] += q[size + at];
        }
      }
  return x;
}

/**
 * At each pixel the differences of both directions and all channels, as one vector, shortened by `amount`, or to nothing: the proximal map
 * of its length. In place.
 */
export function shrink(q: Float64Array, shape: readonly number[], amount: number): void {
  const [channels, height, width] = shape;
  const pixels = height * width;
  for (let i = 0; i < pixels; i++) {
    let squares = 0;
    for (let c = 0; c < 2 * channels; c++) squares += q[c * pixels + i] ** 2;
    const factor = Math.max(0, 1 - amount / Math.sqrt(squares));
    for (let c = 0; c < 2 * channels; c++) q[c * pixels + i] = squares > 0 ? factor * q[c * pixels + i] : 0;
  }
}

/**
 * Vectorial total variation of an image `[1, C, H, W]` (Blomgren and Chan 1998): one length for the differences of all channels at a pixel.
 */
export function totalVariation(x: Tensor): number {
  const shape = x.shape.slice(1);
  const [channels, height, width] = shape;
  const q = new Float64Array(2 * x.data.length);
  differences(Float64Array.from(x.data), shape, q, 1);
  const pixels = height * width;
  let total = 0;
  for (let i = 0; i < pixels; i++) {
    let squares = 0;
    for (let c = 0; c < 2 * channels; c++) squares += q[c * pixels + i] ** 2;
    total += Math.sqrt(squares);
  }
  return total;
}
