import { UserError } from '../tensor/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { compareStructure, windowSide } from './structure.js';
import { channelsOf, checkImages, unitRange } from './unit-range.js';

/** The exponents of the scales, finest first (Wang et al. 2003, section 3.2). */
const exponents = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

/** The smallest side that an image must have for `msSsim`: 161, so that the window fits at the coarsest of five scales. */
export const msSsimSide = (windowSide - 1) * 2 ** (exponents.length - 1) + 1;

/**
 * Multi-scale structural similarity of two images in [-1, 1], `[H, W]`, `[C, H, W]` or `[1, C, H, W]`: taken on [0, 1], clipped, data range
 * 1. At each of five scales, every one half as wide as that before it (means of 2 x 2 pixels), the window and the constants are those of
 * `ssim`; contrast and structure of the first four and SSIM of the last, none of them below 0, are multiplied, each to its exponent.
 * Averaged over channels. In [0, 1]; 1 for equal images.
 *
 * Source: Wang, Simoncelli and Bovik, Asilomar 2003, eq. 7; equal to pytorch-msssim's `ms_ssim(data_range=1)`, which begins the means of
 * an odd side half a block before it.
 *
 * @throws RangeError when the shapes differ or hold more than one image; UserError when a side is under `msSsimSide`.
 */
export function msSsim(a: Tensor, b: Tensor): number {
  checkImages(a, b);
  const [height, width] = a.shape.slice(-2);
  if (Math.min(height, width) < msSsimSide)
    throw new UserError(
      `MS-SSIM has five scales, which needs sides of at least ${msSsimSide} pixels: an image of ${height} x ${width} is too small. Use SSIM.`,
    );
  const [p, q] = [a, b].map((image) => channelsOf(unitRange(image), height * width));
  return p.reduce((sum, channel, c) => sum + compareScales(channel, q[c], height, width), 0) / p.length;
}

function compareScales(a: Float64Array, b: Float64Array, height: number, width: number): number {
  let product = 1;
  let [p, q, rows, columns] = [a, b, height, width];
  exponents.forEach((exponent, scale) => {
    const { ssim, structure } = compareStructure(p, q, rows, columns);
    const last = scale === exponents.length - 1;
    product *= Math.max(0, last ? ssim : structure) ** exponent;
    if (last) return;
    [p, q] = [halve(p, rows, columns), halve(q, rows, columns)];
    [rows, columns] = [Math.ceil(rows / 2), Math.ceil(columns / 2)];
  });
  return product;
}

/** Sums of 2 x 2 pixels over four, `[H, W]` to half of it rounded up. Along an odd side the blocks begin one pixel outside, where 0 is. */
function halve(x: Float64Array, height: number, width: number): Float64Array {
  const columns = Math.ceil(width / 2);
  const out = new Float64Array(Math.ceil(height / 2) * columns);
  for (let i = 0; i < height; i++) {
    const row = ((i + (height % 2)) >> 1) * columns;
    for (let j = 0; j < width; j++) out[row + ((j + (width % 2)) >> 1)] += x[i * width + j] / 4;
  }
  return out;
}
