import { gaussianNoise, type ImageShape, imageShape, type Operator, shotNoise, shotSigma } from '../operators/index.js';
import type { Runtime } from '../runtime/index.js';
import type { OptionValues } from '../solvers/methods/option-values.js';
import { UsageError, UserError } from '../tensor/errors.js';
import type { Random } from '../tensor/random.js';
import { reshaped, type Shape, type Tensor } from '../tensor/tensor.js';
import { findPhotoTask, type PhotoTask, photoOptions, type TaskPart } from './photo-tasks.js';
import { fittedMeasurement, type ImagingProblem, measureTruth, type NoiseOptions } from './problem.js';

/** What makes an operator again: plain values, and the tensors that were drawn or given. It is what a manifest keeps. */
export interface PhotoRecipe {
  readonly task: string;
  /** `[C, H, W]` */
  readonly image: Shape;
  /** Those not named keep their defaults; text is read as the command line has it. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** A `mask` `[H, W]`, a `kernel` `[h, w]` or `lines` `[H]`, as the task takes it. */
  readonly tensors?: Readonly<Partial<Record<TaskPart['name'], Tensor>>>;
}

/** A task made ready for images of one shape. One setup serves many images, so that its graphs are compiled once. */
export interface PhotoSetup extends PhotoRecipe {
  readonly image: ImageShape;
  readonly options: OptionValues;
  readonly tensors: Readonly<Partial<Record<TaskPart['name'], Tensor>>>;
  readonly operator: Operator;
  /** What the task is, in a few words. */
  readonly title: string;
  /** Whether the measurement is made of picture values in [-1, 1], whose photons can be counted. */
  readonly measuresLight: boolean;
  /** The classical methods that it is usually compared with, the strongest last. */
  readonly classical: PhotoTask['classical'];
  /** The file that the operator was read from, if it was. */
  readonly model?: { readonly path: string; readonly sha256: string };
  /** What the user should be told, e.g. that a kernel was scaled. */
  readonly notices: readonly string[];
}

/** A picture to be reconstructed: the measurement, how it was made, and the truth where it is known. */
export interface PhotoProblem extends ImagingProblem {
  readonly setup: PhotoSetup;
  /**
   * What lies beyond a blurred picture's edge: `mirrored`, as the operators have it, or `open`, the rest of the scene, as with a real
   * camera.
   */
  readonly frame: 'mirrored' | 'open';
}

/**
 * Make a task's operator. Masks and kernels that the recipe does not hold are drawn at random; from the setup's own recipe, which
 * holds them, comes the same operator again, and nothing is drawn.
 *
 * @param random not needed where nothing is to be drawn
 * @throws UserError for an unknown task or option, an image that does not fit, and a mask or kernel that is missing, unusable or not
 * wanted.
 */
export function photoSetup({ task, image, options, tensors = {} }: PhotoRecipe, random?: Random): PhotoSetup {
  const found = findPhotoTask(task);
  const shape = imageShape(image);
  const values = photoOptions(found, options);
  for (const name of Object.keys(tensors))
    if (name !== found.part?.name)
      throw new UsageError(`${found.name} (${found.title}) takes no ${name}. Leave it out, or choose another task.`);
  const part = found.part && partOf(found, found.part, tensors[found.part.name], shape, values, random);
  return {
    task,
    image: shape,
    options: values,
    tensors: part === undefined ? {} : { [found.part!.name]: part.tensor },
    operator: found.operator(shape, values, part?.tensor),
    title: found.title,
    measuresLight: found.measuresLight,
    classical: found.classical,
    notices: part?.notices ?? [],
  };
}

function partOf(
  { name, title }: PhotoTask,
  part: TaskPart,
  given: Tensor | undefined,
  image: ImageShape,
  options: OptionValues,
  random: Random | undefined,
): { tensor: Tensor; notices: readonly string[] } {
  if (given === undefined && (part.draw === undefined || random === undefined))
    throw new UsageError(`${name} (${title}) needs a ${part.name}: give one.`);
  if (given !== undefined) return part.parse(given, image);
  return { tensor: part.parse(part.draw!(image, options, random!.fork(part.name)), image).tensor, notices: [] };
}

/**
 * Measure a true image, with seeded noise. Same image, setup, noise and random state: same bits, whichever method is to use them.
 *
 * @param truth `[1, C, H, W]` in [-1, 1]
 * @throws UserError when the noise is impossible, or photons are to be counted that the task does not measure.
 */
export async function simulatePhoto(
  runtime: Runtime,
  truth: Tensor,
  setup: PhotoSetup,
  noise: NoiseOptions,
  random: Random,
): Promise<PhotoProblem> {
  const { operator, task, title, measuresLight } = setup;
  if (noise.photons !== undefined && !measuresLight)
    throw new UsageError(
      `Photons can be counted where a picture is measured; ${task} (${title}) measures something else. Use Gaussian noise, --sigma.`,
    );
  const clean = await measureTruth(runtime, operator, truth);
  const y = noise.photons === undefined ? gaussianNoise(clean, noise.sigma, random) : shotNoise(clean, noise.photons, random);
  const sigma = noise.photons === undefined ? noise.sigma : shotSigma(y, noise.photons);
  return { setup, operator, y, sigma, truth, frame: 'mirrored' };
}

/**
 * A measurement that was made elsewhere.
 * @param y of the operator's `outputShape`, with or without a leading 1; for inpainting also the whole picture `[C, H, W]`, of which the
 * observed pixels are taken
 * @param sigma standard deviation of its noise, where methods stop
 * @throws UserError when it does not fit the task, or holds NaN or infinity.
 */
export function measuredPhoto(
  y: Tensor,
  setup: PhotoSetup,
  sigma: number,
  { truth, frame = 'mirrored' }: Partial<Pick<PhotoProblem, 'truth' | 'frame'>> = {},
): PhotoProblem {
  const { operator, image, tensors } = setup;
  const observed = tensors.mask === undefined ? y : observedOf(y, image, tensors.mask);
  const fitted = fittedMeasurement(observed, operator, `${setup.task} of an image of ${image[1]} x ${image[2]} makes`);
  const bad = fitted.data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new UserError(`The measurement holds ${fitted.data[bad]} at entry ${bad}. Replace it, or leave it out by a mask (task inpaint).`);
  return { setup, operator, y: fitted, sigma, truth, frame };
}

/** The observed pixels of a whole picture; anything else as it is. */
function observedOf(y: Tensor, [channels, height, width]: ImageShape, mask: Tensor): Tensor {
  const pixels = height * width;
  const whole = y.shape.slice(-3).join() === `${channels},${height},${width}` && y.data.length === channels * pixels;
  if (!whole) return y;
  const values = Array.from(y.data).filter((_, i) => mask.data[i % pixels] === 1);
  return reshaped({ shape: [values.length], data: Float32Array.from(values) }, [channels, values.length / channels]);
}
