import { mapTensor, type Tensor, tensor } from '../tensor/tensor.js';
import type { LatentModel } from './networks/latent-model.js';
import { adam } from './optimise/adam.js';
import { type CglsIterate, cglsIterations } from './optimise/cgls-iterations.js';
import { correlate, exponentialCovariance } from './optimise/correlated.js';
import { lbfgs } from './optimise/lbfgs.js';
import type { Evaluation, Iterate } from './optimise/objective.js';
import { stateProjection } from './optimise/state-projection.js';
import type { PublishedOptions } from './published-options.js';
import type { ResampleOptions } from './resample-options.js';

/** Of the options of ReSample, those of its optimisations; and what the published program does otherwise. */
export type ConsistencyOptions = Pick<
  ResampleOptions,
  | 'pixelOptimiser'
  | 'cgIterations'
  | 'kappa'
  | 'correlation'
  | 'pixelIterations'
  | 'pixelLearningRate'
  | 'latentOptimiser'
  | 'latentIterations'
  | 'latentLearningRate'
  | 'margin'
> &
  Partial<Pick<ResampleOptions, 'diffStateGrad'>> &
  Partial<Pick<PublishedOptions, 'history' | 'weightDecay' | 'plateau' | 'loss' | 'tau' | 'stepBeyondTarget'>>;

/** Where an optimisation stands; an estimate where the image was computed anyway. */
export interface Progress {
  /** `||A x - y||^2 / m` */
  readonly residual: number;
  readonly estimate?: Tensor;
}

/** An optimisation under way: yields its progress, returns the data-consistent latent z0y. */
export type Optimisation = AsyncGenerator<Progress, Tensor, void>;

/** Iterations between two reports of an optimisation. */
const REPORT_EVERY = 5;

/**
 * Pixel optimisation (ReSample, eq. 15): from `x = D(z0hat)`, minimise `1/2 ||y - A x||^2` until the residual is at the noise; `z0y =
 * E(x)`. For a linear A by conjugate gradients (v1, appendix B.1): `x - kappa A^+ (A x - y)`.
 */
export async function* pixelOptimisation(model: LatentModel, clean: Tensor, options: ConsistencyOptions): Optimisation {
  const start = await model.decode(clean);
  const byGradients = options.pixelOptimiser === 'cg' || (options.pixelOptimiser === 'auto' && model.problem.operator.linear);
  const x = yield* byGradients ? pseudoInverseStep(model, start, options) : pixelAdam(model, start, options);
  return model.encode(x);
}

/** `x + kappa A^+ (y - A x)`, the pseudo-inverse by CGLS, ended where the unrelaxed step meets the noise. */
export async function* pseudoInverseStep(model: LatentModel, x: Tensor, options: ConsistencyOptions): Optimisation {
  const { kappa, cgIterations, correlation } = options;
  const { difference } = await model.discrepancy(x); // y - A x
  const root = correlation > 0 ? exponentialCovariance(x.shape.slice(1), correlation) : undefined;
  const map = root === undefined ? model.linear() : correlate(model.linear(), root);
  const steps = cglsIterations(map, difference, x.data.length, {
    iterations: cgIterations,
    target: targetSquares(model, options),
  });
  // The relaxed step leaves (1 - kappa) of the first difference.
  const relaxed = ({ r }: CglsIterate): Progress => {
    const squares = r.reduce((sum, left, i) => sum + ((1 - kappa) * difference[i] + kappa * left) ** 2, 0);
    return { residual: squares / model.size };
  };
  const solution = (yield* reporting(steps, relaxed)).x;
  const change = root?.apply(solution) ?? solution;
  return mapTensor(x, (value, i) => value + kappa * change[i]);
}

async function* pixelAdam(model: LatentModel, start: Tensor, options: ConsistencyOptions): Optimisation {
  const scale = lossScale(model, options);
  const objective = async (at: Float64Array): Promise<Evaluation & Progress> => {
    const { squares, gradient } = await model.misfit(tensor(start.shape, at));
    return { value: (squares * scale) / 2, gradient: gradient.data.map((g) => g * scale), residual: squares / model.size };
  };
  const iterates = adam(objective, start.data, {
    iterations: options.pixelIterations,
    learningRate: options.pixelLearningRate,
    weightDecay: options.weightDecay,
    target: (targetSquares(model, options) * scale) / 2,
    stepBeyondTarget: options.stepBeyondTarget,
  });
  return tensor(start.shape, (yield* reporting(iterates, progressOf)).x);
}

/**
 * Latent optimisation (ReSample, eqs. 10 and 14): from z0hat, minimise `1/2 ||y - A D(z)||^2` over z until the residual is at the noise.
 */
export async function* latentOptimisation(model: LatentModel, start: Tensor, options: ConsistencyOptions): Optimisation {
  const scale = lossScale(model, options);
  const project = stateProjection(start, options.diffStateGrad ?? 0);
  const objective = async (at: Float64Array): Promise<Evaluation & Progress> => {
    const { squares, gradient, image } = await model.latentMisfit(tensor(start.shape, at));
    const slope = Float64Array.from(project(gradient.data), (g) => g * scale);
    return { value: (squares * scale) / 2, gradient: slope, residual: squares / model.size, estimate: image };
  };
  const target = (targetSquares(model, options) * scale) / 2;
  const iterates =
    options.latentOptimiser === 'lbfgs'
      ? lbfgs(objective, start.data, { iterations: options.latentIterations, history: options.history, target })
      : adam(objective, start.data, {
          iterations: options.latentIterations,
          learningRate: options.latentLearningRate,
          weightDecay: options.weightDecay,
          plateau: options.plateau || undefined,
          target,
          stepBeyondTarget: options.stepBeyondTarget,
        });
  return tensor(start.shape, (yield* reporting(iterates, progressOf)).x);
}

/** The sum of squares to stop at: `margin m sigma^2`, or `m tau`. */
function targetSquares(model: LatentModel, { margin, tau }: ConsistencyOptions): number {
  return model.size * (tau ?? margin * model.problem.sigma ** 2);
}

/** Factor on `1/2 ||.||^2` that makes it the chosen loss. */
function lossScale(model: LatentModel, { loss }: ConsistencyOptions): number {
  return loss === 'mean' ? 2 / model.size : 1;
}

/** Yields the progress of every few iterates, and of the last; returns the last. */
async function* reporting<I extends { readonly iteration: number }>(
  iterates: AsyncGenerator<I, I, void>,
  progress: (iterate: I) => Progress,
): AsyncGenerator<Progress, I, void> {
  let reported = -1;
  for (;;) {
    const { value, done } = await iterates.next();
    // What a minimiser returns it may just have yielded.
    if (done ? value.iteration !== reported : value.iteration % REPORT_EVERY === 0) {
      reported = value.iteration;
      yield progress(value);
    }
    if (done) return value;
  }
}

/** The progress that an objective left with its evaluation. */
function progressOf({ at: { residual, estimate } }: Iterate<Evaluation & Progress>): Progress {
  return { residual, estimate };
}
