import { join } from 'node:path';
import { takeLock } from '../experiments/node/folder-lock.js';
import {
  measureProblem,
  type PreparedChoice,
  prepareChoice,
  reconstructProblem,
  type SolverChoice,
  withLane,
} from '../experiments/node/run.js';
import type { Slice } from '../experiments/node/sources/slices.js';
import type { TaskProblem } from '../experiments/problem.js';
import type { Lane } from '../experiments/solve.js';
import type { CtScale } from '../io/index.js';
import { loadSharp } from '../io/node/load-sharp.js';
import { OutputFolder } from '../io/node/output-folder.js';
import { ownedFiles } from '../io/node/owned-files.js';
import { infinityNamed, type Manifest } from '../results/manifest.js';
import { earlierFiles, isResultName, writeResults } from '../results/node/results.js';
import { finishedSlice, type SeriesSlice, seriesFiles, sliceFolder, writeSeries } from '../results/node/series.js';
import { meanOf } from '../results/series-report.js';
import { UserError } from '../tensor/errors.js';
import { Cancelled } from './errors.js';
import { cancellable } from './interrupt.js';
import { formatSeconds, ProgressLine } from './progress.js';
import type { Destination } from './run-and-report.js';
import { withTransferLine } from './transfer-line.js';

/** A series that was reconstructed as far as it could be. */
export interface FinishedSeries {
  readonly slices: readonly SeriesSlice[];
  readonly out: string;
  readonly notices: readonly string[];
}

/**
 * Reconstruct slices one after the other, prior and geometry compiled once. Each is written when it is done, so that the same command goes
 * on where it was stopped; one that cannot be read is left out, and told.
 * @throws UserError when the folder is in use, or cannot be written; Cancelled after Ctrl-C
 */
export async function runSeries(
  choice: SolverChoice,
  where: Destination,
  list: (prepared: PreparedChoice) => Promise<readonly Slice[]>,
): Promise<FinishedSeries> {
  return cancellable(async (signal) => {
    await loadSharp();
    const prepared = await withTransferLine(signal, (loading) => prepareChoice(choice, loading));
    const slices = await list(prepared);
    const folder = await OutputFolder.open(where.out, {
      ...where,
      earlier: await ownedFiles(where.out, { file: 'series.json', field: 'series' }, seriesFiles),
      mayWrite: (name) => seriesFiles.some((own) => own === name),
    });
    const release = await takeLock(join(folder.path, '.series-lock'), {
      busy: (holder) => `Another run is at work in ${folder.given}${holder}. Wait for it, or name another folder with --out.`,
      elsewhere: 'Name another folder with --out.',
    });
    const tell = new SeriesProgress(prepared.using.title, slices.length);
    try {
      return await withLane(prepared, async (lane) => {
        const done: SeriesSlice[] = [];
        let scale: CtScale | undefined;
        for (const [k, slice] of slices.entries()) {
          if (signal.aborted) break;
          try {
            const { manifest, problem, again } = await oneSlice(slice, { prepared, lane, where, out: folder.path, tell, signal });
            scale ??= problem.scale;
            done.push({ name: slice.name, manifest });
            tell.finished(slice.name, manifest, again);
          } catch (error) {
            if (signal.aborted) break;
            if (!(error instanceof UserError)) throw error;
            done.push({ name: slice.name, failed: error.message });
            tell.failed(slice.name, error.message);
          }
          if (k + 1 === slices.length)
            await writeSeries(folder, { title: `${slices.length} slices by ${prepared.using.title}`, slices: done, scale });
        }
        if (signal.aborted)
          throw new Cancelled(
            `Cancelled. ${done.filter((slice) => 'manifest' in slice).length} of ${slices.length} slices are in ${folder.given}: the same command goes on from there.`,
          );
        return { slices: done, out: folder.given, notices: tell.notices };
      });
    } finally {
      tell.stop();
      await release();
    }
  });
}

interface SliceRun {
  readonly prepared: PreparedChoice;
  readonly lane: Lane;
  readonly where: Destination;
  readonly out: string;
  readonly tell: SeriesProgress;
  readonly signal: AbortSignal;
}

async function oneSlice(
  slice: Slice,
  { prepared, lane, where, out, tell, signal }: SliceRun,
): Promise<{ manifest: Manifest; problem: TaskProblem; again: boolean }> {
  const source = await slice.open();
  for (const notice of source.notices ?? []) tell.note(slice.name, notice);
  const problem = await measureProblem(prepared, source.measure, lane.runtime);
  const path = sliceFolder(out, slice.name);
  const there = await finishedSlice(path, prepared, problem);
  if (there !== undefined) return { manifest: there, problem, again: true };
  const folder = await OutputFolder.open(path, {
    inputs: where.inputs,
    force: where.force,
    earlier: await earlierFiles(path),
    mayWrite: isResultName,
  });
  try {
    const run = await reconstructProblem(prepared, problem, lane, {
      signal,
      onStep: (step, baseline) => tell.update(slice.name, step, baseline),
      onNotice: (notice) => tell.note(slice.name, notice),
      onWarning: (warning) => tell.note(slice.name, warning, 'Warning'),
    });
    return { manifest: await writeResults(folder, run, prepared, source), problem, again: false };
  } catch (error) {
    await folder.abandon();
    throw error;
  }
}

/** What a series tells while it runs, on standard error: a line for each slice, each notice once, and a progress line. */
class SeriesProgress {
  private readonly line: ProgressLine;
  private readonly started = performance.now();
  private readonly told = new Map<string, string>();
  private done = 0;
  private made = 0;

  constructor(
    private readonly title: string,
    private readonly total: number,
  ) {
    this.line = new ProgressLine(title);
  }

  get notices(): string[] {
    return [...this.told.values()];
  }

  update(name: string, step: Parameters<ProgressLine['update']>[0], baseline: string | undefined): void {
    this.line.update(step, `${name}, ${baseline ?? this.title}`);
  }

  /** What holds for all slices is told once. */
  note(name: string, notice: string, kind = 'Note'): void {
    // without the name of its file it is the same for all
    const key = notice
      .split(' ')
      .filter((word) => !word.includes(name))
      .join(' ');
    if (this.told.has(key)) return;
    this.told.set(key, notice);
    this.line.say(`${kind} (${name}): ${notice}`);
  }

  finished(name: string, { result }: Manifest, again: boolean): void {
    this.done++;
    if (!again) this.made++;
    const figures = [result.psnr === undefined ? '' : `${result.psnr.toFixed(2)} dB, `, `${result.seconds.toFixed(1)} s`].join('');
    this.line.say(`[${this.done}/${this.total}] ${name}: ${again ? 'is there already' : figures}${this.left()}`);
  }

  failed(name: string, message: string): void {
    this.done++;
    this.line.say(`[${this.done}/${this.total}] ${name} FAILED: ${message}`);
  }

  stop(): void {
    this.line.stop();
  }

  private left(): string {
    if (this.made === 0 || this.done === this.total) return '';
    const seconds = ((performance.now() - this.started) / 1000 / this.made) * (this.total - this.done);
    return `; about ${formatSeconds(seconds)} left`;
  }
}

/** Means, what is missing and where to look: for people, or as the object that `--json` prints. @returns the exit code */
export function printSeries({ slices, out, notices }: FinishedSeries, json: boolean | undefined): number {
  const results = slices.flatMap((slice) => ('manifest' in slice ? [slice.manifest.result] : []));
  const failed = slices.flatMap((slice) => ('failed' in slice ? [slice] : []));
  const means = {
    psnr: meanOf(results.map(({ psnr }) => psnr)),
    ssim: meanOf(results.map(({ ssim }) => ssim)),
    soft: meanOf(results.map(({ hu }) => hu?.soft)),
    seconds: meanOf(results.map(({ seconds }) => seconds)),
  };
  if (json)
    process.stdout.write(`${JSON.stringify({ slices: slices.map(lineOf), means, failed: failed.length, notices, out }, infinityNamed)}\n`);
  else {
    const figures = [
      means.psnr === undefined ? [] : [`${means.psnr.toFixed(2)} dB`],
      means.ssim === undefined ? [] : [`SSIM ${means.ssim.toFixed(4)}`],
      means.soft === undefined ? [] : [`${means.soft.toFixed(1)} HU in soft tissue`],
      means.seconds === undefined ? [] : [`${means.seconds.toFixed(1)} s`],
    ].flat();
    process.stdout.write(
      [
        `${results.length} of ${slices.length} slices${figures.length > 0 ? `; in the mean ${figures.join(', ')}` : ''}`,
        ...failed.map(({ name, failed: why }) => `${name} is missing: ${why}`),
        `Look at ${out}/report.html; a slice's own results are in ${out}/slices`,
        '',
      ].join('\n'),
    );
  }
  return failed.length > 0 ? 1 : 0;
}

function lineOf(slice: SeriesSlice): Record<string, unknown> {
  if ('failed' in slice) return { name: slice.name, error: slice.failed };
  const { psnr, ssim, hu, residual, seconds } = slice.manifest.result;
  return { name: slice.name, psnr: psnr ?? null, ssim: ssim ?? null, ...(hu && { hu }), residual, seconds };
}
