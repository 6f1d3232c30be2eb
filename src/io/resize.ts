import { formatShape, type Tensor, tensor } from '../tensor/tensor.js';

/**
 * How the new pixels are made. `bicubic`: Keys' cubic with a = -0.5, widened when shrinking so that nothing aliases, edge pixels mirrored:
 * MATLAB's `imresize`. `area`: the mean over the area a new pixel covers, which keeps the integral of the image (attenuation, counts)
 * exactly.
 */
export type ResizeFilter = 'bicubic' | 'area';

/** Which input pixels make output pixel j, and with what weights: indices and weights hold `taps` entries for each j. */
export interface Taps {
  readonly taps: number;
  readonly indices: Int32Array;
  readonly weights: Float64Array;
}

/**
 * An image at another size. Both filters are exact on constants; bicubic may overshoot the range of its input by some percent, area never
 * does.
 * @param x [C, H, W]
 * @param size [height, width] of the result
 * @throws RangeError when x is not [C, H, W] or a size is not a whole number >= 1
 */
export function resize(x: Tensor, size: readonly [number, number], filter: ResizeFilter = 'bicubic'): Tensor {
  if (x.shape.length !== 3 || x.data.length === 0) throw new RangeError(`resize takes [C,H,W], got ${formatShape(x.shape)}`);
  if (!size.every((n) => Number.isInteger(n) && n >= 1)) throw new RangeError(`not an image size: ${size.join(' x ')}`);
  const [channels, height, width] = x.shape;
  const [newHeight, newWidth] = size;
  const across = resample(x.data, channels * height, width, 1, resizeTaps(width, newWidth, filter)); // [C, H, W']
  const down = resample(across, channels, height, newWidth, resizeTaps(height, newHeight, filter)); // [C, H', W']
  return tensor([channels, newHeight, newWidth], Float32Array.from(down));
}

/** Weighted sums along the middle axis of [outer, length, inner], in double precision. */
function resample(data: ArrayLike<number>, outer: number, length: number, inner: number, { taps, indices, weights }: Taps): Float64Array {
  const newLength = indices.length / taps;
  const out = new Float64Array(outer * newLength * inner);
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < newLength; j++) {
      const to = (o * newLength + j) * inner;
      for (let k = j * taps; k < (j + 1) * taps; k++) {
        const from = (o * length + indices[k]) * inner;
        const weight = weights[k];
        for (let i = 0; i < inner; i++) out[to + i] += weight * data[from + i];
      }
    }
  }
  return out;
}

/** What `resize` does along one axis, from `length` pixels to `newLength`. */
export function resizeTaps(length: number, newLength: number, filter: ResizeFilter): Taps {
  const step = length / newLength;
  const radius = filter === 'bicubic' ? 2 * Math.max(1, step) : step / 2;
  const taps = Math.ceil(2 * radius) + 1;
  const indices = new Int32Array(newLength * taps);
  const weights = new Float64Array(newLength * taps);
  for (let j = 0; j < newLength; j++) {
    const center = (j + 0.5) * step; // in input pixels, pixel i covering [i, i + 1]
    // area covers whole pixels partly, so it begins at the pixel its left edge lies in; bicubic samples pixel centres
    const first = filter === 'bicubic' ? Math.ceil(center - radius - 0.5) : Math.floor(center - radius + 1e-9);
    let sum = 0;
    for (let k = 0; k < taps; k++) {
      const i = first + k;
      const weight = filter === 'bicubic' ? cubic((i + 0.5 - center) / Math.max(1, step)) : overlap(i, center - radius, center + radius);
      indices[j * taps + k] = mirrorIndex(i, length);
      weights[j * taps + k] = weight;
      sum += weight;
    }
    for (let k = 0; k < taps; k++) weights[j * taps + k] /= sum;
  }
  return { taps, indices, weights };
}

/** Keys (1981), a = -1/2. */
function cubic(t: number): number {
  const d = Math.abs(t);
  if (d <= 1) return (1.5 * d - 2.5) * d * d + 1;
  return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
}

/** Length of [i, i + 1] inside [from, to]. */
function overlap(i: number, from: number, to: number): number {
  return Math.max(0, Math.min(i + 1, to) - Math.max(i, from));
}

/** Index under reflection at the outer pixel edges (the edge pixel counted twice). */
function mirrorIndex(i: number, length: number): number {
  const j = ((i % (2 * length)) + 2 * length) % (2 * length);
  return j < length ? j : 2 * length - 1 - j;
}
