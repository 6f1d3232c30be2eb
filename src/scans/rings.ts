import { type Tensor, tensor } from '../tensor/tensor.js';
import { median, robustDeviation } from './median.js';

/** A bin whose mean stands out of its neighbours' by so many times as much as is usual responds wrongly. */
const STANDS_OUT = 3;

/**
 * Line integrals without the stripes that bins of a wrong response draw over all views, the rings of the image. The mean over the views,
 * which an object off the axis smooths, is held against its running median (Boin and Haibel, Optics Express 14:12071, 2006); only from bins
 * that stand out is the difference taken, so that an object's own edges, and slices without rings, stay as they are.
 * @param y `[views, bins]`
 * @param width of the median, in bins: odd, more than twice as wide as the stripes
 */
export function withoutRings(y: Tensor, width = 9): Tensor {
  const [views, bins] = y.shape;
  const mean = new Float64Array(bins);
  for (let at = 0; at < y.data.length; at++) mean[at % bins] += y.data[at] / views;
  const half = width >> 1;
  const off = mean.map((value, bin) => {
    // fewer on both sides near the ends, so that a slope is no stripe
    const reach = Math.min(half, bin, bins - 1 - bin);
    return value - median(mean.slice(bin - reach, bin + reach + 1));
  });
  const usual = robustDeviation(off);
  const stripes = off.map((value) => (Math.abs(value) > STANDS_OUT * usual ? value : 0));
  return tensor(
    y.shape,
    y.data.map((value, at) => value - stripes[at % bins]),
  );
}
