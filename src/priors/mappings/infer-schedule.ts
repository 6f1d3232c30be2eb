import type { z } from 'zod';
import { type ScheduleConfig, scheduleSchema } from '../config.js';
import { alphaBarOf } from '../schedule.js';

/**
 * A schedule from its variances as stored in float32: by name and end points where it is one of the known ones, else as a list.
 * End points are rounded to six digits, which takes the noise of float32 off them.
 */
export function inferSchedule(betas: Float32Array): z.input<typeof scheduleSchema> {
  const levels = betas.length;
  const [betaStart, betaEnd] = [betas[0], betas[levels - 1]].map((beta) => Number(beta.toPrecision(6)));
  const known: z.input<typeof scheduleSchema>[] = [
    { kind: 'scaled-linear', levels, betaStart, betaEnd },
    { kind: 'linear', levels, betaStart, betaEnd },
    { kind: 'squared-cosine', levels },
  ];
  const found = known.find((schedule) => {
    const parsed = scheduleSchema.safeParse(schedule);
    return parsed.success && betasOf(parsed.data).every((beta, t) => Math.abs(beta - betas[t]) < 1e-5 * beta);
  });
  return found ?? { kind: 'betas', levels, betas: Array.from(betas, (beta) => Number(beta.toPrecision(8))) };
}

/** beta_t = 1 - abar_t / abar_{t-1}. */
export function betasOf(schedule: ScheduleConfig): Float64Array {
  const alphaBar = alphaBarOf(schedule);
  return alphaBar.map((a, t) => 1 - a / (t === 0 ? 1 : alphaBar[t - 1]));
}
