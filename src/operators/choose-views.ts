import { UserError } from '../tensor/errors.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import { angularRange } from './angular-shares.js';
import { parseGeometry, type ScanGeometry } from './geometry.js';

/**
 * Indices of `count` views of a scan whose angles lie nearest to equal spacing: of parallel beams over [0, pi), where a view and its
 * opposite see the same lines; of a fan over the whole turn, or the range that it has.
 * @throws UserError when the scan has fewer views.
 */
export function spreadViews(geometry: ScanGeometry, count: number): number[] {
  const { angles } = geometry;
  if (!Number.isInteger(count) || count < 1 || count > angles.length)
    throw new UserError(`angles: cannot choose ${count} views of a scan of ${angles.length}; ask for 1 to ${angles.length}.`);
  const free = new Set(angles.keys());
  const turn = angularRange(angles);
  const [first, range] =
    geometry.beam !== 'fan'
      ? [angles[0], Math.PI]
      : turn.whole
        ? [angles[0], turn.range]
        : [turn.start + turn.range / count / 2, turn.range];
  const period = geometry.beam === 'fan' ? 2 * Math.PI : Math.PI;
  const distance = (k: number, target: number): number => Math.abs(Math.sin(((angles[k] - target) * Math.PI) / period));
  const chosen = Array.from({ length: count }, (_, i) => {
    const target = first + (i * range) / count;
    let best = -1;
    for (const k of free) if (best < 0 || distance(k, target) < distance(best, target)) best = k;
    free.delete(best);
    return best;
  });
  return chosen.sort((a, b) => a - b);
}

/** A geometry and its sinogram `[1, views, bins]` with only the views named, in that order. */
export function selectViews(
  geometry: ScanGeometry,
  sinogram: Tensor,
  views: readonly number[],
): { geometry: ScanGeometry; sinogram: Tensor } {
  const { bins, angles } = geometry;
  const data = new Float32Array(views.length * bins);
  for (const [row, view] of views.entries()) data.set(sinogram.data.subarray(view * bins, (view + 1) * bins), row * bins);
  return {
    geometry: parseGeometry({ ...geometry, angles: views.map((view) => angles[view]) }),
    sinogram: tensor([1, views.length, bins], data),
  };
}
