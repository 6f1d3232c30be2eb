import { availableCores } from '../../../runtime/node/index.js';
import type { PlannedRun } from '../../bench/run-spec.js';
import { explainFailure } from '../process-runner.js';
import type { QueueListener, RunQueue } from './queue.js';
import { Runner } from './runner.js';

export interface LocalQueueOptions {
  /** Runs side by side (1); the cores are shared out. */
  readonly workers?: number;
  /** Of one operation of one run. */
  readonly threads?: number;
}

/** Processes of this machine. */
export class LocalQueue implements RunQueue {
  constructor(private readonly options: LocalQueueOptions = {}) {}

  async runAll(
    runs: readonly PlannedRun[],
    problem: (run: PlannedRun) => Promise<Uint8Array>,
    { onDone, onFailed, onProgress }: QueueListener,
    signal?: AbortSignal,
  ): Promise<void> {
    const { workers = 1, threads = Math.max(1, Math.floor(availableCores() / workers)) } = this.options;
    const runners = Array.from({ length: Math.min(workers, runs.length) }, () => new Runner({ threads }));
    let next = 0;
    const work = async (runner: Runner): Promise<void> => {
      while (next < runs.length) {
        const run = runs[next++];
        const packed = await problem(run);
        const ended = await runner
          .run(run, packed, (progress) => onProgress?.(run, progress), signal)
          .then(
            (outcome) => ({ outcome }),
            (error) => ({ failure: explainFailure(error) }),
          );
        signal?.throwIfAborted();
        if ('outcome' in ended) await onDone(run, ended.outcome);
        else onFailed(run, ended.failure);
      }
    };
    try {
      await Promise.all(runners.map(work));
    } finally {
      next = runs.length; // one that failed to write stops the others
      for (const runner of runners) runner.close();
    }
  }
}
