import { UserError } from '../tensor/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { checkImages, unitRange } from './unit-range.js';

const radius = 5;
const sigma = 1.5;
const c1 = 0.01 ** 2;
const c2 = 0.03 ** 2;

const taps = Float64Array.from({ length: 2 * radius + 1 }, (_, k) => Math.exp(-((k - radius) ** 2) / (2 * sigma ** 2)));
const total = taps.reduce((a, b) => a + b);
const gaussian = taps.map((tap) => tap / total);

/**
 * Structural similarity of two images in [-1, 1], `[H, W]`, `[C, H, W]` or `[1, C, H, W]`: taken on [0, 1], clipped, data range 1; Gaussian
 * window of 11 pixels, sigma 1.5, K = (0.01, 0.03), population covariance, averaged over the places where the window fits, then over
 * channels.
 *
 * Source: Wang et al., IEEE TIP 13(4):600, 2004; equal to scikit-image's `structural_similarity(gaussian_weights=True,
 * sigma=1.5, use_sample_covariance=False, data_range=1)`.
 *
 * @throws RangeError when the shapes differ or hold more than one image; UserError when a side is under 11 pixels.
 */
export function ssim(a: Tensor, b: Tensor): number {
  checkImages(a, b);
  const [height, width] = a.shape.slice(-2);
  if (Math.min(height, width) < gaussian.length)
    throw new UserError(`SSIM's window is ${gaussian.length} pixels wide: an image of ${height} x ${width} is too small for it.`);
  const [p, q] = [unitRange(a), unitRange(b)];
  const plane = height * width;
  const channels = p.length / plane;
  let sum = 0;
  for (let c = 0; c < channels; c++)
    sum += ssimPlane(p.subarray(c * plane, (c + 1) * plane), q.subarray(c * plane, (c + 1) * plane), height, width);
  return sum / channels;
}

function ssimPlane(a: Float64Array, b: Float64Array, height: number, width: number): number {
  const smooth = (f: (i: number) => number): Float64Array =>
    windowMeans(
      Float64Array.from(a, (_, i) => f(i)),
      height,
      width,
    );
  const meanA = smooth((i) => a[i]);
  const meanB = smooth((i) => b[i]);
  const meanAA = smooth((i) => a[i] * a[i]);
  const meanBB = smooth((i) => b[i] * b[i]);
  const meanAB = smooth((i) => a[i] * b[i]);
  let sum = 0;
  for (let i = 0; i < meanA.length; i++) {
    const [ma, mb] = [meanA[i], meanB[i]];
    const varianceA = meanAA[i] - ma * ma;
    const varianceB = meanBB[i] - mb * mb;
    const covariance = meanAB[i] - ma * mb;
    sum += ((2 * ma * mb + c1) * (2 * covariance + c2)) / ((ma * ma + mb * mb + c1) * (varianceA + varianceB + c2));
  }
  return sum / meanA.length;
}

/** Gaussian-weighted mean over every window that fits: `[H, W]` to `[H - 10, W - 10]`, one axis after the other. */
function windowMeans(x: Float64Array, height: number, width: number): Float64Array {
  const [outHeight, outWidth] = [height - 2 * radius, width - 2 * radius];
  const rows = new Float64Array(height * outWidth);
  for (let i = 0; i < height; i++)
    for (let j = 0; j < outWidth; j++)
      for (let k = 0; k < gaussian.length; k++) rows[i * outWidth + j] += gaussian[k] * x[i * width + j + k];
  const out = new Float64Array(outHeight * outWidth);
  for (let i = 0; i < outHeight; i++)
    for (let k = 0; k < gaussian.length; k++)
      for (let j = 0; j < outWidth; j++) out[i * outWidth + j] += gaussian[k] * rows[(i + k) * outWidth + j];
  return out;
}
