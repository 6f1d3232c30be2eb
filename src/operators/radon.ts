import { transposeMap } from '../graph/sparse-map.js';
import { tensor } from '../tensor/tensor.js';
import { defaultMuMax, parseGeometry, type ScanGeometry } from './geometry.js';
import { projectOnes } from './line-kernels.js';
import { lineProjector } from './line-projector.js';
import { linearOperator } from './linear-operator.js';
import type { LinearOperator, Operator } from './operator.js';
import { isTooLargeForGraph, radonMap } from './radon-map.js';
import { scanRays } from './scan-rays.js';
import { multiply } from './sparse-operator.js';

/** CT in one plane: what filters and backprojects asks for its geometry. */
export interface RadonOperator extends LinearOperator {
  readonly geometry: ScanGeometry;
}

export function isRadon(operator: Operator): operator is RadonOperator {
  return 'geometry' in operator;
}

export interface RadonOptions {
  /** Attenuation in 1/cm at x = +1; the geometry's own, else 0.4. */
  muMax?: number;
}

/**
 * CT by parallel beams or a fan: an image `[1, H, W]` in [-1, 1] to its sinogram `[views, bins]`.
 *
 * The measurement is in the unit of a scanner, `-log(I / I0)`: line integrals over cm of the attenuation
 * `mu = (x + 1) / 2 * muMax`. So it is affine in x: the offset is the sinogram of the image 0, which is half of muMax everywhere.
 *
 * In a graph it is a sparse matrix, built on first use. Everything else is done without: see `LinearOperator.direct`.
 *
 * @throws UserError when the geometry is impossible, or muMax is not positive; its graphs, when the matrix would be too large.
 * @example
 * ```ts
 * import { operators } from 'posteriori';
 * const operator = operators.radon(operators.defaultGeometry({ size: 256, views: 25 }));
 * console.log(operator.inputShape, operator.outputShape); // [1, 256, 256] to [25, 363]
 * ```
 */
export function radon(geometry: ScanGeometry, options: RadonOptions = {}): RadonOperator {
  const checked = parseGeometry({ ...geometry, muMax: options.muMax ?? geometry.muMax ?? defaultMuMax });
  const [height, width] = checked.size;
  const inputShape = [1, height, width];
  const outputShape = [checked.angles.length, checked.bins];
  const scale = checked.muMax! / 2;
  const rays = scanRays(checked, scale);
  const map = once(() => radonMap(checked, scale));
  const operator = linearOperator('ct', {
    inputShape,
    outputShape,
    offset: tensor(outputShape, projectOnes(rays)),
    linearPart: (x) => multiply(map(), x, inputShape, outputShape),
    adjoint: (y) => multiply(transposeMap(map()), y, outputShape, inputShape),
    direct: { only: isTooLargeForGraph(rays), on: (workers) => lineProjector(rays, workers) },
  });
  return { ...operator, geometry: options.muMax === undefined ? geometry : checked };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
