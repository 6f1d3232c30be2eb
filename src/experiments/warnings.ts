import type { Problem } from '../solvers/index.js';

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
