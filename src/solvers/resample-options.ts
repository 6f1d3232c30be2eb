import { z } from 'zod';
import type { Operator } from '../operators/operator.js';
import { UsageError } from '../tensor/errors.js';
import { count, flag, group, number, word } from './methods/options.js';
import { replaceOptions } from './replace-options.js';

export type ResamplePreset = 'fast' | 'photo' | 'paper';

const ITERATIONS = { from: 1, to: 100_000 } as const;
const NONE_OR_ITERATIONS = { from: 0, to: 100_000 } as const;

const sampling = group('sampling', {
  steps: count('S, diffusion steps', { from: 1, to: 10_000 }),
  eta: number('of DDIM: 0 deterministic, 1 ancestral', { from: 0, to: 1 }),
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
  margin: number('an optimisation ends at ||y - A x||^2 <= margin m sigma^2: the discrepancy principle', { from: 0, to: 1e6 }),
  /** False needs a prior with `decodeContinuous`. Encoding never snaps. */
  quantise: flag('whether a VQ first stage snaps latents to codes whenever it decodes'),
});

const pixelStep = group('pixel step', {
  pixelOptimiser: word('cg (v1 appendix B.1, linear operators only), adam, or auto: cg where A is linear', ['auto', 'cg', 'adam']),
  cgIterations: count('most iterations of conjugate gradients', ITERATIONS),
  kappa: number('relaxation of the pseudo-inverse step x - kappa A^+(A x - y)', { above: 0, to: 100 }),
  /**
   * The change is the likeliest by the covariance exp(-distance / correlation) in place of the smallest. 0: the pseudo-inverse as
   * published, which changes unseen pixels not at all.
   */
  correlation: number('how far the corrections of conjugate gradients reach', { from: 0, to: 1000 }, 'pixels'),
  pixelIterations: count('most iterations of Adam', ITERATIONS),
  pixelLearningRate: number('of Adam', { above: 0, to: 1000 }),
});

const latentStep = group('latent step', {
  latentOptimiser: word('of the latent stage', ['adam', 'lbfgs']),
  latentIterations: count('most iterations', ITERATIONS),
  latentLearningRate: number('of Adam', { above: 0, to: 1000 }),
  diffStateGrad: number(
    'gradients are projected onto the singular vectors of z0hat that hold this share of its variance (DiffStateGrad: 0.99); 0: not',
    { from: 0, to: 1 },
  ),
});

const mapping = group('mapping', {
  mapping: word('resampling (Prop. 2), or encoding (Prop. 1, the ablation of Fig. 5)', ['resampling', 'encoding']),
  sigmaSchedule: word('of the resampling variance', ['paper', 'posterior']),
  gamma: number('the resampling variance is gamma times that of its schedule', { from: 0, to: 1e6 }),
});

const lastStep = group('last step', {
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
});

/** Everything that can be chosen in ReSample. Section and equation numbers are of arXiv 2307.08123. */
export const resampleSchema = z.strictObject({ ...sampling, ...pixelStep, ...latentStep, ...mapping, ...lastStep });

export type ResampleOptions = z.output<typeof resampleSchema>;

/** As published (v1, section 3 and appendix C): natural images; for CT it has 1000 steps and bounds 0.75, 0.3. */
const paper: ResampleOptions = {
  steps: 500,
  eta: 0,
  bounds: [2 / 3, 1 / 3],
  every: 10,
  stages: 'both',
  margin: 1,
  quantise: true,
  pixelOptimiser: 'auto',
  cgIterations: 50,
  kappa: 0.9,
  correlation: 0,
  pixelIterations: 2000,
  pixelLearningRate: 1e-2,
  latentOptimiser: 'adam',
  latentIterations: 500,
  latentLearningRate: 5e-3,
  diffStateGrad: 0,
  mapping: 'resampling',
  sigmaSchedule: 'paper',
  gamma: 40,
  finalOptimisation: false,
  finalPixelIterations: 0,
  finalTv: 0,
  finalTvIterations: 150,
};

/** Few steps, a quasi-Newton latent step, and data consistency last. */
const fast: ResampleOptions = {
  ...paper,
  steps: 30,
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
  const options = replaceOptions(resampleSchema, resamplePresets[preset], given, 'ReSample');
  checkResampleOptions(options, operator);
  return options;
}

/** @throws UserError for conjugate gradients on a nonlinear operator. */
export function checkResampleOptions(options: ResampleOptions, operator?: Operator): void {
  if (operator?.linear === false && options.pixelOptimiser === 'cg')
    throw new UsageError(`${operator.name} is not linear: ReSample's pixelOptimiser must be adam or auto.`);
}

/**
 * What happens at step i of 0 (least noisy) .. S-1: the first part of the way samples only; then, every so many steps, hard data
 * consistency, in pixels where z is noisy and only the coarse image is decided, in latents where detail is. Never at i = 0: its result is
 * clean, and resampling has no noise left to draw.
 */
export function stageOf(i: number, options: ResampleOptions): 'sample' | 'pixel' | 'latent' {
  const { steps, bounds, every, stages } = options;
  const begin = steps - Math.floor(steps * (1 - bounds[0]) + 1e-9);
  if (i === 0 || i > begin || i % every !== 0) return 'sample';
  if (stages !== 'both') return stages;
  return i > Math.floor(steps * bounds[1] + 1e-9) ? 'pixel' : 'latent';
}
