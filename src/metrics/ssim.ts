import type { Tensor } from '../tensor/tensor.js';
import { compareStructure } from './structure.js';
import { channelsOf, checkImages, unitRange } from './unit-range.js';

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
  const [p, q] = [a, b].map((image) => channelsOf(unitRange(image), height * width));
  return p.reduce((sum, channel, c) => sum + compareStructure(channel, q[c], height, width).ssim, 0) / p.length;
}
