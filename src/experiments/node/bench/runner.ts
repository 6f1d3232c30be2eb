import type { RunSpec } from '../../bench/run-spec.js';
import { builtFile, ProcessRunner } from '../process-runner.js';
import type { RunOutcome } from './execute.js';
import type { RunnerRequest, RunProgress } from './runner-messages.js';

export interface RunnerOptions {
  /** Of one operation. */
  readonly threads?: number;
}

/** Runs one run at a time, in a process of its own that lives as long as the method stays the same. */
export class Runner {
  private process: ProcessRunner<RunnerRequest, RunProgress, RunOutcome> | undefined;
  private method = '';

  constructor(private readonly options: RunnerOptions = {}) {}

  /**
   * @throws UserError when the run says so; Error when its process ended, killed for its memory perhaps; the signal's reason when aborted,
   * at once
   */
  async run(spec: RunSpec, problem: Uint8Array, onStep?: (progress: RunProgress) => void, signal?: AbortSignal): Promise<RunOutcome> {
    const { method, preset, prior, samples } = spec.contender;
    const key = JSON.stringify([method, preset, prior?.sha256, samples, spec.device]);
    if (key !== this.method) this.close();
    this.method = key;
    this.process ??= new ProcessRunner(builtFile('./run-process.js', import.meta.url));
    return this.process.run({ spec, problem, threads: this.options.threads }, onStep, signal);
  }

  close(): void {
    this.process?.close();
  }
}
