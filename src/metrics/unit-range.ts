import { formatShape, sameShape, type Tensor } from '../tensor/tensor.js';

/** An image's values in [-1, 1] mapped to [0, 1] and clipped: the range all image metrics are taken in, in double precision. */
export function unitRange(x: Tensor): Float64Array {
  return Float64Array.from(x.data, (value) => Math.min(1, Math.max(0, (value + 1) / 2)));
}

/** The channels of an image, `plane` pixels each, as views of it. */
export function channelsOf(x: Float64Array, plane: number): Float64Array[] {
  return Array.from({ length: x.length / plane }, (_, c) => x.subarray(c * plane, (c + 1) * plane));
}

/** @throws RangeError unless both are one image of one shape: `[H, W]`, `[C, H, W]` or `[1, C, H, W]`. */
export function checkImages(a: Tensor, b: Tensor): void {
  const axes = a.shape.length;
  if (!sameShape(a.shape, b.shape))
    throw new RangeError(`images of one shape are compared, got ${formatShape(a.shape)} and ${formatShape(b.shape)}`);
  if (axes < 2 || axes > 4 || (axes === 4 && a.shape[0] !== 1))
    throw new RangeError(`expected one image, [H,W], [C,H,W] or [1,C,H,W], got ${formatShape(a.shape)}`);
}
