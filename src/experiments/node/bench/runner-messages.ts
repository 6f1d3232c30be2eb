import { UserError } from '../../../tensor/errors.js';
import type { Tensor } from '../../../tensor/tensor.js';
import type { RunRecord, RunSpec } from '../../bench/run-spec.js';

/* What a bench's processes say to one another. */

export interface RunnerRequest {
  readonly spec: RunSpec;
  /** Packed. */
  readonly problem: Uint8Array;
  readonly threads?: number;
}

export interface RunProgress {
  readonly step: number;
  readonly steps: number;
  readonly stage: string;
}

/** Why a run came to nothing. */
export interface RunFailure {
  readonly message: string;
  /** Whether the user can put it right, as with a prior that is missing. */
  readonly expected: boolean;
}

export type RunnerReply = RunProgress | { readonly record: RunRecord; readonly image: Tensor } | { readonly failure: RunFailure };

export function explainFailure(error: unknown): RunFailure {
  return { message: error instanceof Error ? error.message : String(error), expected: error instanceof UserError };
}
