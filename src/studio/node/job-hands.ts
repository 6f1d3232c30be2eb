import type { JobRequest } from '../api.js';
import type { InputFile, InputName, JobOutcome, JobProgress } from './job-work.js';

/** A job for whoever does it. */
export interface JobOrder {
  readonly id: string;
  readonly request: JobRequest;
  /** The folder that the results shall lie in: there is none before. */
  readonly out: string;
  /** What the job reads, by the names of the request. @throws Refusal when a file is gone */
  inputs(): Promise<Readonly<Partial<Record<InputName, InputFile>>>>;
}

/** What is heard of a job that is out. */
export interface JobListener {
  /** Somebody is at work on it; again where it was lost meanwhile. */
  onBegun(): void;
  onProgress(progress: JobProgress): void;
  /** Whoever did it is gone, and it waits for another. @param reason a sentence's end, as in "its worker was lost" */
  onLost(reason: string): void;
}

/** Those who do jobs: processes of this machine, or workers anywhere. */
export interface JobHands {
  /** So many jobs may be out at once. */
  readonly places: number;
  /** Processes of this machine that do jobs, or wait for one. */
  readonly processes: readonly number[];
  /**
   * Does one job. Where the one of that id is out already, given by a studio that was ended, its result is that one's.
   * @throws UserError when the job says so; ProcessEnded when it may go well another time; the signal's reason when aborted, at once
   */
  run(order: JobOrder, listener: JobListener, signal: AbortSignal): Promise<JobOutcome>;
  close(): Promise<void>;
}

/** Why a job is stopped by the studio. One that is closing leaves it to those who do it, where they outlive it. */
export class Stop extends Error {
  constructor(readonly why: 'cancelled' | 'overtime' | 'closing') {
    super(why);
  }
}
