import { setTimeout as wait } from 'node:timers/promises';
import { Queue, QueueEvents } from 'bullmq';
import { type ObjectStore, objectStore } from '../../../experiments/node/bench/object-store.js';
import { connectRedis, PREFIX, type RedisServer } from '../../../experiments/node/bench/redis.js';
import { hashFiles } from '../../../io/node/hash-files.js';
import { ensureWritableFolder } from '../../../io/node/index.js';
import { findPrior, pathsOf } from '../../../priors/node/find-prior.js';
import { findMethod } from '../../../solvers/methods/index.js';
import type { JobRequest } from '../../api.js';
import { type JobHands, type JobListener, type JobOrder, Stop } from '../job-hands.js';
import type { JobOutcome } from '../job-work.js';
import { Errand } from './errand.js';
import { type Answer, type RemoteJob, STUDIO_QUEUE, stepChannel } from './words.js';

export interface RedisHandsOptions {
  readonly url: string;
  /** A folder that all machines see, for images and results; by default they go through Redis. */
  readonly objects?: string;
  /** Jobs that are out at once: as many as there may be workers. */
  readonly places: number;
  readonly onNotice?: (notice: string) => void;
}

/** A Redis that is away is not waited for at the end. */
const FAREWELL_MS = 3000;
/** After so long a job says that no worker takes any. */
const UNTAKEN_MS = 15_000;

const words = {
  away: 'The studio cannot reach its workers. The job goes on when it can.',
  back: 'The studio reaches its workers again.',
  untaken: 'No worker has taken it yet. Whoever runs the studio may have to start one (posteriori worker).',
};

/** Workers on any number of machines, by BullMQ: they do what is out in the order in which it was given. */
export class RedisHands implements JobHands {
  readonly processes: readonly number[] = [];
  private readonly errands = new Map<string, Errand>();
  private readonly farewells = new Set<Promise<void>>();
  private readonly queue: Queue<RemoteJob, Answer>;
  private readonly events: QueueEvents;
  private readonly steps: ReturnType<RedisServer['another']>;
  private readonly store: ObjectStore;
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly server: RedisServer,
    objects: string | undefined,
    readonly places: number,
  ) {
    this.store = objectStore(server.redis, objects);
    this.queue = new Queue(STUDIO_QUEUE, { connection: server.redis, prefix: PREFIX });
    this.events = new QueueEvents(STUDIO_QUEUE, { connection: server.another(), prefix: PREFIX });
    this.steps = server.another();
    this.queue.on('error', () => {}); // the connection tells
    this.events.on('error', () => {});
    const wake = ({ jobId }: { readonly jobId: string }) => this.errands.get(jobId)?.wake();
    for (const event of ['completed', 'failed', 'progress', 'stalled', 'waiting', 'removed'] as const) this.events.on(event, wake);
    this.steps.on('message', (channel: string, message: string) =>
      this.errands.get(channel.split(':').at(-1) as string)?.hearStep(message),
    );
  }

  /** @throws UserError when there is no Redis, the password is wrong, or the folder cannot be written */
  static async open({ url, objects, places, onNotice }: RedisHandsOptions): Promise<RedisHands> {
    const tell = (notice: string, away: boolean) => {
      onNotice?.(notice);
      for (const errand of hands.errands.values()) {
        if (away) errand.notice(words.away);
        else errand.notice(words.back, words.away);
      }
    };
    if (objects !== undefined) await ensureWritableFolder(objects);
    const hands: RedisHands = new RedisHands(await connectRedis(url, tell), objects, places);
    return hands;
  }

  async run(order: JobOrder, listener: JobListener, signal: AbortSignal): Promise<JobOutcome> {
    const errand = new Errand(order, listener, { queue: this.queue, redis: this.server.redis, store: this.store, prior: priorOf });
    this.errands.set(order.id, errand);
    const channel = stepChannel(order.id);
    this.steps.subscribe(channel).catch(() => {});
    const untaken = setInterval(() => this.noWorker && errand.notice(words.untaken), UNTAKEN_MS);
    let again = false;
    try {
      return await errand.outcome(signal, (look) => this.inTurn(look));
    } catch (error) {
      again = !signal.aborted;
      throw error;
    } finally {
      clearInterval(untaken);
      errand.stop();
      this.errands.delete(order.id);
      this.steps.unsubscribe(channel).catch(() => {});
      // a studio that is closing leaves its jobs to the workers: it takes the results when it is started again
      const leave = signal.reason instanceof Stop && signal.reason.why === 'closing';
      const gone = leave ? Promise.resolve() : this.withdraw(errand);
      // before it is put there once more; a Redis that is away is waited for by whoever cancels it no longer
      if (again) await Promise.race([gone, new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))]);
    }
  }

  async close(): Promise<void> {
    const goodbye = Promise.allSettled([...this.farewells]).then(() => Promise.allSettled([this.events.close(), this.queue.close()]));
    await Promise.race([goodbye, wait(FAREWELL_MS)]);
    this.server.close();
  }

  /** Whether none of this studio's jobs is being done. */
  private get noWorker(): boolean {
    return ![...this.errands.values()].some(({ isBegun }) => isBegun);
  }

  /** One after another, in the order in which they are asked. */
  private inTurn<T>(look: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(look);
    this.turn = mine.catch(() => {});
    return mine;
  }

  private withdraw(errand: Errand): Promise<void> {
    const gone = errand
      .withdraw()
      .catch(() => {})
      .finally(() => this.farewells.delete(gone));
    this.farewells.add(gone);
    return gone;
  }
}

/** What a worker must have: by its absolute path, and its hash. */
async function priorOf({ method, prior }: JobRequest): Promise<RemoteJob['prior']> {
  if (prior === undefined || !findMethod(method).needs.prior) return undefined;
  const found = await findPrior(prior);
  return { path: found.path, sha256: await hashFiles(pathsOf(found)) };
}
