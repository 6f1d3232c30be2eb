import type { TissueErrors } from '../../metrics/index.js';
import type { Device } from '../../runtime/index.js';
import type { Counts } from '../../solvers/index.js';
import type { OptionValues } from '../../solvers/methods/index.js';
import { sha256 } from '../hash.js';

/** What ends a run before the method does: its last clean estimate is the result then. */
export interface Budget {
  readonly seconds?: number;
  /** Evaluations of the denoiser, gradients through it counted as well. */
  readonly network?: number;
}

/** A method with all that decides its result. */
export interface Contender {
  readonly method: string;
  readonly preset: string;
  /** Every one of them. */
  readonly options: OptionValues;
  readonly prior?: { readonly name: string; readonly path: string; readonly sha256: string };
  /** Reconstructions whose mean is the result. */
  readonly samples: number;
  readonly budget?: Budget;
}

/** One reconstruction of a bench. It says all that another machine needs, but the problem itself, whose hash it gives. */
export interface RunSpec {
  /** Of what decides the result: the same id stands for the same result, another setting has another. */
  readonly id: string;
  /** SHA-256 of the packed problem. */
  readonly problem: string;
  readonly contender: Contender;
  readonly seed: number;
  readonly device: Device;
}

/** Where in the tables a run stands. */
export interface PlannedRun extends RunSpec {
  /** Of images and task. */
  readonly table: string;
  readonly column: string;
  readonly image: string;
  /** Of an ablation: what was varied, and the value here. */
  readonly varied?: Readonly<Record<string, unknown>>;
}

/** A finished run, as it is kept. */
export interface RunRecord {
  readonly id: string;
  readonly psnr?: number;
  readonly ssim?: number;
  /** Of images large enough for it. */
  readonly msSsim?: number;
  readonly haarPsi?: number;
  /** Root mean square error in HU by tissue of the truth. */
  readonly hu?: TissueErrors;
  /** ||A x - y||^2 / m over sigma^2; without noise the first alone. */
  readonly residual: number;
  readonly counts: Counts;
  readonly seconds: number;
  /** Of a process that ran this method alone. */
  readonly peakMemoryMB: number;
  readonly threads: number;
  readonly versions: Readonly<Record<string, string>>;
  /** SHA-256 of the float32 values of the image. */
  readonly image: string;
}

/** The id of a run: results of another method, option, prior, measurement, seed, device or version have another. */
export async function runId(spec: Omit<RunSpec, 'id'>, version: string): Promise<string> {
  const { problem, contender, seed, device } = spec;
  const { method, preset, options, prior, samples, budget } = contender;
  const decisive = [version, problem, method, preset, options, prior?.sha256 ?? null, samples, budget ?? null, seed, device];
  return (await sha256(new TextEncoder().encode(JSON.stringify(decisive)))).slice(0, 24);
}
