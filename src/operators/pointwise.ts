import { clip, mul } from '../graph/index.js';
import { UsageError } from '../tensor/errors.js';
import { full, type Shape } from '../tensor/tensor.js';
import { imageShape } from './image-shape.js';
import { graphOperator, linearOperator } from './linear-operator.js';
import type { LinearOperator, Operator } from './operator.js';

/** The image itself, `[C, H, W]`: all there is to do is to take the noise away. */
export function denoising(image: Shape): LinearOperator {
  const shape = imageShape(image);
  return linearOperator('denoising', {
    inputShape: shape,
    outputShape: shape,
    linearPart: (x) => x,
    adjoint: (y) => y,
    spectral: () => ({ singularValues: full(1, shape), coefficients: (x) => x, image: (c) => c, measured: (y) => y }),
  });
}

/**
 * A photograph of a scene with more range than the film has: `clip(gain x, -1, 1)`. Not linear; where it clips there is no gradient.
 * @param gain above 1; 2 in the papers
 * @throws UserError for a gain of 1 or less, which would clip nothing.
 */
export function highDynamicRange(image: Shape, gain = 2): Operator {
  const shape = imageShape(image);
  if (!(gain > 1) || gain === Infinity)
    throw new UsageError(`The gain must be above 1: at ${gain} nothing of an image in [-1, 1] is clipped.`);
  return graphOperator('high dynamic range', { inputShape: shape, outputShape: shape, apply: (x) => clip(mul(x, gain), -1, 1) });
}
