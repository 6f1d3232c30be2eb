import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { ObjectStore } from './object-store.js';

/** A kind of job that workers do: runs of benches, jobs of studios. */
export interface Trade<D, R> {
  /** The name of its queue in Redis. */
  readonly queue: string;
  /** So often a job may be lost with its worker until it is given up. */
  readonly mostLost: number;
  /** Somebody who does its jobs, one after another. */
  hire(tools: TradeTools): Hand<D, R>;
  /** What to call a job in lines for people. */
  nameOf(data: D): string;
  /** What came of one: the rest of a line. */
  told(data: D, result: R): string;
}

export interface TradeTools {
  readonly redis: Redis;
  readonly store: ObjectStore;
  readonly threads: number;
}

export interface Hand<D, R> {
  /** @throws the signal's reason when aborted; UserError for what is no better for being tried again */
  work(job: Job<D, R>, signal: AbortSignal): Promise<R>;
  /** Of a job whose result nobody takes, since it was withdrawn or is another's: removes what was handed over. */
  discard?(job: Job<D, R>): Promise<void>;
  close(): void;
}
