import { z } from 'zod';
import { checked } from '../io/checked.js';
import type { Operator } from '../operators/operator.js';
import { UsageError } from '../tensor/errors.js';
import { count, flag, number, orNone, word } from './methods/options.js';

export type ResamplePreset = 'fast' | 'photo' | 'paper' | 'authors-code';

const ITERATIONS = { from: 1, to: 100_000 } as const;
const NONE_OR_ITERATIONS = { from: 0, to: 100_000 } as const;

/** Everything that can be chosen in ReSample. Section and equation numbers are of arXiv 2307.08123. */
export const resampleSchema = z.strictObject({
  steps: count('S, diffusion steps', { from: 1, to: 10_000 }),
  grid: word("even takes any S and ends at the clean sample; authors is the published program's, where S must divide the levels", [
    'even',
    'authors',
  ]),
  eta: number('of DDIM: 0 deterministic, 1 ancestral', { from: 0, to: 1 }),
  cleanEstimate: word("Tweedie's, or the authors': with (1 - abar) where sqrt(1 - abar) belongs", ['tweedie', 'authors']),
  lookAhead: count(
    'DDIM steps taken ahead of each hard data consistency, only for its starting point; network time one index behind, as published',
    { from: 0, to: 1000 },
  ),

  bounds: z
    .tuple([z.number(), z.number()])
    .refine(([first, second]) => second >= 0 && second <= first && first <= 1, {
      error: ({ input }) => `must satisfy 1 >= first >= second >= 0, got ${input}`,
    })
    .meta({
      meaning:
        'fractions of the steps, counted from the clean end: hard data consistency begins below the first, in the latent below the second',
      range: '1 >= first >= second >= 0',
    }),
  every: count('hard data consistency at every so many steps', { from: 1, to: 10_000 }),
  stages: word('both stages, or the same pixel or latent optimisation in each (ablation)', ['both', 'pixel', 'latent']),
  finalOptimisation: flag('one more latent optimisation after the last step'),
  /** What the measurement says and no latent can (the first stage loses fine detail) is put back; what it does not say stays as decoded. */
  finalPixelIterations: count(
    'most iterations of conjugate gradients on the decoded image, down to the noise; for linear operators',
    NONE_OR_ITERATIONS,
  ),

  /**
   * Last of all, the image x nearest to the decoded one and to one of little variation, within the noise: `min TV(x) + finalTv / 2 ||x -
   * D(z)||^2` subject to `||A x - y||^2 <= margin m sigma^2`. What a small first stage blurs comes back.
   */
  finalTv: number('weight of the decoded image in a last step of total variation within the noise; 0 for none; for linear operators', {
    from: 0,
    to: 1e6,
  }),
  finalTvIterations: count('iterations of that, each an A and an adjoint', ITERATIONS),

  pixelOptimiser: word('of the pixel stage: cg (v1 appendix B.1, linear operators only), adam, or auto: cg where A is linear', [
    'auto',
    'cg',
    'adam',
  ]),
  cgIterations: count('most iterations of conjugate gradients', ITERATIONS),
  /**
   * The change is the likeliest by the covariance exp(-distance / correlation) in place of the smallest. 0: the pseudo-inverse as
   * published, which changes unseen pixels not at all.
   */
  correlation: number('how far the corrections of conjugate gradients reach', { from: 0, to: 1000 }, 'pixels'),
  kappa: number('relaxation of the pseudo-inverse step x - kappa A^+(A x - y)', { above: 0, to: 100 }),
  pixelIterations: count('most iterations of Adam on pixels', ITERATIONS),
  pixelLearningRate: number('of Adam on pixels', { above: 0, to: 1000 }),

  latentOptimiser: word('of the latent stage', ['adam', 'lbfgs']),
  latentIterations: count('most iterations of the latent optimisation', ITERATIONS),
  latentLearningRate: number('of Adam on latents', { above: 0, to: 1000 }),
  history: count('pairs that L-BFGS keeps', { from: 1, to: 1000 }),
  weightDecay: number('of AdamW, in pixels and latents: 0 but for imitation', { from: 0, to: 1000 }),
  plateau: count('latent Adam also stops when the loss is above its value this many iterations ago; 0 for never', NONE_OR_ITERATIONS),
  /** They differ only by Adam's epsilon. */
  loss: word('half-squares, 1/2 ||y - A x||^2, or the mean square', ['half-squares', 'mean']),
  margin: number('stop at ||y - A x||^2 <= margin m sigma^2: the discrepancy principle', { from: 0, to: 1e6 }),
  tau: orNone(number('stop at this mean square instead, whatever sigma is', { from: 0, to: 1e6 })),
  stepBeyondTarget: flag('Adam takes one more step once it has met the target, as programs do that test after stepping'),

  mapping: word('resampling (Prop. 2), or encoding (Prop. 1, the ablation of Fig. 5)', ['resampling', 'encoding']),
  sigmaSchedule: word('of the resampling variance', ['paper', 'posterior']),
  gamma: number('the resampling variance is gamma times that of its schedule', { from: 0, to: 1e6 }),

  latentDps: number("k of z' -= k abar_t grad ||y - A D(z0hat)||^p at every step; 0 for none (Table 9)", { from: 0, to: 1e6 }),
  latentDpsNorm: word('p = 2, squared, or 1, root', ['squared', 'root']),
  latentDpsThrough: word('differentiate through the denoiser, or take its output as constant', ['network', 'decoder']),

  /** False needs a prior with `decodeContinuous`. Encoding never snaps. */
  quantise: flag('whether a VQ first stage snaps latents to codes whenever it decodes'),
});

export type ResampleOptions = z.output<typeof resampleSchema>;

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
  tau: null,
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
   * `fast` for pictures, whose texture no small first stage can express: few latent iterations, or it would bend what was not measured to
   * fit what it cannot say of what was; corrections that reach the neighbouring pixels; total variation last.
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
  const options = checked(resampleSchema, { ...resamplePresets[preset], ...set }, (problems) => new UsageError(`ReSample: ${problems}.`));
  checkResampleOptions(options, operator);
  return options;
}

/** @throws UserError for conjugate gradients on a nonlinear operator. */
export function checkResampleOptions(options: ResampleOptions, operator?: Operator): void {
  if (operator?.linear === false && options.pixelOptimiser === 'cg')
    throw new UsageError(`${operator.name} is not linear: ReSample's pixelOptimiser must be adam or auto.`);
}
