import type { CtScale } from '../io/index.js';
import { gaussianNoise, isRadon, measure, type Operator, type RadonOperator } from '../operators/index.js';
import type { Runtime } from '../runtime/index.js';
import type { Problem } from '../solvers/index.js';
import { UsageError, UserError } from '../tensor/errors.js';
import type { Random } from '../tensor/random.js';
import { formatShape, reshapeTensor, sameShape, type Tensor } from '../tensor/tensor.js';
import type { Setup } from './tasks/task.js';

/** A reconstruction to be made, of any operator. */
export interface ImagingProblem extends Problem {
  /** [1, C, H, W] in [-1, 1]; for figures alone, no method sees it. */
  readonly truth?: Tensor;
  /** What the numbers of an image stand for, where it is a CT. */
  readonly scale?: CtScale;
}

/** A reconstruction to be made, of a task: the measurement, how it was made, and the truth where it is known. */
export interface TaskProblem extends ImagingProblem {
  readonly setup: Setup;
  /**
   * What lies beyond a blurred picture's edge: `mirrored`, as the operators have it, or `open`, the rest of the scene, as with a real
   * camera.
   */
  readonly frame: 'mirrored' | 'open';
}

/** Whether it is a CT, whose operator tells its geometry. */
export function isCt<P extends Problem>(problem: P): problem is P & { readonly operator: RadonOperator } {
  return isRadon(problem.operator);
}

/** The noise of a simulated measurement. */
export interface NoiseOptions {
  /** Standard deviation, in the unit of the measurement; 0 for none. Not used with `photons`. */
  readonly sigma: number;
  /** Photons that an unobstructed ray, or a white pixel, counts: Poisson noise in place of Gaussian. */
  readonly photons?: number;
}

/**
 * Measure a true image, with seeded noise. Same image, setup, noise and random state: same bits, whichever method is to use them.
 * @param truth `[1, C, H, W]` in [-1, 1]
 * @throws UserError when the noise is impossible, or photons are to be counted that the task does not measure.
 */
export async function simulate(runtime: Runtime, truth: Tensor, setup: Setup, noise: NoiseOptions, random: Random): Promise<TaskProblem> {
  const { operator, recipe, title, counting, scale } = setup;
  const { photons } = noise;
  if (photons !== undefined && counting === undefined)
    throw new UsageError(
      `Photons can be counted where a picture is measured; ${recipe.task} (${title}) measures something else. Use Gaussian noise, --sigma.`,
    );
  const clean = await measureTruth(runtime, operator, truth);
  const y = photons === undefined ? gaussianNoise(clean, noise.sigma, random) : counting!.noise(clean, photons, random);
  const sigma = photons === undefined ? noise.sigma : counting!.sigma(y, photons);
  return { setup, operator, y, sigma, truth, scale, frame: 'mirrored' };
}

/**
 * A measurement that was made elsewhere.
 * @param y of the operator's `outputShape`, with or without a leading 1 (of CT line integrals -log(I / I0)); for inpainting also the whole
 *   picture `[C, H, W]`, of which the observed pixels are taken
 * @param sigma standard deviation of its noise, where methods stop
 * @throws UserError when it does not fit the task, or holds NaN or infinity.
 */
export function takeMeasurement(
  y: Tensor,
  setup: Setup,
  sigma: number,
  { truth, frame = 'mirrored' }: Partial<Pick<TaskProblem, 'truth' | 'frame'>> = {},
): TaskProblem {
  const { operator, scale, expectation } = setup;
  const fitted = fitMeasurement(setup.fit?.(y) ?? y, operator, expectation);
  const bad = fitted.data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new UserError(`The measurement holds ${setup.broken(fitted, bad)}`);
  return { setup, operator, y: fitted, sigma, truth, scale, frame };
}

/** What the operator measures of a true image `[1, C, H, W]`, without noise. */
async function measureTruth(runtime: Runtime, operator: Operator, truth: Tensor): Promise<Tensor> {
  if (!sameShape(truth.shape, [1, ...operator.inputShape])) {
    throw new RangeError(`the image is ${formatShape(truth.shape)}, ${operator.name} sees ${formatShape([1, ...operator.inputShape])}`);
  }
  return measure(operator, truth, runtime);
}

/** A measurement from elsewhere as `[1, ...outputShape]`; given with or without the leading 1. @throws UserError for another shape. */
function fitMeasurement(y: Tensor, operator: Operator, expectation: string): Tensor {
  const { outputShape } = operator;
  if (!sameShape(y.shape, outputShape) && !sameShape(y.shape, [1, ...outputShape])) {
    throw new UserError(
      `The measurement has shape ${formatShape(y.shape)}, but ${expectation} ${formatShape(outputShape)}. ${isTurned(y, outputShape) ? 'It is turned: exchange its rows and columns.' : 'Check that the two belong together.'}`,
    );
  }
  return reshapeTensor(y, [1, ...outputShape]);
}

/** Whether a matrix has the shape asked for with rows and columns exchanged. */
function isTurned({ shape }: Tensor, expected: readonly number[]): boolean {
  const [rows, columns] = shape.slice(-2);
  return expected.length === 2 && rows !== columns && rows === expected[1] && columns === expected[0];
}
