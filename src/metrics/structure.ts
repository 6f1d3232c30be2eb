import { UserError } from '../tensor/errors.js';

const radius = 5;
const sigma = 1.5;
const c1 = 0.01 ** 2;
const c2 = 0.03 ** 2;

const taps = Float64Array.from({ length: 2 * radius + 1 }, (_, k) => Math.exp(-((k - radius) ** 2) / (2 * sigma ** 2)));
const total = taps.reduce((a, b) => a + b);
const gaussian = taps.map((tap) => tap / total);

/** Pixels on a side of the window. */
export const windowSide = gaussian.length;

/** Means over the places where the window fits. */
export interface Similarity {
  /** Of luminance times contrast and structure: SSIM. */
  readonly ssim: number;
  /** Of contrast and structure alone. */
  readonly structure: number;
}

/**
 * Compare two channels `[H, W]` in [0, 1] under a Gaussian window of 11 pixels, sigma 1.5, with K = (0.01, 0.03) and population
 * covariance (Wang et al., IEEE TIP 13(4):600, 2004, eqs. 6 to 16).
 * @throws UserError when a side is under 11 pixels
 */
export function compareStructure(a: Float64Array, b: Float64Array, height: number, width: number): Similarity {
  if (Math.min(height, width) < windowSide)
    throw new UserError(`SSIM's window is ${windowSide} pixels wide: an image of ${height} x ${width} is too small for it.`);
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
  let [ssim, structure] = [0, 0];
  for (let i = 0; i < meanA.length; i++) {
    const [ma, mb] = [meanA[i], meanB[i]];
    const varianceA = meanAA[i] - ma * ma;
    const varianceB = meanBB[i] - mb * mb;
    const covariance = meanAB[i] - ma * mb;
    const here = (2 * covariance + c2) / (varianceA + varianceB + c2);
    structure += here;
    ssim += ((2 * ma * mb + c1) / (ma * ma + mb * mb + c1)) * here;
  }
  return { ssim: ssim / meanA.length, structure: structure / meanA.length };
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
