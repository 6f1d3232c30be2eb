import { UsageError } from '../tensor/errors.js';

/** One step of a sampler: from noise level `t` to the next, less noisy, one. */
export interface TimeStep {
  /** The noise level the network is told, 0..T-1. */
  readonly t: number;
  /** `abar_t`, of the sample that enters the step. */
  readonly alphaBar: number;
  /** `abar` of the sample that leaves it; 1 (clean) for the last step. */
  readonly alphaBarNext: number;
}

/**
 * S steps spread evenly over the T levels of a schedule: `t_i = round((i + 1) T / S) - 1`, so the first step is always at the
 * noisiest level T-1, no level comes twice, and the last step ends at the clean sample. For S = T/2 these are 1, 3, .., T-1.
 *
 * @param alphaBar the schedule, `abar_0 .. abar_{T-1}`.
 * @param steps S, any whole number in 1..T.
 * @returns the steps indexed by i = 0 (least noisy) .. S-1 (noisiest); a sampler walks it from the end.
 * @throws UserError when S is out of range.
 */
export function timeGrid(alphaBar: Float64Array, steps: number): TimeStep[] {
  const levels = alphaBar.length;
  if (!Number.isInteger(steps) || steps < 1 || steps > levels) {
    throw new UsageError(`The number of diffusion steps must be a whole number from 1 to ${levels}, got ${steps}.`);
  }
  const t = Array.from({ length: steps }, (_, i) => Math.round(((i + 1) * levels) / steps) - 1);
  return link(t, alphaBar, 1);
}

/**
 * The grid of the program published with ReSample: `t_i = i T/S + 1`, ending at `abar_0` instead of 1.
 * For `resample-as-published` only.
 *
 * @throws UserError unless S divides T and is smaller than it (otherwise that grid asks for a level T that does not exist).
 */
export function authorsTimeGrid(alphaBar: Float64Array, steps: number): TimeStep[] {
  const levels = alphaBar.length;
  if (!Number.isInteger(steps) || steps < 1 || levels % steps !== 0 || steps === levels) {
    throw new UsageError(
      `The authors' time grid needs a number of steps that divides ${levels} and is below it, got ${steps}. Use the even grid, which takes any number.`,
    );
  }
  const t = Array.from({ length: steps }, (_, i) => (i * levels) / steps + 1);
  return link(t, alphaBar, alphaBar[0]);
}

function link(t: readonly number[], alphaBar: Float64Array, end: number): TimeStep[] {
  return t.map((level, i) => ({ t: level, alphaBar: alphaBar[level], alphaBarNext: i === 0 ? end : alphaBar[t[i - 1]] }));
}
