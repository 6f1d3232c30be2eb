import { type Tensor, tensor } from '../tensor/tensor.js';
import { median } from './counts.js';

/**
 * Line integrals without the stripes that bins of a wrong response draw over all views, the rings of the image: the values of each bin are
 * sorted, smoothed across the bins by a running median, and put back in their order (Vo, Atwood and Drakopoulos, Optics Express 26:28396,
 * 2018, algorithm 3). What is the object's own, moving over the bins from view to view, is another value's neighbour then, and stays.
 * @param y `[views, bins]`
 * @param width of the median, in bins: odd, wider than the stripes
 */
export function withoutRings(y: Tensor, width = 9): Tensor {
  const [views, bins] = y.shape;
  const order: Uint32Array[] = [];
  const sorted: Float32Array[] = [];
  for (let bin = 0; bin < bins; bin++) {
    const ranks = Uint32Array.from({ length: views }, (_, view) => view);
    ranks.sort((a, b) => y.data[a * bins + bin] - y.data[b * bins + bin]);
    order.push(ranks);
    sorted.push(Float32Array.from(ranks, (view) => y.data[view * bins + bin]));
  }
  const half = width >> 1;
  const out = tensor(y.shape);
  for (let bin = 0; bin < bins; bin++) {
    // fewer on both sides near the ends, so that the window stays even
    const reach = Math.min(half, bin, bins - 1 - bin);
    const near = sorted.slice(bin - reach, bin + reach + 1);
    for (let rank = 0; rank < views; rank++) out.data[order[bin][rank] * bins + bin] = median(near.map((column) => column[rank]));
  }
  return out;
}
