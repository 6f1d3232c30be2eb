import { sinogramWarnings } from '../../operators/index.js';
import { type LoadedPrior, type LoadOptions, loadPrior } from '../../priors/node/index.js';
import type { Device, Runtime } from '../../runtime/index.js';
import { createNodeRuntime } from '../../runtime/node/index.js';
import { CompiledGraphs, type Midway, type Step } from '../../solvers/index.js';
import {
  checkNeeds,
  checkRestarts,
  defaultPreset,
  findMethod,
  type Method,
  type OptionValues,
  resolveOptions,
} from '../../solvers/methods/index.js';
import { UsageError, UserError } from '../../tensor/errors.js';
import { Random } from '../../tensor/random.js';
import { sizeOf } from '../../tensor/tensor.js';
import { type PoseOptions, pose } from '../pose.js';
import { type ImagingProblem, isCt, type TaskProblem } from '../problem.js';
import type { Outcome } from '../reconstruct.js';
import { checkMidway, type Lane, solve } from '../solve.js';
import { withSurroundings } from '../surroundings.js';
import { resultWarnings } from '../warnings.js';
import { checkSampleMemory } from './sample-memory.js';
import type { Source } from './sources/source.js';

/** How to reconstruct: all that does not concern the measurement. */
export interface SolverChoice extends PoseOptions {
  readonly method: string;
  readonly preset?: string;
  /** Options of the method on top of the preset, as text (`--set`) or as values (a manifest). */
  readonly set?: Readonly<Record<string, unknown>>;
  readonly prior: string;
  /** SHA-256 that the prior must have, where a run is to be repeated. */
  readonly priorHash?: string;
  /** Of the method, and of the noise where `noiseSeed` is not given. */
  readonly seed: number;
  /** Of the noise of a simulated measurement. */
  readonly noiseSeed?: number;
  /** Reconstructions of the one measurement, by as many streams of random numbers (1); their mean is the result. */
  readonly samples?: number;
  /** Where an earlier run of the method is taken up. */
  readonly from?: Midway;
  /** Classical method to compare with, `none` for none; by default the task's usual ones. */
  readonly baseline?: string;
  readonly device: Device;
  readonly threads?: number;
}

/** What has been checked and read before any work begins. */
export interface PreparedChoice extends SolverChoice {
  readonly preset: string;
  /** The method, looked up. */
  readonly using: Method;
  readonly options: OptionValues;
  readonly loaded?: LoadedPrior;
}

/** A classical reconstruction of the same measurement, for comparison. */
export interface Baseline extends Outcome {
  readonly method: string;
  readonly title: string;
}

/** A finished run in memory. */
export interface Run {
  readonly problem: TaskProblem;
  readonly outcome: Outcome;
  /** Weakest first: the last is what the result is held against. */
  readonly baselines: readonly Baseline[];
  /** What is likely to be wrong with the measurement or the result. */
  readonly warnings: readonly string[];
  readonly device: Device;
  readonly threads: number;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** Called after every step of the method, or of the baseline, whose title is then given. */
  readonly onStep?: (step: Step, baseline?: string) => void;
  readonly onNotice?: (notice: string) => void;
  /** Hears what the measurement shows to be wrong, before the work. */
  readonly onWarning?: (warning: string) => void;
}

/**
 * Look up the method, read its options and load the prior where the method uses one.
 * @param loading how to load it: what hears of a download, and what stops it
 * @throws UserError for an unknown method, preset, option or prior, and for weights that do not fit.
 */
export async function prepareChoice(choice: SolverChoice, loading: LoadOptions = {}): Promise<PreparedChoice> {
  const using = findMethod(choice.method);
  // what can be checked without the prior is checked before it is read, or fetched
  if (choice.preset !== undefined) resolveOptions(using, choice.preset, choice.set);
  const loaded = using.needs.prior ? await loadPrior(choice.prior, { ...loading, use: using.title }) : undefined;
  const preset = choice.preset ?? defaultPreset(using, loaded?.prior);
  const options = resolveOptions(using, preset, choice.set, loaded?.prior);
  if (choice.from !== undefined) checkRestarts(using, preset);
  if (loaded !== undefined && choice.priorHash !== undefined && loaded.sha256 !== choice.priorHash) {
    throw new UserError(
      `The prior "${loaded.name}" is not the one of the first run: its hash is ${loaded.sha256.slice(0, 16)}, it was ${choice.priorHash.slice(0, 16)}. Restore its files to run again.`,
    );
  }
  if (choice.baseline !== undefined && choice.baseline !== 'none' && findMethod(choice.baseline).needs.prior)
    throw new UsageError(`The baseline is a classical method, without a prior; "${choice.baseline}" has one. Name it with --method.`);
  return { ...choice, preset, using, options, loaded };
}

/**
 * Make the measurement and reconstruct from it, by classical methods for comparison and by the chosen one. Sessions run in a worker
 * thread, so that the caller's event loop stays free. Noise and solver draw from two streams, of one seed or of two.
 * @throws the signal's reason when aborted.
 */
export async function runProblem(choice: PreparedChoice, measure: Source['measure'], options: RunOptions = {}): Promise<Run> {
  return withLane(choice, async (lane) => {
    options.signal?.throwIfAborted();
    return reconstructProblem(choice, await measureProblem(choice, measure, lane.runtime), lane, options);
  });
}

/** Where runs of one choice can follow one another: what they share (prior, operator) is compiled once. */
export async function withLane<T>(
  { device, threads }: Pick<SolverChoice, 'device' | 'threads'>,
  work: (lane: Lane) => Promise<T>,
): Promise<T> {
  const runtime = await createNodeRuntime({ device, threads, worker: true });
  try {
    return await work({ runtime, graphs: new CompiledGraphs(runtime) });
  } finally {
    await runtime.dispose();
  }
}

/** The measurement, its noise of the choice's seed. */
export function measureProblem(choice: SolverChoice, measure: Source['measure'], runtime: Runtime): Promise<TaskProblem> {
  return measure(runtime, new Random(choice.noiseSeed ?? choice.seed).fork('measurement'));
}

/** Reconstruct a measurement by the classical methods for comparison and by the chosen one. @throws the signal's reason when aborted. */
export async function reconstructProblem(
  choice: PreparedChoice,
  problem: TaskProblem,
  lane: Lane,
  { signal, onStep, onNotice, onWarning }: RunOptions = {},
): Promise<Run> {
  const seeded = new Random(choice.seed);
  signal?.throwIfAborted();
  const before = isCt(problem) && problem.truth === undefined ? sinogramWarnings(problem.y, problem.operator.geometry, problem.sigma) : [];
  for (const warning of before) onWarning?.(warning);
  const { using, preset, options, loaded, from } = choice;
  const { samples, notice } = samplesOf(choice);
  if (notice !== undefined) onNotice?.(notice);
  checkNeeds(using, problem.operator, loaded?.prior);
  checkSampleMemory(samples, sizeOf(problem.operator.inputShape));
  const scene = withSurroundings(problem);
  // whether the prior can make the image shows here, before any work
  const posed = loaded && pose(scene.problem, loaded.prior, choice);
  for (const notice of [scene.notice, ...(posed?.notices ?? [])]) if (notice !== undefined) onNotice?.(notice);
  // the methods share the operator's graphs
  const common = { truth: problem.truth, random: (stream: string) => seeded.fork(stream), signal };
  const baselines: Baseline[] = [];
  for (const classical of choice.baseline === undefined ? problem.setup.classical : [choice.baseline]) {
    if (classical === 'none' || classical === using.name) continue;
    const method = findMethod(classical);
    const setting = { method, preset: defaultPreset(method), options: resolveOptions(method) };
    const made = await solve(scene, setting, { ...common, lanes: [lane], onStep: (step) => onStep?.(step, method.title) });
    baselines.push({ ...made, method: method.name, title: method.title });
  }
  const target = posed === undefined ? scene : { ...posed, region: scene.region ?? posed.region };
  if (from !== undefined) checkMidway(from, target);
  const outcome = await inLanes(lane, sampleLanes(samples, target.problem, lane.runtime), (lanes) =>
    solve(target, { method: using, preset, options, samples }, { ...common, lanes, from, onStep, peakMemoryMB }),
  );
  signal?.throwIfAborted();
  const warnings = [...before, ...resultWarnings(outcome, problem, using, before.length === 0)];
  return { problem, outcome, baselines, warnings, ...machine(lane.runtime) };
}

/** How many samples to make: of a method that knows no chance one, for all would be the same. */
function samplesOf({ using, samples = 1 }: PreparedChoice): { samples: number; notice?: string } {
  if (samples === 1 || using.kind !== 'point estimate') return { samples };
  const notice = `${using.title} gives one image of a measurement, whatever the seed: one is made, not ${samples}. Samples that differ come from resample, diffpir, daps and others.`;
  return { samples: 1, notice };
}

/** An image of more values than this is reconstructed one sample at a time, in the memory of one. */
const MOST_VALUES_IN_LANES = 3 * 512 * 512;

/** How many samples to run side by side: a thread does more alone than with others on one operation, as far as there are threads. */
function sampleLanes(samples: number, { operator }: ImagingProblem, { device, threads }: Runtime): number {
  return device === 'cpu' && sizeOf(operator.inputShape) <= MOST_VALUES_IN_LANES ? Math.min(samples, threads) : 1;
}

/** Work in so many lanes of their own, the threads shared out; in the one there is, if one will do. */
async function inLanes<T>(there: Lane, count: number, work: (lanes: readonly [Lane, ...Lane[]]) => Promise<T>): Promise<T> {
  if (count === 1) return work([there]);
  const { device, threads } = there.runtime;
  const own: Runtime[] = [];
  try {
    for (let k = 0; k < count; k++) own.push(await createNodeRuntime({ device, threads: Math.floor(threads / count), worker: true }));
    const [first, ...others] = own.map((runtime) => ({ runtime, graphs: new CompiledGraphs(runtime) }));
    return await work([first, ...others]);
  } finally {
    for (const runtime of own) await runtime.dispose();
  }
}

function machine({ device, threads }: Runtime): { device: Device; threads: number } {
  return { device, threads };
}

/** The most this process has held, worker threads included. */
export function peakMemoryMB(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}
