import type { PlannedRun, RunRecord } from '../experiments/bench/run-spec.js';
import type { BenchListener } from '../experiments/node/bench/run-bench.js';
import { formatSeconds, ProgressLine } from './progress.js';

/** What a bench tells while it runs, on standard error: a line for each run, and a progress line over all. */
export class BenchProgress {
  private readonly line = new ProgressLine('bench');
  private started = 0;
  private done = 0;
  private total = 0;

  begin(missing: number, there: number): void {
    this.started = performance.now();
    this.total = missing;
    if (there > 0 && missing > 0) this.say(`${there} runs are done already, ${missing} to go.`);
  }

  readonly listener: BenchListener = {
    onRun: (run, record, done) => {
      this.done = done;
      this.say(`${this.place(done)} ${nameOf(run)}: ${figuresOf(record)}${this.left()}`);
    },
    onFailed: (run, { message }) => {
      this.done++;
      this.say(`${this.place(this.done)} ${nameOf(run)} FAILED: ${message}`);
    },
    onProgress: (run, { step, steps, stage }) =>
      this.line.update({
        step: this.done,
        steps: this.total,
        stage: `${nameOf(run)}, ${stage}, step ${step} of ${steps}`,
      }),
    onNotice: (notice) => this.say(`Note: ${notice}`),
  };

  say(text: string): void {
    this.line.say(text);
  }

  stop(): void {
    this.line.stop();
  }

  private place(done: number): string {
    return `[${done}/${this.total}]`;
  }

  private left(): string {
    if (this.done >= this.total) return '';
    const seconds = ((performance.now() - this.started) / 1000 / this.done) * (this.total - this.done);
    return `; about ${formatSeconds(seconds)} left`;
  }
}

function nameOf({ table, image, column }: PlannedRun): string {
  return `${table}, ${image}, ${column}`;
}

function figuresOf({ psnr, ssim, hu, residual, seconds }: RunRecord): string {
  const figures = [
    psnr === undefined ? undefined : `${psnr.toFixed(2)} dB`,
    ssim?.toFixed(3),
    hu?.soft === undefined ? undefined : `${hu.soft.toFixed(0)} HU`,
    `residual ${residual.toFixed(2)}`,
    `${seconds.toFixed(1)} s`,
  ];
  return figures.filter((figure) => figure !== undefined).join(', ');
}
