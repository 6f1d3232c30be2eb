import type { Region } from '../operators/index.js';
import type { AnyPrior } from '../priors/index.js';
import type { Midway, SolverContext } from '../solvers/index.js';
import { type Method, type OptionValues, runMethod } from '../solvers/methods/index.js';
import { UserError } from '../tensor/errors.js';
import type { Random } from '../tensor/random.js';
import { sameShape, type Tensor } from '../tensor/tensor.js';
import { cut } from './pose.js';
import type { ImagingProblem } from './problem.js';
import { type Outcome, type ReconstructOptions, reconstructSamples } from './reconstruct.js';

/** A problem as it is solved. */
export interface Target {
  readonly problem: ImagingProblem;
  /** Needed by methods that have one, in the form that makes the problem's image; see `pose`. */
  readonly prior?: AnyPrior;
  /** Where in the image that is reconstructed the one sought lies; absent: it is the whole. */
  readonly region?: Region;
}

/** A method with all its settings. */
export interface Setting {
  readonly method: Method;
  readonly preset: string;
  readonly options: OptionValues;
  /** Reconstructions of the one measurement (1); their mean is the result. */
  readonly samples?: number;
}

/** Where a reconstruction runs, and the graphs compiled there. */
export type Lane = Required<Pick<SolverContext, 'runtime' | 'graphs'>>;

export interface SolveOptions extends Omit<ReconstructOptions, 'cut'> {
  /** Where the samples run, side by side if there are several. */
  readonly lanes: readonly [Lane, ...Lane[]];
  /** The stream of random numbers of that name: each sample draws from one of its own. */
  readonly random: (stream: string) => Random;
  readonly signal?: AbortSignal;
  /** Where an earlier run is taken up. */
  readonly from?: Midway;
}

/** The one road of every run, of commands and benches alike: run the method, cut out what is sought, measure. */
export async function solve(
  { problem, prior, region }: Target,
  { method, preset, options, samples = 1 }: Setting,
  { lanes, random, signal, from, ...how }: SolveOptions,
): Promise<Outcome> {
  const run = (stream: string, lane: number) =>
    runMethod(method, preset, { problem, prior, context: { ...lanes[lane], random: random(stream), signal, from }, options });
  const cutting = region && ((image: Tensor) => cut(image, region));
  return reconstructSamples(samples, run, problem, lanes[0].runtime, { ...how, cut: cutting }, lanes.length);
}

/** @throws UserError for an estimate of another image than the run makes */
export function checkMidway({ estimate }: Midway, { problem, region }: Target): void {
  const shape = [1, ...problem.operator.inputShape];
  if (region !== undefined)
    throw new UserError('This run cannot be taken up on its way: it makes a larger image than is shown. Start it from the beginning.');
  if (!sameShape(estimate.shape, shape))
    throw new UserError(`The estimate to go on from is [${estimate.shape}], and the image is [${shape}]. Take one of the same run.`);
}
