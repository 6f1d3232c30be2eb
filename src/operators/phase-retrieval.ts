import { add, mul, sqrt, square } from '../graph/index.js';
import { UsageError } from '../tensor/errors.js';
import type { Shape } from '../tensor/tensor.js';
import { fourier2d, fourierMatrix } from './fourier.js';
import { imageShape } from './image-shape.js';
import { graphOperator } from './linear-operator.js';
import type { Operator } from './operator.js';

export interface PhaseRetrievalOptions {
  /** Zeros around the image, eighths of its side on each side (2: a side of 256 becomes 384), as in the published settings of DPS. */
  oversample?: number;
}

/** Keeps the root's slope finite where the amplitude is 0; far below any noise. */
const SMALLEST = 1e-6;

/**
 * Magnitudes of the Fourier transform of an image that lies within zeros: `[C, H, W]` to `[C, H', W']`, orthonormal, frequency zero
 * in the middle, of intensities (x + 1) / 2, so that black continues into the zeros. The phase is lost, and with it where the
 * image lies, and whether it is upright: turned by 180 degrees it has the same magnitudes.
 *
 * @throws UserError for an oversampling that is negative.
 */
export function phaseRetrieval(image: Shape, { oversample = 2 }: PhaseRetrievalOptions = {}): Operator {
  const shape = imageShape(image);
  const [channels, height, width] = shape;
  if (!(oversample >= 0 && oversample <= 64))
    throw new UsageError(`The oversampling lies from 0 to 64 eighths of the image; got ${oversample}.`);
  const [vertical, horizontal] = [height, width].map((side) => {
    const margin = Math.floor((oversample * side) / 8);
    return { length: side + 2 * margin, matrix: fourierMatrix(side + 2 * margin, { samples: [margin, side] }) };
  });
  return graphOperator('phase retrieval', {
    inputShape: shape,
    outputShape: [channels, vertical.length, horizontal.length],
    apply: (x) => {
      const { re, im } = fourier2d({ re: mul(add(x, 1), 0.5) }, vertical.matrix, horizontal.matrix);
      return sqrt(add(add(square(re), square(im)), SMALLEST ** 2));
    },
  });
}
