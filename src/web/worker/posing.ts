import { simulate, type TaskProblem, takeMeasurement } from '../../experiments/problem.js';
import { ctSetup, findTask, type Setup, scannerOf, setUp } from '../../experiments/tasks/index.js';
import { type ImageShape, sinogramWarnings } from '../../operators/index.js';
import type { Runtime } from '../../runtime/index.js';
import { UserError } from '../../tensor/errors.js';
import { Random } from '../../tensor/random.js';
import { reshapeTensor, type Tensor, tensor } from '../../tensor/tensor.js';
import type { ImageSource, Measured, Measuring, Source } from '../backend/backend.js';
import { forThePage } from './sentence.js';

/** Images of more pixels are too much for a tab. */
const MOST_PIXELS = 512 * 512;
/** Width in cm of a slice that states none, as the command line has it. */
const USUAL_WIDTH = 25;

export interface Posed {
  readonly key: string;
  readonly problem: TaskProblem;
  readonly measured: Measured;
}

/**
 * Make the measurement, or take it as it is given. Streams of random numbers are those of the command line: the same seeds give the same
 * measurement there.
 * @throws UserError when it cannot be made
 */
export async function poseProblem(source: Source, measuring: Measuring, runtime: Runtime): Promise<Posed> {
  const problem = source.kind === 'sinogram' ? ofSinogram(source, measuring) : await ofImage(source, measuring, runtime);
  const { setup, operator, y, sigma, scale } = problem;
  const shown = setup.shown(y);
  const looked = source.kind === 'sinogram' ? sinogramWarnings(y, source.geometry, sigma) : [];
  const measured: Measured = {
    ...(shown && { shown: { image: withBatch(shown.image), range: shown.range ?? [-1, 1] } }),
    title: setup.title,
    detail: setup.detail(y),
    notices: [...setup.notices, ...looked].map(forThePage),
    shape: operator.inputShape,
    linear: findTask(measuring.task).linear,
    ...(scale && { scale }),
    y,
    ...(setup.recipe.geometry && { geometry: setup.recipe.geometry }),
    options: setup.recipe.options ?? {},
    tensors: { ...setup.recipe.tensors },
    frame: problem.frame,
  };
  return { key: keyOf(source, measuring), problem, measured };
}

function ofSinogram({ y, geometry }: Extract<Source, { kind: 'sinogram' }>, { sigma }: Measuring): TaskProblem {
  return takeMeasurement(y, ctSetup(geometry), sigma);
}

async function ofImage(source: ImageSource, measuring: Measuring, runtime: Runtime): Promise<TaskProblem> {
  const { sigma, noiseSeed, given } = measuring;
  const setup = setupOf(source, measuring);
  const [, height, width] = setup.operator.inputShape;
  if (height * width > MOST_PIXELS)
    throw new UserError(
      `The result would have ${width} x ${height} pixels; this page makes ${MOST_PIXELS} at most, 512 x 512. Choose a smaller working size, or use the command line.`,
    );
  if (!given) return simulate(runtime, source.image, setup, { sigma }, new Random(noiseSeed).fork('measurement'));
  // a real blur takes in what lies beyond the frame
  return takeMeasurement(withoutBatch(source.image), setup, sigma, { frame: setup.beyond ? 'open' : 'mirrored' });
}

function setupOf({ image, pixelSizeCm }: ImageSource, { task, views, options, mask, kernel, given, noiseSeed }: Measuring): Setup {
  const [, channels, height, width] = image.shape;
  const known = findTask(task);
  if (known.scan) {
    if (height !== width)
      throw new UserError(
        `A CT is made on a square; this image has ${width} x ${height} pixels. Say that it is a CT slice, and it is laid on one.`,
      );
    return scannerOf(task, { views, size: height, fieldOfView: pixelSizeCm ? pixelSizeCm * height : USUAL_WIDTH }, options);
  }
  const measured: ImageShape = [channels, height, width];
  const shape = given && known.imageOf ? known.imageOf(measured) : measured;
  if (task === 'inpaint' && mask !== undefined && !mask.data.includes(0))
    throw new UserError('Nothing is marked to be filled in. Paint over what is missing, or import a mask.');
  const tensors = { ...(mask && known.part?.name === 'mask' && { mask }), ...(kernel && known.part?.name === 'kernel' && { kernel }) };
  return setUp({ task, image: shape, options, tensors }, new Random(noiseSeed).fork('task'));
}

function withBatch(x: Tensor): Tensor {
  const shape = x.shape.slice(-3);
  return reshapeTensor(x, shape.length === 2 ? [1, 1, ...shape] : [1, ...shape]);
}

function withoutBatch(x: Tensor): Tensor {
  return tensor(x.shape.slice(1), x.data);
}

/** Tells one measurement from another, whose source and mask come as copies each time. */
function keyOf(source: Source, { mask, kernel, ...measuring }: Measuring): string {
  const data = source.kind === 'image' ? source.image : source.y;
  return [
    JSON.stringify(measuring),
    source.name,
    data.shape.join('x'),
    sum(data.data),
    mask ? sum(mask.data) : '',
    kernel ? sum(kernel.data) : '',
  ].join('|');
}

function sum(data: Float32Array): number {
  let total = 0;
  for (let i = 0; i < data.length; i++) total = (total * 31 + Math.round(data[i] * 1e4)) % 9007199254;
  return total;
}
