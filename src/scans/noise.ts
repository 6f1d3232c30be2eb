import type { Tensor } from '../tensor/tensor.js';
import { median } from './counts.js';

/** The median of the absolute values of a normal variable, as a share of its standard deviation. */
const MEDIAN_SHARE = 0.6744897501960817;

/**
 * Standard deviation of the noise in line integrals: the median of what second differences along the detector leave, and of what mixed
 * ones of neighbouring views and bins do, whichever is less, since an object adds to both (as Donoho and Johnstone estimate noise from the
 * finest wavelets, Biometrika 81, 1994). Noise that is the same in neighbouring bins (a blurred detector, binned by interpolation) is not seen.
 * @param y `[views, bins]` or `[1, views, bins]`
 */
export function noiseOf(y: Tensor): number {
  const [views, bins] = y.shape.slice(-2);
  const along: number[] = [];
  const mixed: number[] = [];
  for (let view = 0; view < views; view++)
    for (let bin = 1; bin < bins; bin++) {
      const at = view * bins + bin;
      if (bin + 1 < bins) along.push(Math.abs(y.data[at - 1] - 2 * y.data[at] + y.data[at + 1]) / Math.sqrt(6));
      if (view > 0) mixed.push(Math.abs(y.data[at] - y.data[at - 1] - y.data[at - bins] + y.data[at - bins - 1]) / 2);
    }
  const found = [along, mixed].filter(({ length }) => length > 0).map((values) => median(Float64Array.from(values)) / MEDIAN_SHARE);
  return Math.min(...found);
}
