import { rm } from 'node:fs/promises';
import { builtFile, ProcessRunner } from '../../experiments/node/process-runner.js';
import { availableCores } from '../../runtime/node/index.js';
import type { JobHands, JobListener, JobOrder } from './job-hands.js';
import type { JobOutcome, JobProgress, JobWork } from './job-work.js';

type Runner = ProcessRunner<JobWork, JobProgress, JobOutcome>;

/** The file of a process that does one job. @throws UserError when it is not built */
export function jobProcess(): string {
  return builtFile('./job-process.js', import.meta.url);
}

/** Processes of this machine, one job a process: the cores are shared out. */
export class LocalHands implements JobHands {
  private readonly runners: readonly Runner[];
  private readonly idle: Runner[];
  private readonly threads: number;
  private closed = false;

  constructor(readonly places: number) {
    this.threads = Math.max(1, Math.floor(availableCores() / places));
    this.runners = Array.from({ length: places }, () => new ProcessRunner(jobProcess()));
    this.idle = [...this.runners];
  }

  get processes(): number[] {
    return this.runners.map(({ pid }) => pid).filter((pid) => pid !== undefined);
  }

  async run({ request, out, inputs }: JobOrder, { onBegun, onProgress }: JobListener, signal: AbortSignal): Promise<JobOutcome> {
    const runner = this.idle.pop();
    if (runner === undefined) throw new Error('no process is free');
    try {
      onBegun();
      await rm(out, { recursive: true, force: true });
      return await runner.run({ request, inputs: await inputs(), out, threads: this.threads }, onProgress, signal);
    } finally {
      // a process does one job: its memory, and all it knows, go with it
      runner.close();
      this.idle.push(runner);
      if (!this.closed) runner.start();
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const runner of this.runners) runner.close();
  }
}
