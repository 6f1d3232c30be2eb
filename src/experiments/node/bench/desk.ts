import { randomUUID } from 'node:crypto';
import { type Job, UnrecoverableError, Worker } from 'bullmq';
import { UserError } from '../../../tensor/errors.js';
import { PREFIX, type RedisServer } from './redis.js';
import type { Hand, Trade, TradeTools } from './trade.js';

/** The lock of a job is renewed so often: who has lost it, because the job was withdrawn or given to another, stops so soon. */
const BEAT_MS = 1000;

/** A job that this worker has. */
export interface Taken {
  /** Does it, and says in Redis what came of it. @returns a line for people */
  work(stop: AbortSignal): Promise<string>;
  /** As if it had not been taken: another worker has it next. */
  giveBack(): Promise<void>;
}

/** Where one kind of job comes in. */
export class Desk<D, R> {
  private readonly worker: Worker<D, R>;
  private readonly free: Hand<D, R>[] = [];

  /** @param lock a worker that was not heard of for so many milliseconds has died */
  constructor(
    private readonly trade: Trade<D, R>,
    private readonly tools: TradeTools,
    private readonly lock: number,
    server: RedisServer,
  ) {
    this.worker = new Worker<D, R>(trade.queue, undefined, {
      connection: server.another(),
      prefix: PREFIX,
      autorun: false,
      lockDuration: lock,
      stalledInterval: lock / 2,
      maxStalledCount: trade.mostLost,
    });
    this.worker.on('error', () => {}); // the connection tells
    void this.worker.startStalledCheckTimer();
  }

  /** The job that waits longest, if there is one. */
  async take(): Promise<Taken | undefined> {
    const token = randomUUID();
    const job = (await this.worker.getNextJob(token, { block: false })) as Job<D, R> | undefined;
    if (job === undefined) return undefined;
    return { work: (stop) => this.work(job, token, stop), giveBack: () => giveBack(job, token) };
  }

  async close(): Promise<void> {
    for (const hand of this.free) hand.close();
    await this.worker.close(true);
  }

  private async work(job: Job<D, R>, token: string, stop: AbortSignal): Promise<string> {
    const name = this.trade.nameOf(job.data);
    const hand = this.free.pop() ?? this.trade.hire(this.tools);
    const lost = new AbortController();
    const stopBeating = this.beat(job, token, lost);
    try {
      // of one that was lost too often BullMQ leaves the end to whoever takes it next
      if (job.deferredFailure) throw new UnrecoverableError(job.deferredFailure);
      const result = await hand.work(job, AbortSignal.any([stop, lost.signal]));
      lost.signal.throwIfAborted();
      await job.moveToCompleted(result, token, false);
      return `${name}: ${this.trade.told(job.data, result)}`;
    } catch (error) {
      if (!lost.signal.aborted && !stop.aborted && (await fail(job, token, error as Error)))
        return `${name} FAILED: ${(error as Error).message}`;
      await hand.discard?.(job).catch(() => {});
      if (stop.aborted) await giveBack(job, token);
      return `${name}: ${stop.aborted ? 'given back' : 'was withdrawn, or given to another'}`;
    } finally {
      stopBeating();
      if (stop.aborted) hand.close();
      else this.free.push(hand);
    }
  }

  private beat(job: Job<D, R>, token: string, lost: AbortController): () => void {
    let asked = false;
    const timer = setInterval(
      async () => {
        if (asked) return;
        asked = true;
        // a Redis that is away has taken nothing from us
        const held = await job.extendLock(token, this.lock).catch(() => 1);
        if (!held) lost.abort(new Error("the job is another one's"));
        asked = false;
      },
      Math.min(BEAT_MS, this.lock / 4),
    );
    return () => clearInterval(timer);
  }
}

/** What the user must put right is no better for being tried again. @returns whether the job was ours to fail */
function fail(job: Job, token: string, error: Error): Promise<boolean> {
  const final = error instanceof UserError ? new UnrecoverableError(error.message) : error;
  return job.moveToFailed(final, token, false).then(
    () => true,
    () => false,
  );
}

async function giveBack(job: Job, token: string): Promise<void> {
  await job.moveToWait(token).catch(() => {});
}
