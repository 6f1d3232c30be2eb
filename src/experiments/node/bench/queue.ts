import type { PlannedRun } from '../../bench/run-spec.js';
import type { WorkFailure } from '../process-runner.js';
import type { RunOutcome } from './execute.js';
import type { RunProgress } from './runner-messages.js';

/** What a bench hears of its runs. */
export interface QueueListener {
  /** Of each run once; waited for, so that what was done is on disk before the next is told. */
  readonly onDone: (run: PlannedRun, outcome: RunOutcome) => Promise<void>;
  readonly onFailed: (run: PlannedRun, failure: WorkFailure) => void;
  readonly onProgress?: (run: PlannedRun, progress: RunProgress) => void;
  /** Something the user should know: a server that went away and came back. */
  readonly onNotice?: (notice: string) => void;
}

/** Takes runs to where they are done: processes here, or workers on any number of machines. */
export interface RunQueue {
  /**
   * Does all of them, in about this order.
   * @throws the signal's reason when aborted; whatever `onDone` throws
   */
  runAll(
    runs: readonly PlannedRun[],
    problem: (run: PlannedRun) => Promise<Uint8Array>,
    listener: QueueListener,
    signal?: AbortSignal,
  ): Promise<void>;
}
