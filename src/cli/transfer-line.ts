import { Presets, SingleBar } from 'cli-progress';
import { formatBytes } from '../io/format-bytes.js';
import type { PullOptions, PullProgress } from '../priors/node/hub/pull.js';
import { Cancelled } from './errors.js';
import { formatSeconds } from './progress.js';

/** Milliseconds over which the rate is taken. */
const rateWindow = 10_000;

/**
 * Progress of a download on standard error: a bar with size, rate and time left on a terminal, a line every ten seconds elsewhere. Notices
 * come between.
 */
export class TransferLine implements Pick<PullOptions, 'onProgress' | 'onNotice'> {
  private bar: SingleBar | undefined;
  private recent: Array<{ at: number; done: number }> = [];
  private spoke = performance.now();

  constructor(private readonly stream: NodeJS.WriteStream = process.stderr) {}

  readonly onNotice = (notice: string): void => {
    this.stop();
    this.stream.write(`Note: ${notice}\n`);
  };

  readonly onProgress = ({ file, done, total }: PullProgress): void => {
    const text = { file, amount: `${formatBytes(done)} of ${formatBytes(total)}`, ...this.pace(done, total) };
    if (this.stream.isTTY) {
      this.bar ??= this.open(total);
      this.bar.update(done, text);
    } else if (performance.now() - this.spoke > 10_000) {
      this.spoke = performance.now();
      this.stream.write(`${[file, text.amount, text.rate, text.left].filter(Boolean).join(', ')}\n`);
    }
  };

  /** Take the bar away. */
  stop(): void {
    this.bar?.stop();
    this.bar = undefined;
  }

  private open(total: number): SingleBar {
    const bar = new SingleBar(
      {
        format: '{file} {bar} {percentage}% | {amount} | {rate} | {left}',
        stream: this.stream,
        hideCursor: true,
        clearOnComplete: true,
        gracefulExit: false,
        barsize: 24,
      },
      Presets.shades_classic,
    );
    bar.start(total, 0, { file: '', amount: '', rate: '', left: '' });
    return bar;
  }

  /** By what came in the last seconds; bytes that were there before do not count. */
  private pace(done: number, total: number): { rate: string; left: string } {
    const at = performance.now();
    if (this.recent.length > 0 && done < this.recent[this.recent.length - 1].done) this.recent = []; // a file began anew
    this.recent.push({ at, done });
    while (this.recent.length > 2 && this.recent[0].at < at - rateWindow) this.recent.shift();
    const [first] = this.recent;
    const perSecond = (1000 * (done - first.done)) / (at - first.at);
    if (!(perSecond > 0) || !Number.isFinite(perSecond)) return { rate: '', left: '' };
    return { rate: `${formatBytes(Math.round(perSecond))}/s`, left: `${formatSeconds((total - done) / perSecond)} left` };
  }
}

/** Do something that may pull a prior under such a line; when it is cut short, say that what has come is kept. */
export async function withTransferLine<T>(signal: AbortSignal, work: (options: PullOptions) => Promise<T>): Promise<T> {
  const line = new TransferLine();
  let began = false;
  const onProgress = (progress: PullProgress) => {
    began = true;
    line.onProgress(progress);
  };
  try {
    return await work({ signal, onNotice: line.onNotice, onProgress });
  } catch (error) {
    if (signal.aborted && began) throw new Cancelled('Cancelled. What has come is kept: the same command goes on from it.');
    throw error;
  } finally {
    line.stop();
  }
}
