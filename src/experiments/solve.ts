import type { Region } from '../operators/index.js';
import type { AnyPrior } from '../priors/index.js';
import type { Runtime } from '../runtime/index.js';
import type { SolverContext } from '../solvers/index.js';
import { type Method, type OptionValues, runMethod } from '../solvers/methods/index.js';
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

export interface SolveOptions extends Omit<ReconstructOptions, 'cut'> {
  /** What each sample draws from and shares, by the name of its random stream. */
  readonly context: (stream: string) => SolverContext;
}

/** The one road of every run, of commands and benches alike: run the method, cut out what is sought, measure. */
export async function solve(
  { problem, prior, region }: Target,
  { method, preset, options, samples = 1 }: Setting,
  runtime: Runtime,
  { context, ...how }: SolveOptions,
): Promise<Outcome> {
  const run = (stream: string) => runMethod(method, preset, { problem, prior, context: context(stream), options });
  return reconstructSamples(samples, run, problem, runtime, { ...how, cut: region && ((image) => cut(image, region)) });
}
