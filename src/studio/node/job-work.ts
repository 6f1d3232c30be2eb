import type { JobRequest, JobResult } from '../api.js';

export type { JobProgress } from '../api.js';

/* What the server and the processes of its jobs say to one another. */

export const inputNames = ['image', 'measurement', 'mask', 'kernel', 'from'] as const;
export type InputName = (typeof inputNames)[number];

/** An upload that a job reads. */
export interface InputFile {
  readonly path: string;
  /** What the user calls it. */
  readonly name: string;
  readonly kind: 'picture' | 'numbers';
}

export interface JobWork {
  readonly request: JobRequest;
  readonly inputs: Readonly<Partial<Record<InputName, InputFile>>>;
  /** The folder of the results. */
  readonly out: string;
  readonly threads: number;
  /** Of a job that came from another machine. */
  readonly remote?: {
    /** Goes with the process, also where the worker that made it is killed. */
    readonly folder: string;
    /** Where that has the prior, and what it must be. */
    readonly prior?: { readonly path: string; readonly sha256: string };
  };
}

export interface JobOutcome {
  readonly result: JobResult;
  readonly warnings: readonly string[];
}
