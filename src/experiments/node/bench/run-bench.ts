import { readFile } from 'node:fs/promises';
import { UserError } from '../../../tensor/errors.js';
import type { PlannedRun, RunRecord } from '../../bench/run-spec.js';
import type { WorkFailure } from '../process-runner.js';
import type { BenchFolder } from './bench-folder.js';
import type { Plan } from './plan.js';
import type { QueueListener, RunQueue } from './queue.js';

/** One of so many parts, counted from 1: every `of`-th run. */
export interface Shard {
  readonly number: number;
  readonly of: number;
}

export interface BenchListener extends Pick<QueueListener, 'onProgress' | 'onNotice'> {
  /** Of each run that was done now. */
  readonly onRun?: (run: PlannedRun, record: RunRecord, done: number, total: number) => void;
  readonly onFailed?: (run: PlannedRun, failure: WorkFailure) => void;
}

/** How a bench stands. */
export interface BenchState {
  /** In the order of the plan. */
  readonly results: ReadonlyArray<{ readonly run: PlannedRun; readonly record: RunRecord }>;
  readonly missing: readonly PlannedRun[];
  readonly failures: ReadonlyMap<string, WorkFailure>;
}

/** The runs of a plan that are not there yet. */
export async function missingRuns({ runs }: Plan, folder: BenchFolder, shard?: Shard): Promise<PlannedRun[]> {
  const there = await folder.finished();
  return unique(runs).filter(({ id }, i) => !there.has(id) && (shard === undefined || i % shard.of === shard.number - 1));
}

/** The same run may stand in two tables. */
function unique(runs: readonly PlannedRun[]): PlannedRun[] {
  return [...new Map(runs.map((run) => [run.id, run])).values()];
}

/**
 * Does what is missing; each run is on disk before it is told.
 * @throws the signal's reason when aborted, and UserError when disk or server fail
 */
export async function runMissing(
  plan: Plan,
  folder: BenchFolder,
  queue: RunQueue,
  { onRun, onFailed, ...listener }: BenchListener = {},
  { shard, signal }: { readonly shard?: Shard; readonly signal?: AbortSignal } = {},
): Promise<ReadonlyMap<string, WorkFailure>> {
  const failures = new Map<string, WorkFailure>();
  const missing = await missingRuns(plan, folder, shard);
  let done = 0;
  const settled = (): number => ++done;
  const problem = async ({ problem: hash }: PlannedRun): Promise<Uint8Array> => readFile(plan.problems.get(hash) as string);
  if (missing.length > 0)
    await queue.runAll(
      missing,
      problem,
      {
        ...listener,
        onDone: async (run, outcome) => {
          await folder.save(outcome);
          onRun?.(run, outcome.record, settled(), missing.length);
        },
        onFailed: (run, failure) => {
          failures.set(run.id, failure);
          settled();
          onFailed?.(run, failure);
        },
      },
      signal,
    );
  return failures;
}

/** Reads what is there. */
export async function benchState(
  plan: Plan,
  folder: BenchFolder,
  failures: ReadonlyMap<string, WorkFailure> = new Map(),
): Promise<BenchState> {
  const there = await folder.finished();
  const missing = plan.runs.filter(({ id }) => !there.has(id));
  const present = plan.runs.filter(({ id }) => there.has(id));
  const results = await Promise.all(present.map(async (run) => ({ run, record: await folder.record(run.id) })));
  const strange = results.find(({ run, record }) => record.id !== run.id);
  if (strange) throw new UserError(`${folder.runs}/${strange.run.id}.json is of another run. Remove it, and run the bench again.`);
  return { results, missing, failures };
}
