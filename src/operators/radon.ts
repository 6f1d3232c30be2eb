import { applyMap, type SparseMap } from '../graph/sparse-map.js';
import { tensor } from '../tensor/tensor.js';
import { defaultMuMax, type ParallelGeometry, parseGeometry } from './geometry.js';
import type { LinearOperator, Operator } from './operator.js';
import { radonMap } from './radon-map.js';
import { sparseOperator } from './sparse-operator.js';

/** CT by parallel beams: what filters and backprojects asks for its geometry. */
export interface RadonOperator extends LinearOperator {
  readonly geometry: ParallelGeometry;
}

export function isRadon(operator: Operator): operator is RadonOperator {
  return 'geometry' in operator;
}

export interface RadonOptions {
  /** Attenuation in 1/cm at x = +1; the geometry's own, else 0.4. */
  muMax?: number;
}

/**
 * Parallel-beam CT: an image `[1, H, W]` in [-1, 1] to its sinogram `[views, bins]`.
 *
 * The measurement is in the unit of a scanner, `-log(I / I0)`: line integrals over cm of the attenuation
 * `mu = (x + 1) / 2 * muMax`. So it is affine in x: the offset is the sinogram of the image 0, which is half of muMax everywhere.
 *
 * @throws UserError when the geometry is impossible, or muMax is not positive.
 * @example
 * ```ts
 * import { operators } from 'posteriori';
 * const operator = operators.radon(operators.defaultGeometry({ size: 256, views: 25 }));
 * console.log(operator.inputShape, operator.outputShape); // [1, 256, 256] to [25, 363]
 * ```
 */
export function radon(geometry: ParallelGeometry, options: RadonOptions = {}): RadonOperator {
  const checked = parseGeometry({ ...geometry, muMax: options.muMax ?? geometry.muMax ?? defaultMuMax });
  const [height, width] = checked.size;
  const outputShape = [checked.angles.length, checked.bins];
  const scale = checked.muMax! / 2;
  const lines = radonMap(checked);
  const map: SparseMap = { ...lines, weights: lines.weights.map((weight) => weight * scale) };
  const offset = tensor(outputShape, applyMap(map, new Float32Array(map.cols).fill(1)));
  return {
    ...sparseOperator('ct', map, { inputShape: [1, height, width], outputShape, offset }),
    geometry: options.muMax === undefined ? geometry : checked,
  };
}
