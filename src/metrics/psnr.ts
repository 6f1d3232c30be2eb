import type { Tensor } from '../tensor/tensor.js';
import { checkImages, unitRange } from './unit-range.js';

/**
 * Peak signal-to-noise ratio in dB of two images in [-1, 1], `[H, W]`, `[C, H, W]` or `[1, C, H, W]`: taken on [0, 1], clipped,
 * data range 1, so `-10 log10(mean square difference)` over all channels. Infinity for equal images.
 * @throws RangeError when the shapes differ or hold more than one image.
 * @example
 * ```ts
 * import { metrics, type Tensor } from 'posteriori';
 * const figures = (image: Tensor, truth: Tensor) => [metrics.psnr(image, truth), metrics.ssim(image, truth)];
 * ```
 */
export function psnr(a: Tensor, b: Tensor): number {
  checkImages(a, b);
  const [p, q] = [unitRange(a), unitRange(b)];
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += (p[i] - q[i]) ** 2;
  return -10 * Math.log10(sum / p.length);
}
