import { Presets, SingleBar } from 'cli-progress';

/** What a progress line shows of a step. */
export interface Progress {
  readonly step: number;
  readonly steps: number;
  readonly stage: string;
  readonly residual?: number;
}

/**
 * Progress on standard error: a bar with stage, residual and time left on a terminal, and a line every ten seconds
 * elsewhere (a log), so that standard output stays the result's alone.
 */
export class ProgressLine {
  private started = performance.now();
  /** The last step's time: what is under way next began there. */
  private touched = this.started;
  private bar: SingleBar | undefined;
  private residual = '';
  private spoke = performance.now();

  private label: string;

  constructor(
    private readonly title: string,
    private readonly stream: NodeJS.WriteStream = process.stderr,
  ) {
    this.label = title;
  }

  /** @param label what is under way, where that is not what the line is named after; another one begins anew */
  update({ step, steps, stage, residual }: Progress, label = this.title): void {
    if (label !== this.label) {
      this.stop();
      this.label = label;
      this.residual = '';
      this.started = this.touched;
    }
    this.touched = performance.now();
    if (residual !== undefined) this.residual = `residual ${residual.toExponential(2)}`;
    const left = this.timeLeft(step, steps);
    if (this.stream.isTTY) {
      this.bar ??= this.open(steps);
      this.bar.setTotal(steps);
      this.bar.update(step, { stage, residual: this.residual, left });
    } else if (performance.now() - this.spoke > 10_000) {
      this.spoke = performance.now();
      this.stream.write(`${this.label}: ${stage}, step ${step} of ${steps}${this.residual && `, ${this.residual}`}, ${left}\n`);
    }
  }

  /** A sentence of its own line; the bar goes on below it. */
  say(text: string): void {
    this.stop();
    this.stream.write(`${text}\n`);
  }

  /** Take the bar away. */
  stop(): void {
    this.bar?.stop();
    this.bar = undefined;
  }

  private open(steps: number): SingleBar {
    const format = `${this.label} {bar} {value}/{total} | {stage} | {residual} | {left}`;
    const bar = new SingleBar(
      { format, stream: this.stream, hideCursor: true, clearOnComplete: true, gracefulExit: false, barsize: 24 },
      Presets.shades_classic,
    );
    bar.start(steps, 0, { stage: '', residual: '', left: '' });
    return bar;
  }

  /** By the mean pace so far. */
  private timeLeft(step: number, steps: number): string {
    if (step < 1 || step > steps) return '';
    const seconds = ((performance.now() - this.started) / 1000 / step) * (steps - step);
    return `${formatSeconds(seconds)} left`;
  }
}

/** `8 s`, `3 min 05 s`, `2 h 10 min`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`;
}
