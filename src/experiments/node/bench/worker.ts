import { setTimeout as wait } from 'node:timers/promises';
import { type Job, UnrecoverableError, Worker } from 'bullmq';
import { formatNpy } from '../../../io/index.js';
import { availableCores } from '../../../runtime/node/index.js';
import { UserError } from '../../../tensor/errors.js';
import type { RunRecord, RunSpec } from '../../bench/run-spec.js';
import { objectStore, objects } from './object-store.js';
import { connectRedis, PREFIX, QUEUE } from './redis.js';
import { Runner } from './runner.js';

export interface WorkerOptions {
  readonly url: string;
  readonly objects?: string;
  /** Runs side by side (1). */
  readonly workers?: number;
  readonly threads?: number;
  /** Ends when there was nothing to do for so many seconds; by default never. */
  readonly idle?: number;
  /** A worker that was not heard of for so long in ms has died: its run goes to another (30000). */
  readonly lock?: number;
  readonly onNotice?: (notice: string) => void;
  readonly onDone?: (spec: RunSpec, record: RunRecord) => void;
  readonly onFailed?: (spec: RunSpec, reason: string) => void;
  readonly signal?: AbortSignal;
}

/** A worker that ends says so within this time. */
const TELL_WITHIN_MS = 5000;

/** Progress goes through Redis no more often than this. */
const TELL_MS = 2000;

/**
 * Takes runs from the queue, one after another, until aborted. What it holds when it is killed goes to another worker.
 * @throws UserError when Redis cannot be reached or the password is wrong
 */
export async function work(options: WorkerOptions): Promise<void> {
  const { workers = 1, threads = Math.max(1, Math.floor(availableCores() / workers)), idle, lock = 30_000, signal } = options;
  const server = await connectRedis(options.url, options.onNotice);
  const connection = server.redis;
  const store = objectStore(connection, options.objects);
  const free = Array.from({ length: workers }, () => new Runner({ threads }));
  let busy = 0;
  let since = performance.now();

  const process = async (job: Job<RunSpec, RunRecord>): Promise<RunRecord> => {
    const runner = free.pop() as Runner;
    busy++;
    let told = performance.now();
    try {
      const problem = await store.get(objects.problem(job.data.problem));
      if (problem === undefined)
        throw new Error(`its problem ${job.data.problem.slice(0, 12)} is not in the store; do bench and worker have the same --objects?`);
      const { record, image } = await runner.run(
        job.data,
        problem,
        (progress) => {
          if (performance.now() - told < TELL_MS) return;
          told = performance.now();
          job.updateProgress({ ...progress }).catch(() => {});
        },
        signal,
      );
      await store.put(objects.image(job.data.id), formatNpy(image));
      return record;
    } catch (error) {
      // what the user must put right is no better for being tried again
      if (error instanceof UserError) throw new UnrecoverableError(error.message);
      throw error;
    } finally {
      free.push(runner);
      busy--;
      since = performance.now();
    }
  };

  const worker = new Worker<RunSpec, RunRecord>(QUEUE, process, {
    connection: server.another(),
    prefix: PREFIX,
    concurrency: workers,
    lockDuration: lock,
    stalledInterval: lock / 2,
    maxStalledCount: 10,
  });
  worker.on('error', () => {}); // the connection tells
  worker.on('completed', ({ data }, record) => options.onDone?.(data, record));
  worker.on('failed', (job, { message }) => job && options.onFailed?.(job.data, message));
  let watch: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve) => {
      signal?.addEventListener('abort', () => resolve(), { once: true });
      if (signal?.aborted) resolve();
      if (idle !== undefined) watch = setInterval(() => busy === 0 && performance.now() - since > 1000 * idle && resolve(), 200);
    });
  } finally {
    clearInterval(watch);
    for (const runner of free) runner.close();
    // a Redis that is away cannot be told of the end
    await Promise.race([worker.close(signal?.aborted).catch(() => {}), wait(TELL_WITHIN_MS)]);
    server.close();
  }
}
