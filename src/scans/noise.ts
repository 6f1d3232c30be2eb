import type { Tensor } from '../tensor/tensor.js';
import { robustDeviation } from './median.js';

/** Bins of the detector whose noise is taken to be one. */
const BLOCK = 8;

/**
 * Standard deviation of the noise in line integrals, root mean square over the detector, whose parts behind the object are noisier: in each
 * part the median of what second differences along the detector leave, or of what mixed ones of neighbouring views and bins do, whichever
 * is less, since an object adds to both (as Donoho and Johnstone estimate noise from the finest wavelets, Biometrika 81, 1994). Noise that
 * is the same in neighbouring bins (a blurred detector, binned by interpolation) is not seen.
 * @param y `[views, bins]` or `[1, views, bins]`
 */
export function noiseOf(y: Tensor): number {
  const [, bins] = y.shape.slice(-2);
  let [squares, parts] = [0, 0];
  for (let from = 1; from + 1 < bins; from += BLOCK) {
    const sigma = noiseBetween(y, from, Math.min(from + BLOCK, bins - 1));
    squares += sigma ** 2;
    parts++;
  }
  return parts === 0 ? 0 : Math.sqrt(squares / parts);
}

function noiseBetween({ shape, data }: Tensor, from: number, to: number): number {
  const [views, bins] = shape.slice(-2);
  const along: number[] = [];
  const mixed: number[] = [];
  for (let view = 0; view < views; view++)
    for (let bin = from; bin < to; bin++) {
      const at = view * bins + bin;
      along.push((data[at - 1] - 2 * data[at] + data[at + 1]) / Math.sqrt(6));
      if (view > 0) mixed.push((data[at] - data[at - 1] - data[at - bins] + data[at - bins - 1]) / 2);
    }
  return Math.min(...[along, mixed].filter(({ length }) => length > 0).map(robustDeviation));
}
