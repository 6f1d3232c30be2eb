import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ProcessEnded } from '../../experiments/node/process-runner.js';
import type { JobEvent, JobRequest, JobView, Limits } from '../api.js';
import { checkRequest } from '../check-request.js';
import { EventLog } from '../event-log.js';
import type { Stored, StudioJobs } from '../parts.js';
import { notThere, Refusal, refusalOf } from '../refusal.js';
import { Allowance } from './allowance.js';
import type { FileStore } from './file-store.js';
import { newId } from './ids.js';
import { type JobHands, Stop } from './job-hands.js';
import type { JobState, JobStore, StoredJob } from './job-store.js';
import { type InputFile, type InputName, inputNames, type JobOutcome, type JobProgress } from './job-work.js';
import { JobQueue } from './queue.js';

export interface JobsOptions {
  readonly limits: Limits;
  /** Names that requests may use. */
  readonly priors: readonly string[];
  /** Hears what is nobody's fault but the program's. */
  readonly onFault?: (error: unknown) => void;
}

/** A job whose process died is tried again so many times. */
const RETRIES = 2;
/** Logs of so many jobs that are over are kept for readers who come back. */
const KEPT_LOGS = 500;

/** A job that is not over. */
interface Active extends Omit<StoredJob, 'state'> {
  state: JobState;
  readonly sequence: number;
  readonly log: EventLog;
  readonly stop: AbortController;
  readonly allowance: Allowance;
  /** What is being written down of it, one after another. */
  saved: Promise<void>;
  progress?: JobView['progress'];
}

/** All jobs: who waits, what is out, and what came of it. */
export class Jobs implements StudioJobs {
  private readonly queue: JobQueue<Active>;
  private readonly active = new Map<string, Active>();
  private readonly logs = new Map<string, EventLog>();
  private free: number;
  private readonly epoch = Date.now().toString(36);
  private sequence = Date.now() * 1000;
  private closing = false;
  /** How jobs ended that could not be written down, on a full disk. */
  private readonly unsaved = new Map<string, JobState>();
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: JobStore,
    private readonly files: FileStore,
    private readonly hands: JobHands,
    private readonly options: JobsOptions,
  ) {
    this.queue = new JobQueue(options.limits);
    this.free = hands.places;
    files.inUse = (user, id) =>
      [...this.active.values()].some((job) => job.user === user && inputNames.some((name) => job.request[name] === id));
  }

  /** Puts what waited or ran when the server last ended back on the queue, in its order. @returns how many */
  async resume(): Promise<number> {
    const left = await this.store.unfinished();
    for (const job of left) this.enter({ ...job, state: { ...job.state, status: 'queued', started: undefined } });
    this.pump();
    return left.length;
  }

  submit(user: string, wish: JobRequest): Promise<JobView> {
    // one after another: who comes first is served first, and no two take the last place
    const mine = this.turn.then(() => this.accept(user, wish));
    this.turn = mine.catch(() => {});
    return mine;
  }

  async list(user: string, most: number): Promise<JobView[]> {
    const stored = await this.store.list(user, most);
    return Promise.all(stored.map(async (job) => this.view(this.active.get(job.id) ?? (await this.settled(job)))));
  }

  async find(user: string, id: string): Promise<JobView> {
    return this.view(await this.lookUp(user, id));
  }

  async remove(user: string, id: string): Promise<JobView | undefined> {
    const job = await this.lookUp(user, id);
    const active = this.active.get(id);
    if (active === undefined) {
      await this.store.remove(user, id);
      this.unsaved.delete(id);
      this.logs.delete(id);
      return undefined;
    }
    active.stop.abort(new Stop('cancelled'));
    if (this.queue.withdraw(active)) await this.end(active, { status: 'cancelled' }, { type: 'cancelled' });
    return { ...this.view(active), status: 'cancelled', place: undefined, title: job.state.title };
  }

  /** Removes jobs that were over before a time, in milliseconds since 1970. */
  async expire(before: number): Promise<void> {
    for (const { user, id, state } of await this.store.olderThan(before)) {
      const over = Date.parse(state.finished ?? state.created);
      if (this.active.has(id) || over >= before) continue;
      await this.store.remove(user, id);
      this.unsaved.delete(id);
      this.logs.delete(id);
    }
  }

  async events(user: string, id: string): Promise<EventLog> {
    const { state } = await this.lookUp(user, id);
    const kept = this.logs.get(id);
    if (kept) return kept;
    const log = new EventLog('end');
    log.append(endOf(state));
    return log;
  }

  async result(user: string, id: string, name: string): Promise<Stored> {
    const { state } = await this.lookUp(user, id);
    // only what the run itself says it wrote: no name from outside becomes a path
    if (!state.result?.files.includes(name)) throw notThere('file');
    const path = join(this.store.result(user, id), name);
    const info = await stat(path).catch(() => undefined);
    if (!info?.isFile()) throw notThere('file');
    return { bytes: info.size, body: Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array> };
  }

  /** Stops at once; what waits and runs goes on when a server is started on the same folder. */
  close(): Promise<void> {
    this.closing = true;
    for (const { stop } of this.active.values()) stop.abort(new Stop('closing'));
    return this.hands.close();
  }

  /** Of this machine, that do jobs or wait for one. */
  get processes(): readonly number[] {
    return this.hands.processes;
  }

  private async accept(user: string, wish: JobRequest): Promise<JobView> {
    if (this.closing) throw new Refusal(503, 'The studio is being stopped.', 'Try again when it is up.');
    this.queue.admit(user);
    const named = await Promise.all(
      inputNames.map(async (name) => [name, wish[name] === undefined ? undefined : await this.files.find(user, wish[name])]),
    );
    const { request, title } = checkRequest(wish, Object.fromEntries(named), this.options);
    const created = new Date().toISOString();
    const state: JobState = { status: 'queued', title, sequence: ++this.sequence, created, restarts: 0, notices: [], warnings: [] };
    const job = { user, id: newId(), request, state };
    await this.store.create(job);
    const active = this.enter(job);
    this.pump();
    return this.view(active);
  }

  private async lookUp(user: string, id: string): Promise<Active | StoredJob> {
    const active = this.active.get(id);
    if (active?.user === user) return active;
    const job = active ? undefined : await this.store.read(user, id);
    if (job === undefined) throw notThere('job');
    return this.settled(job);
  }

  /** A job as it ended, also where that could not be written down; which is tried again. */
  private async settled(job: StoredJob): Promise<StoredJob> {
    const state = this.unsaved.get(job.id);
    if (state === undefined) return job;
    await this.store.save(job.user, job.id, state).then(
      () => this.unsaved.delete(job.id),
      () => {},
    );
    return { ...job, state };
  }

  private enter(stored: StoredJob): Active {
    const log = new EventLog(this.epoch);
    const stop = new AbortController();
    const allowance = new Allowance(this.options.limits.minutes * 60_000, () => stop.abort(new Stop('overtime')));
    const job: Active = { ...stored, sequence: stored.state.sequence, log, stop, allowance, saved: Promise.resolve() };
    this.active.set(job.id, job);
    this.logs.set(job.id, log);
    for (const id of this.logs.keys()) if (this.logs.size > KEPT_LOGS && !this.active.has(id)) this.logs.delete(id);
    this.queue.add(job);
    log.append({ type: 'queued', place: this.queue.places.indexOf(job) + 1 });
    return job;
  }

  private pump(): void {
    while (this.free > 0 && !this.closing) {
      const job = this.queue.take();
      if (job === undefined) return;
      this.free--;
      void this.run(job)
        .catch((error) => this.options.onFault?.(error))
        .finally(() => {
          this.queue.done(job);
          this.free++;
          this.pump();
        });
      this.tellPlaces();
    }
  }

  private async run(job: Active): Promise<void> {
    const { user, id, stop } = job;
    try {
      const { result, warnings } = await this.attempt(job);
      await this.end(job, { status: 'done', result, warnings }, { type: 'done' });
    } catch (error) {
      const why = stop.signal.reason instanceof Stop ? stop.signal.reason.why : undefined;
      if (why === 'closing') return;
      await rm(this.store.result(user, id), { recursive: true, force: true }).catch(() => {});
      if (why === 'cancelled') return await this.end(job, { status: 'cancelled' }, { type: 'cancelled' });
      const message =
        why === 'overtime'
          ? `It took longer than ${this.options.limits.minutes} minutes, the most that a job may. Choose a smaller image, or fewer steps.`
          : this.explain(error);
      await this.end(job, { status: 'failed', error: message }, { type: 'failed', message });
    } finally {
      job.allowance.pause();
    }
  }

  /** The run, again where its process died: that may have been another's doing. */
  private async attempt(job: Active): Promise<JobOutcome> {
    const { user, id, request, stop } = job;
    const order = { id, request, out: this.store.result(user, id), inputs: () => this.inputs(job) };
    const listener = {
      onBegun: () => this.begin(job),
      onProgress: (progress: JobProgress) => this.hear(job, progress),
      onLost: (reason: string) => this.lose(job, reason),
    };
    for (;;) {
      try {
        return await this.hands.run(order, listener, stop.signal);
      } catch (error) {
        if (!(error instanceof ProcessEnded) || stop.signal.aborted || job.state.restarts >= RETRIES) throw error;
        this.lose(job, error.message);
      }
    }
  }

  private async inputs({ user, request }: Active): Promise<Partial<Record<InputName, InputFile>>> {
    const inputs: Partial<Record<InputName, InputFile>> = {};
    for (const name of inputNames) {
      const file = request[name];
      if (file === undefined) continue;
      const { name: called, kind } = await this.files.find(user, file);
      inputs[name] = { path: this.files.path(user, file), name: called, kind };
    }
    return inputs;
  }

  private begin(job: Active): void {
    job.allowance.go();
    if (job.state.status === 'running') return;
    this.queue.begin(job);
    job.log.append({ type: 'started' });
    this.note(job, { status: 'running', started: new Date().toISOString() });
    this.tellPlaces();
  }

  private lose(job: Active, reason: string): void {
    job.allowance.pause();
    job.progress = undefined;
    this.note(job, { restarts: job.state.restarts + 1, notices: [], warnings: [] });
    job.log.append({ type: 'restarted', reason: `The run is started again: ${reason}.` });
  }

  private hear(job: Active, progress: JobProgress): void {
    if (progress.type === 'step') {
      const { type: _, estimate: __, ...shown } = progress;
      job.progress = shown;
    } else {
      const list = progress.type === 'notice' ? 'notices' : 'warnings';
      job.state = { ...job.state, [list]: [...job.state[list], progress.text] };
    }
    job.log.append(progress);
  }

  private save(job: Active, change: Partial<JobState>): Promise<void> {
    job.state = { ...job.state, ...change };
    const { user, id, state } = job;
    const saved = job.saved.then(() => this.store.save(user, id, state));
    job.saved = saved.catch(() => {});
    return saved;
  }

  /** What cannot be written down ends the job. */
  private note(job: Active, change: Partial<JobState>): void {
    this.save(job, change).catch((error) => job.stop.abort(error));
  }

  /** It is over, and whoever listens hears it, also where that cannot be written down. */
  private async end(job: Active, change: Partial<JobState>, event: JobEvent): Promise<void> {
    try {
      await this.save(job, { ...change, finished: new Date().toISOString() });
      job.log.append(event);
    } catch (error) {
      const message = this.explain(error);
      job.state = { ...job.state, status: 'failed', error: message, result: undefined };
      this.unsaved.set(job.id, job.state);
      job.log.append({ type: 'failed', message });
    } finally {
      this.active.delete(job.id);
      this.tellPlaces();
    }
  }

  private explain(error: unknown): string {
    const refusal = refusalOf(error);
    if (refusal) return [refusal.message, refusal.remedy].filter((text) => text).join(' ');
    if (error instanceof ProcessEnded) return `Each time it was tried ${error.message}. Choose a smaller image, or another method.`;
    this.options.onFault?.(error);
    const text = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return `The run failed by a fault of the program: ${text.replace(/\.$/, '')}. Choose another method, or report it.`;
  }

  private tellPlaces(): void {
    this.queue.places.forEach((job, i) => {
      job.log.append({ type: 'queued', place: i + 1 });
    });
  }

  private view(job: Active | StoredJob): JobView {
    const { sequence: _, result, notices, warnings, ...state } = job.state;
    const place = this.queue.places.findIndex(({ id }) => id === job.id) + 1;
    return {
      id: job.id,
      request: job.request,
      ...state,
      notices: [...notices],
      warnings: [...warnings],
      result,
      ...(place > 0 && { place }),
      ...('progress' in job && { progress: job.progress }),
    };
  }
}

function endOf({ status, error }: JobState): JobEvent {
  if (status === 'done' || status === 'cancelled') return { type: status };
  return { type: 'failed', message: error ?? 'It came to no end.' };
}
