import { atSize, type LatentPrior } from '../../priors/index.js';
import type { Device, Runtime } from '../../runtime/index.js';
import { createNodeRuntime } from '../../runtime/node/index.js';
import { CompiledGraphs, type SolverContext, type Step } from '../../solvers/index.js';
import { UserError } from '../../tensor/errors.js';
import { Random } from '../../tensor/random.js';
import { formatShape } from '../../tensor/tensor.js';
import type { CtProblem } from '../ct-problem.js';
import { defaultPreset, findMethod, type Method, resolveOptions } from '../methods.js';
import type { OptionValues } from '../option-values.js';
import { type Outcome, reconstruct } from '../reconstruct.js';
import { type LoadedPrior, type LoadOptions, loadPrior } from './priors.js';

/** How to reconstruct: all that does not concern the measurement. */
export interface SolverChoice {
  readonly method: string;
  readonly preset?: string;
  /** Options of the method on top of the preset, as text (`--set`) or as values (a manifest). */
  readonly set?: Readonly<Record<string, unknown>>;
  readonly prior: string;
  /** SHA-256 that the prior must have, where a run is to be repeated. */
  readonly priorHash?: string;
  readonly seed: number;
  readonly device: Device;
  readonly threads?: number;
}

/** What has been checked and read before any work begins. */
export interface PreparedChoice extends SolverChoice {
  readonly solver: Method;
  readonly options: OptionValues;
  readonly loaded?: LoadedPrior;
}

/** A finished run in memory. */
export interface CtRun {
  readonly problem: CtProblem;
  readonly outcome: Outcome;
  /** Filtered backprojection of the same measurement. */
  readonly baseline: Outcome;
  readonly device: Device;
  readonly threads: number;
}

export interface CtRunOptions {
  readonly signal?: AbortSignal;
  readonly onStep?: (step: Step) => void;
}

/**
 * Look up the method, read its options and load the prior where the method uses one.
 * @param loading how to load it: what hears of a download, and what stops it
 * @throws UserError for an unknown method, preset, option or prior, and for weights that do not fit.
 */
export async function prepareChoice(choice: SolverChoice, loading: LoadOptions = {}): Promise<PreparedChoice> {
  const solver = findMethod(choice.method);
  const options = resolveOptions(solver, choice.preset, choice.set);
  const wanted: LoadOptions = { ...loading, use: solver.title, ...(solver.priorKinds && { kinds: solver.priorKinds }) };
  const loaded = solver.needsPrior ? await loadPrior(choice.prior, wanted) : undefined;
  if (loaded !== undefined && choice.priorHash !== undefined && loaded.sha256 !== choice.priorHash) {
    throw new UserError(
      `The prior "${loaded.name}" is not the one of the first run: its hash is ${loaded.sha256.slice(0, 16)}, it was ${choice.priorHash.slice(0, 16)}. Restore its files to run again.`,
    );
  }
  return { ...choice, preset: choice.preset ?? defaultPreset(solver), solver, options, loaded };
}

/**
 * Make the measurement and reconstruct from it, by FBP for comparison and by the chosen method. Sessions run in a worker
 * thread, so that the caller's event loop stays free. Noise and solver draw from two streams of one seed.
 * @throws the signal's reason when aborted.
 */
export async function runCt(
  choice: PreparedChoice,
  measure: (runtime: Runtime, random: Random) => Promise<CtProblem>,
  { signal, onStep }: CtRunOptions = {},
): Promise<CtRun> {
  const runtime = await createNodeRuntime({ device: choice.device, threads: choice.threads, worker: true });
  try {
    signal?.throwIfAborted();
    const seeded = new Random(choice.seed);
    const problem = await measure(runtime, seeded.fork('measurement'));
    signal?.throwIfAborted();
    const { solver, options, loaded } = choice;
    const prior = loaded && fitted(problem, loaded);
    // the two methods share the operator's graphs
    const graphs = new CompiledGraphs(runtime);
    const context = (): SolverContext => ({ runtime, random: seeded.fork('solver'), signal, graphs });
    const fbp = findMethod('fbp');
    const baseline = await reconstruct(fbp.run({ problem, context: context(), options: resolveOptions(fbp) }), problem, runtime);
    const run = solver.run({ problem, context: context(), options, prior });
    const outcome = await reconstruct(run, problem, runtime, { onStep, peakMemoryMB });
    signal?.throwIfAborted();
    return { problem, outcome, baseline, ...machine(runtime) };
  } finally {
    await runtime.dispose();
  }
}

function machine({ device, threads }: Runtime): { device: Device; threads: number } {
  return { device, threads };
}

/** The most this process has held, worker threads included. */
export function peakMemoryMB(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}

/** The prior at the size of the image to reconstruct. */
function fitted({ operator }: CtProblem, { prior, name }: LoadedPrior): LatentPrior {
  const [channels, height, width] = operator.inputShape;
  if (channels === prior.imageShape[0]) return atSize(prior, height, width);
  const [is, wants] = [operator.inputShape, prior.imageShape].map(formatShape);
  throw new UserError(
    `The image to reconstruct is ${is} (channels, rows, columns), but the prior "${name}" makes images of ${wants}. Choose a prior with as many channels.`,
  );
}
