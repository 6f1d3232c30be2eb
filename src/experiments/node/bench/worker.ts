import { setTimeout as wait } from 'node:timers/promises';
import { availableCores } from '../../../runtime/node/index.js';
import { Desk, type Taken } from './desk.js';
import { objectStore } from './object-store.js';
import { connectRedis } from './redis.js';
import type { Trade } from './trade.js';

export interface WorkerOptions {
  readonly url: string;
  readonly objects?: string;
  /** Jobs side by side (1), of whatever kind. */
  readonly workers?: number;
  readonly threads?: number;
  /** Ends when there was nothing to do for so many seconds; by default never. */
  readonly idle?: number;
  /** A worker that was not heard of for so long in ms has died: its job goes to another (30000). */
  readonly lock?: number;
  readonly onNotice?: (notice: string) => void;
  /** Of each job that is over: a line for people. */
  readonly onEnd?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** A worker that ends says so within this time. */
const TELL_WITHIN_MS = 5000;

/** Who has nothing to do asks for work so often. */
const ASK_MS = 250;

/**
 * Takes jobs from the queues of all trades in turn, so that none waits for the end of another's, until aborted. What it holds when it is
 * killed goes to another worker.
 * @throws UserError when Redis cannot be reached or the password is wrong
 */
// biome-ignore lint/suspicious/noExplicitAny: each trade has its own data
export async function work(options: WorkerOptions, trades: readonly Trade<any, any>[]): Promise<void> {
  const { workers = 1, threads = Math.max(1, Math.floor(availableCores() / workers)), idle, lock = 30_000 } = options;
  const server = await connectRedis(options.url, options.onNotice);
  const tools = { redis: server.redis, store: objectStore(server.redis, options.objects), threads };
  const desks = trades.map((trade) => new Desk(trade, tools, lock, server));
  const stop = new AbortController();
  const end = () => stop.abort(options.signal?.reason ?? new Error('the worker ends'));
  options.signal?.addEventListener('abort', end, { once: true });
  if (options.signal?.aborted) end();

  const busy = new Set<Promise<void>>();
  let since = performance.now();
  let turn = 0;
  const take = async (): Promise<Taken | undefined> => {
    for (const _ of desks) {
      const taken = await desks[turn++ % desks.length].take();
      if (taken) return taken;
    }
    return undefined;
  };
  const begin = (taken: Taken): void => {
    const done = taken
      .work(stop.signal)
      .then((line) => options.onEnd?.(line))
      .finally(() => {
        busy.delete(done);
        since = performance.now();
      });
    busy.add(done);
  };
  const watch = setInterval(() => {
    if (idle !== undefined && busy.size === 0 && performance.now() - since > 1000 * idle) end();
  }, 200);

  let asked: Promise<Taken | undefined> = Promise.resolve(undefined);
  try {
    while (!stop.signal.aborted) {
      if (busy.size >= workers) {
        await unlessAborted(Promise.race(busy), stop.signal);
        continue;
      }
      // a Redis that comes back answers at first that it is not ready
      asked = take().catch(() => undefined);
      const taken = await unlessAborted(asked, stop.signal);
      if (stop.signal.aborted) break;
      asked = Promise.resolve(undefined);
      if (taken) begin(taken);
      else await unlessAborted(wait(ASK_MS), stop.signal);
    }
  } finally {
    clearInterval(watch);
    options.signal?.removeEventListener('abort', end);
    end();
    const last = asked.then((taken) => taken?.giveBack());
    // a Redis that is away cannot be told of the end
    const goodbye = Promise.allSettled([last, ...busy]).then(() => Promise.allSettled(desks.map((desk) => desk.close())));
    await Promise.race([goodbye, wait(TELL_WITHIN_MS)]);
    server.close();
  }
}

/** What a promise gives, or undefined when aborted before, at once. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(undefined);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
