import { attenuationFromUnit } from '../io/index.js';
import { percentile } from '../operators/index.js';
import type { Problem } from '../solvers/index.js';
import type { Method } from '../solvers/methods/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { isCt, type TaskProblem } from './problem.js';
import type { Outcome } from './reconstruct.js';

/** Where CT images are shown. */
export const notForDiagnosis =
  'Not for diagnosis: a learned prior fills in what was not measured with what is likely, and may invent or lose structures.';

/**
 * What a residual far from the noise may mean; undefined where it is near, or where the noise is said to be none.
 * @param residual `||A x - y||^2 / m` of the result
 */
export function residualWarning(residual: number, { sigma }: Pick<Problem, 'sigma'>, ofCt: boolean): string | undefined {
  const ratio = residual / sigma ** 2;
  if (sigma === 0 || (ratio >= 0.5 && ratio <= 2)) return undefined;
  if (ratio < 0.5)
    return `The result explains the measurement better than its noise allows (residual ${ratio.toPrecision(2)} sigma^2): --sigma is probably too large, or noise was fitted.`;
  const causes = ofCt
    ? 'other units than line integrals per cm (counts, or transmission without its logarithm), a wrong pixel or bin size, a rotation axis that is off, angles that do not belong, saturated bins, or an object wider than the detector or the image'
    : 'a blur, mask or scale that is not the true one, clipped values, or a --sigma that is too small';
  return `The result does not explain the measurement (residual ${ratio.toPrecision(2)} sigma^2, where 1 is the noise). It may mean ${causes}.`;
}

/** An image with more of its pixels above the scale than this is shown darker. */
const BRIGHT_SHARE = 0.02;
/** Above 1 by more than noise. */
const BRIGHT = 1.1;

/**
 * The value of white in a CT image of [-1, 1] that has much above the scale: what 999 of 1000 pixels keep below. Undefined for an image
 * that the scale holds.
 */
export function whiteOf({ data }: Tensor): number | undefined {
  const above = data.reduce((count, value) => count + (value > BRIGHT ? 1 : 0), 0);
  return above > BRIGHT_SHARE * data.length ? percentile(data, 0.999) : undefined;
}

/**
 * What is likely to be wrong with a result, for the user.
 * @param sound whether the measurement itself looks right: values off the scale are told only then, as its fault was told
 */
export function resultWarnings(
  outcome: Pick<Outcome, 'image' | 'residual'>,
  problem: TaskProblem,
  method: Method,
  sound: boolean,
): string[] {
  const residual = method.direct ? undefined : residualWarning(outcome.residual, problem, isCt(problem));
  const { scale } = problem;
  const white = sound && scale ? whiteOf(outcome.image) : undefined;
  const bright =
    white !== undefined && scale
      ? `Much of the image is denser than the ${scale.muMax} per cm that white stands for; pictures show up to ${attenuationFromUnit(white, scale).toPrecision(2)} per cm. State it as "muMax" in the geometry: learned priors know nothing brighter than white.`
      : undefined;
  return [residual, bright].filter((text) => text !== undefined);
}
