import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { ObjectStore } from '../../../experiments/node/bench/object-store.js';
import { ProcessEnded } from '../../../experiments/node/process-runner.js';
import { UserError } from '../../../tensor/errors.js';
import type { JobListener, JobOrder } from '../job-hands.js';
import { inputNames, type JobOutcome } from '../job-work.js';
import { handOver } from './hand-over.js';
import { unpackFolder } from './packed-folder.js';
import {
  type Answer,
  answerSchema,
  jobObjects,
  KEPT_SECONDS,
  lockOf,
  otherVersion,
  type RemoteJob,
  saidSchema,
  stepSchema,
} from './words.js';

export interface ErrandTools {
  readonly queue: Queue<RemoteJob, Answer>;
  readonly redis: Redis;
  readonly store: ObjectStore;
  /** What a worker must have for a request. */
  prior(request: JobOrder['request']): Promise<RemoteJob['prior']>;
}

/** Every so often what no event told of is looked for. */
const SWEEP_MS = 5000;

/** One job that is out, by way of Redis: it is put there where it is not, followed, and its result taken. */
export class Errand {
  /** The take that is heard, and whether its worker is at work as far as is known. */
  private take = 0;
  private begun = false;
  private heard = 0;
  private over = false;
  private readonly noticed = new Set<string>();
  private wakeUp = () => {};
  private woken = false;
  private looking: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly order: JobOrder,
    private readonly listener: JobListener,
    private readonly tools: ErrandTools,
  ) {}

  /** Whether a worker has it. */
  get isBegun(): boolean {
    return this.begun;
  }

  /**
   * @param first takes turns with others, so that they come to the queue in their order
   * @throws ProcessEnded, UserError or Error as the worker says; the signal's reason when aborted, at once
   */
  async outcome(signal: AbortSignal, first: <T>(look: () => Promise<T>) => Promise<T>): Promise<JobOutcome> {
    const look = () => (this.over ? Promise.resolve(undefined) : this.look());
    let found = await this.unlessAborted(first(look), signal);
    while (found === undefined) {
      await this.sleep(signal);
      signal.throwIfAborted();
      found = await this.unlessAborted(look(), signal);
    }
    return found;
  }

  /** Something has happened. */
  wake(): void {
    this.woken = true;
    this.wakeUp();
  }

  hearStep(message: string): void {
    const data = stepOf(message);
    if (data === undefined || this.over) return;
    if (data.take > this.take) this.begin(data.take);
    if (data.take === this.take && this.begun) this.listener.onProgress(data.step);
  }

  /** Of the way to the workers, each thing once. @param after what must have been told before */
  notice(text: string, after?: string): void {
    if (this.over || this.noticed.has(text) || (after !== undefined && !this.noticed.has(after))) return;
    this.noticed.add(text);
    this.listener.onProgress({ type: 'notice', text });
  }

  /** Nothing more is heard, or put on the queue. */
  stop(): void {
    this.over = true;
  }

  /** Takes away all that Redis and store have of it; a worker that is at work on it notices. */
  async withdraw(): Promise<void> {
    this.stop();
    await this.looking.catch(() => {});
    const { queue, redis, store } = this.tools;
    const { id } = this.order;
    let takes = this.take;
    for (let attempt = 0; attempt < 3; attempt++) {
      await redis.del(lockOf(id));
      const job = await queue.getJob(id);
      if (job === undefined) break;
      takes = Math.max(takes, job.attemptsStarted);
      // it may have been taken at this very moment
      await job.remove().catch(() => wait(50));
    }
    for (const name of inputNames) if (this.order.request[name] !== undefined) await store.remove(jobObjects.input(id, name));
    for (let take = 1; take <= takes; take++) await store.remove(jobObjects.result(id, take));
  }

  /** Takes the result where there is one, and puts the job where there is none. */
  private async look(): Promise<JobOutcome | undefined> {
    this.woken = false;
    const { queue } = this.tools;
    const { id } = this.order;
    // the state first: what is read after it is no older
    const state = await queue.getJobState(id);
    const job = state === 'unknown' ? undefined : await queue.getJob(id);
    if (job === undefined) return this.send();
    if (state === 'failed') throw failureOf(job);
    if (state !== 'active' && state !== 'completed') {
      this.lose('its worker was stopped, or lost');
      return undefined;
    }
    this.hear(job);
    return state === 'completed' ? this.takeResult(job.returnvalue) : undefined;
  }

  private hear({ progress, attemptsStarted }: Job): void {
    const { data } = saidSchema.safeParse(progress);
    if (this.over || data === undefined || data.take !== attemptsStarted || data.take < this.take) return;
    if (data.take > this.take) this.begin(data.take);
    if (!this.begun) return;
    for (const progress of data.said.slice(this.heard)) this.listener.onProgress(progress);
    this.heard = Math.max(this.heard, data.said.length);
  }

  private begin(take: number): void {
    this.lose('its worker was stopped, or lost');
    this.take = take;
    this.begun = true;
    this.heard = 0;
    this.listener.onBegun();
  }

  private lose(reason: string): void {
    if (!this.begun || this.over) return;
    this.begun = false;
    this.listener.onLost(reason);
  }

  private async send(): Promise<undefined> {
    this.lose('the queue has lost it');
    this.take = 0;
    const { queue, store, prior } = this.tools;
    const { id, request } = this.order;
    const files = await this.order.inputs();
    const inputs: RemoteJob['inputs'] = {};
    for (const name of inputNames) {
      const file = files[name];
      if (file === undefined) continue;
      inputs[name] = { name: file.name, kind: file.kind };
      await handOver(store, jobObjects.input(id, name), await readFile(file.path), 'studio');
    }
    const data: RemoteJob = { id, request, inputs, prior: await prior(request) };
    const keep = { age: KEPT_SECONDS };
    if (!this.over) await queue.add('job', data, { jobId: id, removeOnComplete: keep, removeOnFail: keep });
  }

  private async takeResult(returned: unknown): Promise<JobOutcome> {
    const { data: answer } = answerSchema.safeParse(returned);
    if (answer === undefined) throw new UserError(otherVersion);
    if ('failure' in answer) {
      if (answer.failure === 'ended') throw new ProcessEnded(answer.message);
      throw answer.failure === 'user' ? new UserError(answer.message) : new Error(answer.message);
    }
    const { result, warnings, take } = answer;
    const bytes = await this.tools.store.get(jobObjects.result(this.order.id, take));
    // Redis came back without it
    if (bytes === undefined) throw new ProcessEnded('its result was lost on the way');
    await unpackFolder(bytes, result.files, this.order.out, () => !this.over);
    return { result, warnings };
  }

  private sleep(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, SWEEP_MS);
      signal.addEventListener('abort', done, { once: true });
      this.wakeUp = done;
      if (this.woken || signal.aborted) done();
    });
  }

  /** With a Redis that is away nothing comes to an end of itself. */
  private unlessAborted<T>(looking: Promise<T>, signal: AbortSignal): Promise<T> {
    this.looking = looking;
    return new Promise((resolve, reject) => {
      const stop = () => reject(signal.reason);
      if (signal.aborted) stop();
      signal.addEventListener('abort', stop, { once: true });
      looking.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    });
  }
}

function stepOf(message: string): ReturnType<typeof stepSchema.parse> | undefined {
  try {
    return stepSchema.parse(JSON.parse(message));
  } catch {
    return undefined;
  }
}

/** A worker answers also where the job fails: without an answer the worker has failed, or was lost too often. */
function failureOf({ failedReason }: Job): Error {
  return /stalled/.test(failedReason) ? new ProcessEnded('its worker was lost') : new Error(failedReason);
}
