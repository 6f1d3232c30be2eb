import { input } from '../graph/index.js';
import { isRadon, type Operator } from '../operators/index.js';
import type { Restorer } from '../priors/prior.js';
import { UsageError } from '../tensor/errors.js';
import { fbpImage } from './fbp.js';
import { Measurement } from './networks/measurement.js';
import { measureLast, runCourse } from './run-course.js';
import type { Problem, Reconstruction, SolverContext } from './solver.js';

/**
 * FBP-UNet (Jin, McCann, Froustey and Unser: Deep convolutional neural network for inverse problems in imaging, IEEE TIP 2017,
 * "FBPConvNet"): filtered backprojection, and a UNet trained to make its images of one geometry and noise the true ones. It never looks
 * at the measurement again.
 *
 * @param problem y `[1, views, bins]` of a CT (`radon`) of as many views as the network was trained on.
 * @returns the image `[1, 1, H, W]`, air at -1, not clipped.
 * @throws UserError when the operator is another, y does not fit it, or the network is for other images or views; the signal's reason
 *   when aborted.
 */
export async function* fbpUnet(network: Restorer, problem: Problem, context: SolverContext): Reconstruction {
  const { operator } = problem;
  if (!isRadon(operator)) throw new UsageError(`FBP-UNet is for CT; ${operator.name} has no projections. Choose another method.`);
  if (network.channels !== 1)
    throw new UsageError(`The restorer "${network.name}" is for images of ${network.channels} channels, a CT has 1.`);
  checkViews(network, operator);
  return yield* runCourse(new Measurement(problem, context), async function* (measurement) {
    const seen = await fbpImage(measurement, context);
    yield { step: 1, steps: 2, stage: 'fbp', estimate: seen };
    const compiled = await measurement.graphs.get(`restore ${seen.shape.join(' x ')}`, [network], () => ({
      image: network.restore(input('x', seen.shape)),
    }));
    const { image } = await compiled.run({ x: seen }, { signal: context.signal });
    measurement.counts.network++;
    return yield* measureLast(measurement, image, { step: 2, steps: 2 });
  });
}

/** @throws UsageError for a scan of other views than the network was trained on */
export function checkViews({ name, input: { views } }: Restorer, { outputShape }: Operator): void {
  if (outputShape[0] !== views)
    throw new UsageError(
      `"${name}" restores images of ${views} views, and this measurement has ${outputShape[0]}: ` +
        'another needs a network of its own (training/train_restorer.py). Choose a method that serves any number of views, such as resample.',
    );
}
