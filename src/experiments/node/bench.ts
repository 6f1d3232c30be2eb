import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../../io/node/index.js';
import type { TissueErrors } from '../../metrics/index.js';
import type { AnyPrior } from '../../priors/index.js';
import type { Runtime } from '../../runtime/index.js';
import { CompiledGraphs } from '../../solvers/index.js';
import { defaultPreset, findMethod, resolveOptions } from '../../solvers/methods/index.js';
import { Random } from '../../tensor/random.js';
import { hashTensor } from '../hash.js';
import { pose } from '../pose.js';
import type { TaskProblem } from '../problem.js';
import { solve } from '../solve.js';
import { peakMemoryMB } from './run.js';

/** A method with its settings as a column of a bench: `resample fast`, `cgls`. */
export interface Contender {
  readonly method: string;
  readonly preset?: string;
  /** For methods that need one. */
  readonly prior?: { readonly prior: AnyPrior; readonly sha256: string };
  readonly set?: Readonly<Record<string, unknown>>;
  /** What tells it from another column of the same method and preset. */
  readonly label?: string;
  /** Reconstructions whose mean is the result (1). */
  readonly samples?: number;
}

/** One reconstruction of a bench, as its JSON-lines file keeps it. */
export interface BenchResult {
  readonly image: string;
  readonly method: string;
  /** Hash of the measurement: rows of one image must agree in it. */
  readonly measurement: string;
  /** Hash of method, options and prior: a result of other settings is not taken for this one. */
  readonly settings: string;
  readonly psnr?: number;
  readonly ssim?: number;
  /** Root mean square error in HU by tissue of the truth. */
  readonly hu?: TissueErrors;
  readonly residualRatio: number;
  readonly seconds: number;
  readonly peakMemoryMB?: number;
  readonly counts: Readonly<Record<string, number>>;
}

export interface BenchImage {
  readonly name: string;
  problem(): Promise<TaskProblem>;
}

export interface BenchOptions {
  readonly runtime: Runtime;
  readonly seed: number;
  /** Folder of results.jsonl and summary.json. */
  readonly out: string;
  readonly onResult?: (result: BenchResult, fresh: boolean) => void;
}

/**
 * Every contender on every image, the same measurement for all. Results are kept one a line as they come; what is
 * there already, with the same measurement and settings, is not computed again.
 */
export async function runBench(
  images: readonly BenchImage[],
  contenders: readonly Contender[],
  options: BenchOptions,
): Promise<BenchResult[]> {
  const { runtime, out, onResult } = options;
  await mkdir(out, { recursive: true });
  const file = join(out, 'results.jsonl');
  const known = await readResults(file);
  const results: BenchResult[] = [];
  let graphs = new CompiledGraphs(runtime);
  let operator: object | undefined;
  for (const image of images) {
    const problem = await image.problem();
    const measurement = await hashTensor(problem.y);
    // compiled graphs serve as long as the operator stays; those of one that is gone would only fill memory
    if (operator !== undefined && operator !== problem.operator) {
      await graphs.dispose();
      graphs = new CompiledGraphs(runtime);
    }
    operator = problem.operator;
    for (const contender of contenders) {
      const method = findMethod(contender.method);
      const { samples = 1, prior } = contender;
      const preset = contender.preset ?? defaultPreset(method, prior?.prior);
      const values = resolveOptions(method, preset, contender.set, method.needs.prior ? prior?.prior : undefined);
      const settings = JSON.stringify([
        method.name,
        values,
        method.needs.prior ? prior?.sha256 : null,
        options.seed,
        ...(samples > 1 ? [samples] : []),
      ]);
      const name = `${method.name}${preset === 'default' ? '' : ` ${preset}`}${samples > 1 ? ` x${samples}` : ''}${contender.label ? ` ${contender.label}` : ''}`;
      const same = (r: BenchResult) =>
        r.image === image.name && r.method === name && r.measurement === measurement && r.settings === settings;
      let result = known.find(same);
      const fresh = result === undefined;
      if (result === undefined) {
        const seeded = new Random(options.seed);
        const target = method.needs.prior && prior ? pose(problem, prior.prior) : { problem };
        const {
          psnr,
          ssim,
          hu,
          residual,
          seconds,
          counts,
          peakMemoryMB: peak,
        } = await solve(
          target,
          { method, preset, options: values, samples },
          {
            peakMemoryMB,
            truth: problem.truth,
            lanes: [{ runtime, graphs }],
            random: (stream) => seeded.fork(stream),
          },
        );
        const residualRatio = residual / problem.sigma ** 2;
        result = {
          image: image.name,
          method: name,
          measurement,
          settings,
          psnr,
          ssim,
          hu,
          residualRatio,
          seconds,
          peakMemoryMB: peak,
          counts: { ...counts },
        };
        await appendFile(file, `${JSON.stringify(result)}\n`);
      }
      results.push(result);
      onResult?.(result, fresh);
    }
  }
  await graphs.dispose();
  await writeAtomically(join(out, 'summary.json'), `${JSON.stringify(summarise(results), null, 2)}\n`);
  return results;
}

/** A half line, left by a kill, is passed over: that result is computed again. */
async function readResults(file: string): Promise<BenchResult[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  if (text !== '' && !text.endsWith('\n')) await appendFile(file, '\n');
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as BenchResult];
    } catch {
      return [];
    }
  });
}

export interface Statistics {
  readonly mean: number;
  readonly std: number;
}

export interface Summary {
  readonly method: string;
  readonly images: number;
  readonly psnr?: Statistics;
  readonly ssim?: Statistics;
  /** HU, where the truth is soft tissue. */
  readonly soft?: Statistics;
  readonly residualRatio: Statistics;
  readonly seconds: Statistics;
  readonly decoderGradients: Statistics;
  readonly network: Statistics;
  readonly networkGradients: Statistics;
  readonly memory: Statistics;
}

/** Mean and standard deviation by method, in the order of first appearance. */
export function summarise(results: readonly BenchResult[]): Summary[] {
  return [...new Set(results.map((r) => r.method))].map((method) => {
    const rows = results.filter((r) => r.method === method);
    const of = (value: (r: BenchResult) => number | undefined): Statistics => statistics(rows.map(value).filter((v) => v !== undefined));
    const known = rows.every((r) => r.psnr !== undefined);
    return {
      method,
      images: rows.length,
      ...(known && { psnr: of((r) => r.psnr), ssim: of((r) => r.ssim) }),
      ...(rows.every((r) => r.hu?.soft !== undefined) && { soft: of((r) => r.hu?.soft) }),
      residualRatio: of((r) => r.residualRatio),
      seconds: of((r) => r.seconds),
      decoderGradients: of((r) => r.counts.decoderGradients),
      network: of((r) => r.counts.network),
      networkGradients: of((r) => r.counts.networkGradients ?? 0), // results of earlier versions have none
      memory: of((r) => r.peakMemoryMB),
    };
  });
}

function statistics(values: readonly number[]): Statistics {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return { mean, std: Math.sqrt(variance) };
}

/** The summary as a table in Markdown. */
export function summaryTable(summaries: readonly Summary[]): string {
  const cell = (s: Statistics | undefined, digits: number) =>
    s === undefined ? '' : `${s.mean.toFixed(digits)} ± ${s.std.toFixed(digits)}`;
  return [
    '| method | n | PSNR, dB | SSIM | soft tissue, HU | residual / sigma^2 | seconds | network | its gradients | decoder gradients | memory, MB |',
    '|---|---|---|---|---|---|---|---|---|---|---|',
    ...summaries.map(
      (s) =>
        `| ${s.method} | ${s.images} | ${cell(s.psnr, 2)} | ${cell(s.ssim, 4)} | ${cell(s.soft, 1)} | ${cell(s.residualRatio, 3)} | ${cell(s.seconds, 1)} | ${s.network.mean.toFixed(1)} | ${s.networkGradients.mean.toFixed(1)} | ${s.decoderGradients.mean.toFixed(1)} | ${s.memory.mean.toFixed(0)} |`,
    ),
  ].join('\n');
}
