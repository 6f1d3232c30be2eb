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

function cumulative(levels: number, beta: (u: number) => number): Float64Array {
  const alphaBar = new Float64Array(levels);
  let product = 1;
  for (let t = 0; t < levels; t++) {
    product *= 1 - beta(levels === 1 ? 0 : t / (levels - 1));
    alphaBar[t] = product;
  }
  return alphaBar;
}
