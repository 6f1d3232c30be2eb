import type { Operator } from '../operators/operator.js';
import { UsageError } from '../tensor/errors.js';
import type { SigmaSchedule } from './stochastic-resampling.js';

export type ResamplePreset = 'fast' | 'photo' | 'paper' | 'authors-code';

/** Everything that can be chosen in ReSample. Section and equation numbers are of arXiv 2307.08123. */
export interface ResampleOptions {
  /** S, diffusion steps. */
  steps: number;
  /** `even` takes any S and ends at the clean sample; `authors` is the published program's, S must divide the levels. */
  grid: 'even' | 'authors';
  /** DDIM's eta: 0 deterministic, 1 ancestral. */
  eta: number;
  /** `tweedie` as it is, or `authors`: with (1 - abar) where sqrt(1 - abar) belongs. */
  cleanEstimate: 'tweedie' | 'authors';
  /** DDIM steps taken ahead of each hard data consistency, only for its starting point; network time one index behind, as published. */
  lookAhead: number;

  /** Fractions of the steps, counted from the clean end: hard data consistency begins below the first, in the latent below the second. */
  bounds: readonly [number, number];
  /** Hard data consistency at every so many steps. */
  every: number;
  /** `both` stages, or the same `pixel` or `latent` optimisation in each (ablation). */
  stages: 'both' | 'pixel' | 'latent';
  /** One more latent optimisation after the last step. */
  finalOptimisation: boolean;
  /**
   * Most iterations of conjugate gradients on the decoded image, down to the noise; 0 for none. For linear operators; others have none. What the measurement
   * says and no latent can (the first stage loses fine detail) is put back; what it does not say stays as decoded.
   */
  finalPixelIterations: number;

  /**
   * Last of all, the image x nearest to the decoded one and to one of little variation, within the noise: `min TV(x) + finalTv / 2 ||x - D(z)||^2` subject to
   * `||A x - y||^2 <= margin m sigma^2`. What a small first stage blurs comes back. For linear operators; 0 for none.
   */
  finalTv: number;
  /** Iterations of that, each an A and an adjoint. */
  finalTvIterations: number;

  /** `cg`: v1 appendix B.1, linear operators only. `auto`: cg where A is linear, else adam. */
  pixelOptimiser: 'auto' | 'cg' | 'adam';
  /** Most iterations of conjugate gradients. */
  cgIterations: number;
  /**
   * How far the corrections of conjugate gradients reach, pixels: the change is the likeliest by the covariance exp(-distance / correlation) in place of the
   * smallest. 0: the pseudo-inverse as published, which changes unseen pixels not at all.
   */
  correlation: number;
  /** Relaxation of the pseudo-inverse step `x - kappa A^+(A x - y)`. */
  kappa: number;
  /** Most iterations of Adam on pixels. */
  pixelIterations: number;
  pixelLearningRate: number;

  latentOptimiser: 'adam' | 'lbfgs';
  /** Most iterations of the latent optimisation. */
  latentIterations: number;
  /** Adam's, for latents. */
  latentLearningRate: number;
  /** Pairs that L-BFGS keeps. */
  history: number;
  /** AdamW's, in pixels and latents: 0 but for imitation. */
  weightDecay: number;
  /** Latent Adam also stops when the loss is above its value this many iterations ago; 0 for never. */
  plateau: number;
  /** `half-squares`, 1/2 ||y - A x||^2, or `mean` square: they differ only by Adam's epsilon. */
  loss: 'half-squares' | 'mean';
  /** Stop at `||y - A x||^2 <= margin m sigma^2`: the discrepancy principle. */
  margin: number;
  /** Stop at this mean square instead, whatever sigma is. */
  tau?: number;
  /** Adam takes one more step once it has met the target, as programs do that test after stepping. */
  stepBeyondTarget: boolean;

  /** `resampling` (Prop. 2), or `encoding` (Prop. 1, the ablation of Fig. 5). */
  mapping: 'resampling' | 'encoding';
  sigmaSchedule: SigmaSchedule;
  gamma: number;

  /** k of `z' -= k abar_t grad ||y - A D(z0hat)||^p` at every step; 0 for none (Table 9). */
  latentDps: number;
  /** p = 2, `squared`, or 1, `root`. */
  latentDpsNorm: 'squared' | 'root';
  /** Differentiate through the denoiser, or take its output as constant. */
  latentDpsThrough: 'network' | 'decoder';

  /** Whether a VQ first stage snaps latents to codes whenever it decodes; false needs a prior with `decodeContinuous`. Encoding never does. */
  quantise: boolean;
}

/** As published (v1, section 3 and appendix C): natural images; for CT it has 1000 steps and bounds 0.75, 0.3. */
const paper: ResampleOptions = {
  steps: 500,
  grid: 'even',
  eta: 0,
  cleanEstimate: 'tweedie',
  lookAhead: 0,
  bounds: [2 / 3, 1 / 3],
  every: 10,
  stages: 'both',
  finalOptimisation: false,
  finalPixelIterations: 0,
  finalTv: 0,
  finalTvIterations: 150,
  pixelOptimiser: 'auto',
  cgIterations: 50,
  correlation: 0,
  kappa: 0.9,
  pixelIterations: 2000,
  pixelLearningRate: 1e-2,
  latentOptimiser: 'adam',
  latentIterations: 500,
  latentLearningRate: 5e-3,
  history: 10,
  weightDecay: 0,
  plateau: 0,
  loss: 'half-squares',
  margin: 1,
  stepBeyondTarget: false,
  mapping: 'resampling',
  sigmaSchedule: 'paper',
  gamma: 40,
  latentDps: 0,
  latentDpsNorm: 'squared',
  latentDpsThrough: 'network',
  quantise: true,
};

/** Few steps, a quasi-Newton latent step, and data consistency last. */
const fast: ResampleOptions = {
  ...paper,
  steps: 20,
  every: 2,
  latentOptimiser: 'lbfgs',
  latentIterations: 20,
  sigmaSchedule: 'posterior',
  finalOptimisation: true,
  finalPixelIterations: 20,
};

export const resamplePresets: Readonly<Record<ResamplePreset, ResampleOptions>> = {
  paper,
  fast,
  /**
   * `fast` for pictures, whose texture no small first stage can express: few latent iterations, or it would bend what was not measured to fit what it cannot
   * say of what was; corrections that reach the neighbouring pixels; total variation last.
   */
  photo: { ...fast, latentIterations: 5, correlation: 2, finalTv: 2, finalTvIterations: 200 },
  /** What the program published with the paper does, slips included: for comparison only. */
  'authors-code': {
    ...paper,
    grid: 'authors',
    cleanEstimate: 'authors',
    lookAhead: 5,
    pixelOptimiser: 'adam',
    weightDecay: 0.01,
    plateau: 200,
    loss: 'mean',
    tau: 1e-6,
    stepBeyondTarget: true,
    sigmaSchedule: 'posterior',
    latentDps: 0.5,
    latentDpsNorm: 'root',
    latentDpsThrough: 'decoder',
    finalOptimisation: true,
  },
};

/**
 * A preset (`fast` unless named) with single options replaced.
 * @throws UserError for an unknown preset, a value out of range, or conjugate gradients on a nonlinear operator.
 */
export function resampleOptions(
  overrides: Partial<ResampleOptions> & { preset?: ResamplePreset } = {},
  operator?: Operator,
): ResampleOptions {
  const { preset = 'fast', ...given } = overrides;
  if (!Object.hasOwn(resamplePresets, preset))
    throw new UsageError(`There is no ReSample preset "${preset}"; there are ${Object.keys(resamplePresets).join(', ')}.`);
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const options: ResampleOptions = { ...resamplePresets[preset], ...set };
  const [pixelBelow, latentBelow] = options.bounds;
  if (!(latentBelow >= 0 && latentBelow <= pixelBelow && pixelBelow <= 1))
    throw new UsageError(`ReSample's bounds must satisfy 1 >= first >= second >= 0, got ${options.bounds.join(', ')}.`);
  for (const name of ['every', 'cgIterations', 'pixelIterations', 'latentIterations', 'history', 'finalTvIterations'] as const) {
    if (!Number.isInteger(options[name]) || options[name] < 1)
      throw new UsageError(`ReSample's ${name} must be a whole number of at least 1, got ${options[name]}.`);
  }
  for (const name of [
    'finalPixelIterations',
    'lookAhead',
    'plateau',
    'eta',
    'margin',
    'tau',
    'gamma',
    'latentDps',
    'correlation',
    'finalTv',
    'weightDecay',
  ] as const) {
    const value = options[name];
    if (value !== undefined && !(value >= 0 && value < Infinity))
      throw new UsageError(`ReSample's ${name} must be 0 or more, got ${value}.`);
  }
  if (options.eta > 1) throw new UsageError(`ReSample's eta must be from 0 to 1, got ${options.eta}.`);
  for (const name of ['kappa', 'pixelLearningRate', 'latentLearningRate'] as const) {
    if (!(options[name] > 0 && options[name] < Infinity)) throw new UsageError(`ReSample's ${name} must be above 0, got ${options[name]}.`);
  }
  if (operator?.linear === false && options.pixelOptimiser === 'cg')
    throw new UsageError(`${operator.name} is not linear: ReSample's pixelOptimiser must be adam or auto.`);
  return options;
}
