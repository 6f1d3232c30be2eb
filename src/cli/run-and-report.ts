import { type PreparedChoice, prepareChoice, type Run, runProblem, type SolverChoice } from '../experiments/node/run.js';
import type { Source } from '../experiments/node/sources/source.js';
import type { Outcome } from '../experiments/reconstruct.js';
import { notForDiagnosis } from '../experiments/warnings.js';
import { loadSharp } from '../io/node/load-sharp.js';
import { OutputFolder } from '../io/node/output-folder.js';
import { infinityNamed, type Manifest } from '../results/manifest.js';
import { earlierFiles, isResultName, writeResults } from '../results/node/results.js';
import { cancellable } from './interrupt.js';
import { ProgressLine } from './progress.js';
import { withTransferLine } from './transfer-line.js';

/** Where results go. */
export interface Destination {
  readonly out: string;
  /** Whether the folder takes a number where there is one of that name: the user named none. */
  readonly unique?: boolean;
  /** Files that the run reads, `undefined` for those not given. */
  readonly inputs: readonly string[];
  /** Whether files that no run wrote may be replaced. */
  readonly force?: boolean;
}

/** A finished run and where its files are. */
export interface Finished {
  readonly run: Run;
  readonly manifest: Manifest;
  readonly out: string;
  /** What the user was told on the way. */
  readonly notices: readonly string[];
  /** Warnings that were told on the way as well. */
  readonly told: ReadonlySet<string>;
}

/**
 * What the commands that reconstruct have in common: check everything, make sure of the output folder, compute under a progress
 * line that Ctrl-C stops, write all files. Whatever fails on the way leaves nothing behind.
 */
export async function runAndReport(
  choice: SolverChoice,
  where: Destination,
  open: (prepared: PreparedChoice) => Promise<Source>,
): Promise<Finished> {
  return cancellable(async (signal) => {
    await loadSharp(); // results are written as pictures
    const prepared = await withTransferLine(signal, (loading) => prepareChoice(choice, loading));
    const source = await open(prepared);
    const notices: string[] = [];
    const told = new Set<string>();
    const note = (notice: string) => {
      notices.push(notice);
      process.stderr.write(`Note: ${notice}\n`);
    };
    for (const notice of source.notices ?? []) note(notice);
    signal.throwIfAborted();
    const folder = await OutputFolder.open(where.out, {
      ...where,
      earlier: where.unique ? undefined : await earlierFiles(where.out),
      mayWrite: isResultName,
    });
    const progress = new ProgressLine(prepared.using.title);
    try {
      const run = await runProblem(prepared, (runtime, random) => source.measure(runtime, random), {
        signal,
        onStep: (step, baseline) => progress.update(step, baseline),
        onNotice: note,
        onWarning: (warning) => {
          told.add(warning);
          progress.say(`Warning: ${warning}`);
        },
      });
      progress.stop();
      return { run, manifest: await writeResults(folder, run, prepared, source), out: folder.given, notices, told };
    } catch (error) {
      await folder.abandon();
      throw error;
    } finally {
      progress.stop();
    }
  });
}

/** The object that `--json` prints; without a truth `psnr` and `ssim` are null; of an exact result `psnr` is "Infinity". */
export function jsonResult({ run, manifest, out, notices }: Finished): Record<string, unknown> {
  const { outcome, problem, baselines } = run;
  const figures = ({ psnr, ssim, hu, residual, seconds }: Outcome) => ({
    psnr: psnr ?? null,
    ssim: ssim ?? null,
    ...(hu && { hu }),
    residual,
    seconds,
  });
  const strongest = baselines.at(-1);
  return {
    method: manifest.method,
    task: manifest.task,
    ...figures(outcome),
    noise: problem.sigma ** 2,
    peakMemoryMB: outcome.peakMemoryMB,
    counts: outcome.counts,
    // a method that is itself the strongest baseline was not run twice
    baseline: strongest ? { method: strongest.method, ...figures(strongest) } : null,
    baselines: baselines.map((baseline) => ({ method: baseline.method, ...figures(baseline) })),
    ...(outcome.samples && { samples: outcome.samples.images.length, calibration: outcome.samples.calibration ?? null }),
    warnings: run.warnings,
    notices,
    out,
  };
}

/** A short table for people, and where to look. */
export function textResult({ run, manifest, out, told }: Finished): string {
  const { outcome, baselines, problem } = run;
  const noise = problem.sigma ** 2;
  const rows = [
    ['', 'PSNR dB', 'SSIM', ...(outcome.hu ? ['soft tissue HU'] : []), 'residual/noise', 'seconds'],
    ...baselines.map((baseline) => row(baseline.method, baseline, noise)),
    row(manifest.method, outcome, noise),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((cells) => cells[column].length)));
  const table = rows.map((cells) =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  '),
  );
  const { network, decoderGradients } = outcome.counts;
  const { samples } = outcome;
  return [
    ...table,
    '',
    ...(samples ? [`Mean of ${samples.images.length} samples; deviation.png shows their spread, which is not calibrated.`] : []),
    `${network} network evaluations, ${decoderGradients} decoder gradients, at most ${outcome.peakMemoryMB} MB of memory`,
    ...run.warnings.filter((text) => !told.has(text)).map((text) => `Warning: ${text}`),
    `Look at ${out}/report.html; run it again with: npx posteriori rerun ${out}/manifest.json`,
    ...(problem.scale ? [notForDiagnosis] : []),
    '',
  ].join('\n');
}

function row(name: string, { psnr, ssim, hu, residual, seconds }: Outcome, noise: number): string[] {
  return [
    name,
    psnr?.toFixed(2) ?? '-',
    ssim?.toFixed(4) ?? '-',
    ...(hu ? [hu.soft?.toFixed(1) ?? '-'] : []),
    noise > 0 ? (residual / noise).toFixed(3) : residual.toExponential(2),
    seconds.toFixed(1),
  ];
}

export function print(finished: Finished, json: boolean | undefined): void {
  process.stdout.write(json ? `${JSON.stringify(jsonResult(finished), infinityNamed)}\n` : textResult(finished));
}
