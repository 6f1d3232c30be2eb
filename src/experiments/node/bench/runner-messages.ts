import type { RunSpec } from '../../bench/run-spec.js';

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
