import { resize } from '../io/resize.js';
import { UsageError } from '../tensor/errors.js';
import { formatShape, reshapeTensor } from '../tensor/tensor.js';
import { Measurement } from './networks/measurement.js';
import { measureLast, runCourse } from './run-course.js';
import type { Problem, Reconstruction, SolverContext } from './solver.js';

/**
 * Classical upsampling, the plain baseline of super-resolution: the measured small image enlarged by the same bicubic filter that made
 * it (Keys' cubic, MATLAB's `imresize`). It knows neither prior nor noise.
 *
 * @param problem y `[1, C, h, w]`, of images `[C, H, W]`.
 * @throws UserError when the measurement is not a smaller image with as many channels; the signal's reason when aborted.
 */
export async function* bicubic(problem: Problem, context: SolverContext): Reconstruction {
  const { inputShape, outputShape, name } = problem.operator;
  const [channels, height, width] = inputShape;
  const [outChannels, h, w] = outputShape;
  if (outputShape.length !== 3 || outChannels !== channels || height % h !== 0 || height / h !== width / w || height === h)
    throw new UsageError(
      `Bicubic upsampling is for super-resolution: ${name} measures ${formatShape(outputShape)} of an image ${formatShape(inputShape)}, which is not a smaller image. Choose another method.`,
    );
  return yield* runCourse(new Measurement(problem, context), async function* (measurement) {
    context.signal?.throwIfAborted();
    const image = reshapeTensor(resize(reshapeTensor(problem.y, outputShape), [height, width]), [1, ...inputShape]);
    return yield* measureLast(measurement, image, { step: 1, steps: 1 });
  });
}
