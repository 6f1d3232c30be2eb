import { input } from '../graph/index.js';
import type { CtScale } from '../io/index.js';
import type { Operator } from '../operators/index.js';
import type { Runtime } from '../runtime/index.js';
import type { Problem } from '../solvers/index.js';
import { UserError } from '../tensor/errors.js';
import { formatShape, reshaped, sameShape, type Tensor } from '../tensor/tensor.js';

/** A reconstruction to be made, of any task. */
export interface ImagingProblem extends Problem {
  /** [1, C, H, W] in [-1, 1]; for figures alone, no method sees it. */
  readonly truth?: Tensor;
  /** What the numbers of an image stand for, where it is a CT. */
  readonly scale?: CtScale;
}

/** The noise of a simulated measurement. */
export interface NoiseOptions {
  /** Standard deviation, in the unit of the measurement; 0 for none. Not used with `photons`. */
  readonly sigma: number;
  /** Photons that an unobstructed ray, or a white pixel, counts: Poisson noise in place of Gaussian. */
  readonly photons?: number;
}

/** What the operator measures of a true image `[1, C, H, W]`, without noise. */
export async function measureTruth(runtime: Runtime, operator: Operator, truth: Tensor): Promise<Tensor> {
  if (!sameShape(truth.shape, [1, ...operator.inputShape])) {
    throw new RangeError(`the image is ${formatShape(truth.shape)}, ${operator.name} sees ${formatShape([1, ...operator.inputShape])}`);
  }
  const measure = await runtime.compile({ y: operator.apply(input('x', truth.shape)) }, { name: 'measurement' });
  const { y } = await measure.run({ x: truth });
  await measure.dispose();
  return y;
}

/**
 * A measurement from elsewhere as `[1, ...outputShape]`; given with or without the leading 1.
 * @param expectation what describes the shape that it ought to have, e.g. "the geometry describes"
 * @throws UserError when it has another shape.
 */
export function fittedMeasurement(y: Tensor, operator: Operator, expectation: string): Tensor {
  const { outputShape } = operator;
  if (!sameShape(y.shape, outputShape) && !sameShape(y.shape, [1, ...outputShape])) {
    throw new UserError(
      `The measurement has shape ${formatShape(y.shape)}, but ${expectation} ${formatShape(outputShape)}. ${turned(y, outputShape) ? 'It is turned: exchange its rows and columns.' : 'Check that the two belong together.'}`,
    );
  }
  return reshaped(y, [1, ...outputShape]);
}

/** Whether a matrix has the shape asked for with rows and columns exchanged. */
function turned({ shape }: Tensor, expected: readonly number[]): boolean {
  const [rows, columns] = shape.slice(-2);
  return expected.length === 2 && rows !== columns && rows === expected[1] && columns === expected[0];
}
