import type { ScheduleConfig } from './config.js';

/** Number and end points of a variance schedule `beta_0 .. beta_{T-1}`. */
export interface ScheduleOptions {
  /** T, the number of noise levels (1000). */
  levels?: number;
  betaStart?: number;
  betaEnd?: number;
}

/**
 * Schedule of latent diffusion (Rombach et al., CVPR 2022): `sqrt(beta)` linear, by default from sqrt(0.0015) to sqrt(0.0195).
 * @returns `abar_t = prod_{j<=t} (1 - beta_j)`, t = 0..T-1, falling, in (0, 1).
 */
export function scaledLinearAlphaBar(options: ScheduleOptions = {}): Float64Array {
  const { levels = 1000, betaStart = 0.0015, betaEnd = 0.0195 } = options;
  return cumulative(levels, (u) => (Math.sqrt(betaStart) + u * (Math.sqrt(betaEnd) - Math.sqrt(betaStart))) ** 2);
}

/**
 * Schedule of DDPM (Ho et al., NeurIPS 2020, section 4): `beta` linear, by default from 1e-4 to 0.02.
 * @returns `abar_t`, as `scaledLinearAlphaBar`.
 */
export function linearAlphaBar(options: ScheduleOptions = {}): Float64Array {
  const { levels = 1000, betaStart = 1e-4, betaEnd = 0.02 } = options;
  return cumulative(levels, (u) => betaStart + u * (betaEnd - betaStart));
}

/**
 * Schedule of Improved DDPM (Nichol and Dhariwal, ICML 2021, section 3.2): abar a squared cosine, steps beyond beta = 0.999 cut.
 * @returns `abar_t`, as `scaledLinearAlphaBar`.
 */
export function squaredCosineAlphaBar(options: Pick<ScheduleOptions, 'levels'> = {}): Float64Array {
  const { levels = 1000 } = options;
  const share = (t: number) => Math.cos(((t / levels + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
  return alphaBarOfBetas(Array.from({ length: levels }, (_, t) => Math.min(1 - share(t + 1) / share(t), 0.999)));
}

/** `abar_t` of variances in (0, 1). */
export function alphaBarOfBetas(betas: ArrayLike<number>): Float64Array {
  let product = 1;
  return Float64Array.from(betas, (beta) => {
    product *= 1 - beta;
    return product;
  });
}

/** `abar_t` of a configured schedule. */
export function alphaBarOf(schedule: ScheduleConfig): Float64Array {
  const { kind, levels, betaStart, betaEnd, betas = [] } = schedule;
  if (kind === 'linear') return linearAlphaBar({ levels, betaStart, betaEnd });
  if (kind === 'scaled-linear') return scaledLinearAlphaBar({ levels, betaStart, betaEnd });
  return kind === 'squared-cosine' ? squaredCosineAlphaBar({ levels }) : alphaBarOfBetas(betas);
}

function cumulative(levels: number, beta: (u: number) => number): Float64Array {
  return alphaBarOfBetas(Array.from({ length: levels }, (_, t) => beta(levels === 1 ? 0 : t / (levels - 1))));
}

/** A schedule in words. */
export function formatSchedule({ kind, levels, betaStart, betaEnd, betas, prediction }: ScheduleConfig): string {
  const [first, last] = betas ? [betas[0], betas[betas.length - 1]] : [betaStart, betaEnd];
  const range = kind === 'squared-cosine' ? '' : `, beta ${first} to ${last}`;
  return `${kind}, ${levels} levels${range}; estimates ${prediction === 'v' ? 'v' : 'the noise'}`;
}
