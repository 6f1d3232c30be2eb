import { holesFromPicture, kernelFromPicture, npyTensor } from '../../../io/index.js';
import {
  type ReadImageOptions,
  readImage,
  readNumbers,
  readNumbersOrPicture,
  type SliceChoice,
  shortName,
} from '../../../io/node/index.js';
import type { ImageShape } from '../../../operators/index.js';
import { UsageError, UserError } from '../../../tensor/errors.js';
import { Random } from '../../../tensor/random.js';
import { formatShape, sameShape, type Tensor } from '../../../tensor/tensor.js';
import { type NoiseOptions, simulate, type TaskProblem, takeMeasurement } from '../../problem.js';
import { findTask, type Parts, type Setup, setUp } from '../../tasks/index.js';
import { onnxSetup } from '../onnx-operator.js';
import type { Source } from './source.js';

/** What is done to a picture, as the command line says it. */
export interface TaskFlags {
  readonly task: string;
  /** Options of the task, as text or as values. */
  readonly param: Readonly<Record<string, unknown>>;
  /** Files. */
  readonly mask?: string;
  readonly kernel?: string;
  readonly operator?: string;
  /** Which slice of a measurement that has more axes. */
  readonly slice?: SliceChoice;
  readonly seed: number;
}

/** A true picture, which is measured first. */
export async function simulatedPhoto(path: string, reading: ReadImageOptions, flags: TaskFlags, noise: NoiseOptions): Promise<Source> {
  const { tensor, notices } = await readImage(path, reading);
  const [, channels, height, width] = tensor.shape;
  const setup = await setupOf(flags, [channels, height, width]);
  const [, rows, columns] = setup.operator.inputShape;
  if (rows !== height || columns !== width)
    throw new UsageError(
      `${flags.operator} takes images of ${columns} x ${rows} pixels, ${path} has ${width} x ${height}: add --size ${rows}.`,
    );
  return {
    input: shortName(path),
    measurement: 'simulated',
    photons: noise.photons,
    notices: [...notices, ...setup.notices],
    measure: (runtime, random) => simulate(runtime, tensor, setup, noise, random),
  };
}

/**
 * A measurement that was made elsewhere, as numbers.
 * @param side of the image, where the measurement does not tell
 * @param frame what a blur saw beyond the edge
 */
export async function readMeasuredSource(
  path: string,
  flags: TaskFlags,
  channels: number,
  side: number,
  sigma: number,
  frame?: TaskProblem['frame'],
): Promise<Source> {
  const { values: y, notices } = await readNumbers(path, { slice: flags.slice });
  const tensors = await partsOf(flags);
  const setup = await setupOf(flags, imageOf(y, flags, tensors, [channels, side, side]), tensors);
  const problem = takeMeasurement(y, setup, sigma, frame && { frame });
  return { input: shortName(path), measurement: 'given', notices: [...notices, ...setup.notices], measure: async () => problem };
}

function imageOf(y: Tensor, { task, operator }: TaskFlags, { mask }: Parts = {}, otherwise: ImageShape): ImageShape {
  if (operator !== undefined) return otherwise;
  if (mask !== undefined) {
    // a whole picture [C, H, W], or a list of the observed pixels [C, M]
    const whole = sameShape(y.shape.slice(-2), mask.shape);
    const channels = y.shape.at(whole ? -3 : -2) ?? otherwise[0];
    return [channels, mask.shape[0], mask.shape[1]];
  }
  const shape = y.shape.length === 4 && y.shape[0] === 1 ? y.shape.slice(1) : y.shape;
  const of = findTask(task).imageOf;
  if (of === undefined) return otherwise;
  if (shape.length !== 3)
    throw new UserError(
      `The measurement has shape ${formatShape(y.shape)}; ${task} measures pictures, [C,H,W]. Check that the two belong together.`,
    );
  return of([shape[0], shape[1], shape[2]]);
}

async function setupOf(flags: TaskFlags, image: ImageShape, given?: Parts): Promise<Setup> {
  if (flags.operator !== undefined) return onnxSetup(flags.operator, image);
  const recipe = { task: flags.task, image, options: flags.param, tensors: given ?? (await partsOf(flags)) };
  // the same mask and kernel for every method and noise level of one seed
  return setUp(recipe, new Random(flags.seed).fork('task'));
}

/** Mask and kernel as their files have them. */
async function partsOf({ mask, kernel }: TaskFlags): Promise<Parts> {
  return { ...(mask !== undefined && { mask: await readMask(mask) }), ...(kernel !== undefined && { kernel: await readKernel(kernel) }) };
}

/** A mask `[H, W]` of 1 (kept) and 0 (to be filled in), from an NPY of such numbers or a picture whose holes are white, or transparent. */
export async function readMask(path: string): Promise<Tensor> {
  const mask = await readNumbersOrPicture(path);
  return 'numbers' in mask ? npyTensor(mask.numbers) : holesFromPicture(mask.picture, path);
}

/** A blur kernel `[h, w]`, from an NPY or a picture on black. */
export async function readKernel(path: string): Promise<Tensor> {
  const kernel = await readNumbersOrPicture(path);
  return 'numbers' in kernel ? npyTensor(kernel.numbers) : kernelFromPicture(kernel.picture);
}
