import type { Region } from '../operators/index.js';
import type { AnyPrior } from '../priors/index.js';
import type { Runtime } from '../runtime/index.js';
import type { SolverContext } from '../solvers/index.js';
import { type Method, type OptionValues, runMethod } from '../solvers/methods/index.js';
import type { KnownProblem } from './known-problem.js';
import { cut, type PoseOptions, pose } from './pose.js';
import { type Outcome, type ReconstructOptions, reconstructSamples } from './reconstruct.js';

/** A method with all its settings. */
export interface Setting extends PoseOptions {
  readonly method: Method;
  readonly preset: string;
  readonly options: OptionValues;
  /** Needed by methods that have one. */
  readonly prior?: AnyPrior;
  /** Reconstructions of the one measurement (1); their mean is the result. */
  readonly samples?: number;
}

export interface SolveOptions extends Omit<ReconstructOptions, 'cut'> {
  /** Where in the problem's image the one sought lies, where that is larger. */
  readonly region?: Region;
  /** What each sample draws from and shares, by the name of its random stream. */
  readonly context: (stream: string) => SolverContext;
  readonly onNotice?: (notice: string) => void;
}

/**
 * The one road of every run, of commands and benches: pose the problem for the prior, run the method, cut out what is sought, measure.
 */
export async function solve(
  problem: KnownProblem,
  { method, preset, options, prior, tile, samples = 1 }: Setting,
  runtime: Runtime,
  { region, context, onNotice, ...how }: SolveOptions,
): Promise<Outcome> {
  const posed = method.needs.prior && prior ? pose(problem, prior, { tile }) : { problem };
  if ('notices' in posed) for (const notice of posed.notices) onNotice?.(notice);
  const inner = 'region' in posed ? posed.region : undefined;
  const sought = region ?? inner;
  return reconstructSamples(
    samples,
    (stream) => runMethod(method, preset, { ...posed, context: context(stream), options }),
    posed.problem,
    runtime,
    { truth: problem.truth, ...how, cut: sought && ((image) => cut(image, sought)) },
  );
}
