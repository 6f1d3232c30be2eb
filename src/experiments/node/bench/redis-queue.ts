import { setTimeout as wait } from 'node:timers/promises';
import { type Job, Queue, QueueEvents } from 'bullmq';
import { npyTensor, parseNpy } from '../../../io/index.js';
import type { PlannedRun, RunRecord, RunSpec } from '../../bench/run-spec.js';
import { type ObjectStore, objectStore, objects } from './object-store.js';
import type { QueueListener, RunQueue } from './queue.js';
import { connectRedis, PREFIX, QUEUE } from './redis.js';
import type { RunProgress } from './runner-messages.js';

export interface RedisQueueOptions {
  readonly url: string;
  /** A folder that all machines see, for problems and images; by default they go through Redis. */
  readonly objects?: string;
}

/** Every so often what no event told of is looked for. */
const SWEEP_MS = 5000;

/** A Redis that is away is not waited for at the end. */
const FAREWELL_MS = 3000;

type Problem = (run: PlannedRun) => Promise<Uint8Array>;

/**
 * Workers on any number of machines, by BullMQ. A job is named by its run's id, so that none is there twice; its result leaves Redis when
 * it is on disk here. A job that Redis has lost is put again.
 */
export class RedisQueue implements RunQueue {
  constructor(private readonly options: RedisQueueOptions) {}

  async runAll(runs: readonly PlannedRun[], problem: Problem, listener: QueueListener, signal?: AbortSignal): Promise<void> {
    const server = await connectRedis(this.options.url, listener.onNotice);
    const connection = server.redis;
    const queue = new Queue<RunSpec, RunRecord>(QUEUE, { connection, prefix: PREFIX });
    const events = new QueueEvents(QUEUE, { connection: server.another(), prefix: PREFIX });
    queue.on('error', () => {}); // the connection tells
    events.on('error', () => {});
    const store = objectStore(connection, this.options.objects);
    try {
      await new Collection(runs, queue, store, problem, listener).collect(events, signal);
    } finally {
      await Promise.race([Promise.allSettled([events.close(), queue.close()]), wait(FAREWELL_MS)]);
      server.close();
    }
  }
}

/** The runs of one bench that are out. */
class Collection {
  private readonly out: Map<string, PlannedRun>;
  private readonly sent = new Set<string>();

  constructor(
    runs: readonly PlannedRun[],
    private readonly queue: Queue<RunSpec, RunRecord>,
    private readonly store: ObjectStore,
    private readonly problem: Problem,
    private readonly listener: QueueListener,
  ) {
    this.out = new Map(runs.map((run) => [run.id, run]));
  }

  async collect(events: QueueEvents, signal?: AbortSignal): Promise<void> {
    // told of by events, taken one after another, whatever the order they come in
    const told = new Set<string>();
    let wake = () => {};
    const hear = ({ jobId }: { jobId: string }): void => {
      if (!this.out.has(jobId)) return;
      told.add(jobId);
      wake();
    };
    events.on('completed', hear);
    events.on('failed', hear);
    events.on('progress', ({ jobId, data }) => {
      const run = this.out.get(jobId);
      if (run !== undefined) this.listener.onProgress?.(run, data as unknown as RunProgress);
    });
    // with a Redis that is away nothing comes to an end of itself
    const aborted = new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true }));
    aborted.catch(() => {});
    const stop = (): void => wake();
    signal?.addEventListener('abort', stop);
    let sweep = Number.NEGATIVE_INFINITY;
    try {
      while (this.out.size > 0) {
        signal?.throwIfAborted();
        const began = performance.now();
        const all = began > sweep;
        if (all) for (const id of this.out.keys()) told.add(id);
        for (const id of told) {
          signal?.throwIfAborted();
          told.delete(id);
          await Promise.race([this.settle(id), aborted]);
        }
        // looking at every run takes no more than a tenth of the time, however many there are
        if (all) sweep = performance.now() + Math.max(SWEEP_MS, 10 * (performance.now() - began));
        if (this.out.size === 0) break;
        await new Promise<void>((resolve) => {
          wake = resolve;
          setTimeout(resolve, SWEEP_MS);
        });
      }
    } catch (error) {
      await Promise.race([this.withdraw(), wait(FAREWELL_MS)]);
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  /** Takes a run's result where there is one, and puts the run where there is none. */
  private async settle(id: string): Promise<void> {
    const run = this.out.get(id);
    if (run === undefined) return;
    const job = await this.queue.getJob(id);
    const state = job === undefined ? 'unknown' : await job.getState();
    if (job !== undefined && state === 'completed') await this.take(run, job);
    else if (job !== undefined && state === 'failed') {
      await job.remove();
      // what failed in an earlier bench is tried again
      if (!this.sent.has(id)) return this.send(run);
      this.out.delete(id);
      this.listener.onFailed(run, { message: job.failedReason, expected: true });
    } else if (state === 'unknown') await this.send(run);
    else this.sent.add(id);
  }

  private async take(run: PlannedRun, job: Job<RunSpec, RunRecord>): Promise<void> {
    const bytes = await this.store.get(objects.image(run.id));
    if (bytes === undefined) {
      // Redis came back without it
      await job.remove();
      return this.send(run);
    }
    await this.listener.onDone(run, { record: job.returnvalue, image: npyTensor(parseNpy(bytes, `the image of run ${run.id}`)) });
    this.out.delete(run.id);
    await job.remove();
    await this.store.remove(objects.image(run.id));
  }

  private async send(run: PlannedRun): Promise<void> {
    const key = objects.problem(run.problem);
    if ((await this.store.get(key)) === undefined) await this.store.put(key, await this.problem(run));
    const { id, problem, contender, seed, device } = run;
    // one that a process could not hold is tried once more, on another machine perhaps
    await this.queue.add('run', { id, problem, contender, seed, device }, { jobId: id, attempts: 2 });
    this.sent.add(id);
  }

  /** Of a bench that was stopped nothing more is begun. */
  private async withdraw(): Promise<void> {
    for (const id of this.out.keys()) {
      const job = await this.queue.getJob(id).catch(() => undefined);
      await job?.remove().catch(() => {}); // one that a worker has goes on: its result waits for the bench
    }
  }
}
