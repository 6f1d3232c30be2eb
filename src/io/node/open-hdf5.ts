import { UserError } from '../../tensor/errors.js';
import { bytesTouched, type Hdf5Reader, hdf5Damaged, PIECE } from '../arrays/hdf5-reader.js';
import { printable } from '../printable.js';
import { type Hdf5Reply, type Hdf5Request, Hdf5Thread, ThreadEnded } from './hdf5-thread.js';

/** A sound file takes far less, on a slow disk too. */
const MINUTE = 60_000;
/** More is none to a timer. */
const LONGEST_MS = 2 ** 31 - 1;
/** A thread waits so long for a next file. */
const KEPT_MS = 5000;

export interface OpenHdf5Options {
  /** Time of a description, and of {@link PIECE} bytes that are unpacked: a file that takes longer counts as damaged. A minute. */
  readonly limitMs?: number;
  /** Starts the thread of a file, for tests. */
  readonly start?: () => Promise<Hdf5Thread>;
}

/** An HDF5 file, read by the library in a thread that sees nothing but this file, and ends with it. @param name its path */
export async function openHdf5(name: string, { limitMs = MINUTE, start = takeThread }: OpenHdf5Options = {}): Promise<Hdf5Reader> {
  const thread = await start();
  let last: Promise<unknown> = Promise.resolve();
  const askNow = async (what: string, request: Hdf5Request, limit: number): Promise<Hdf5Reply> => {
    try {
      const reply = await thread.ask(request, limit);
      if (reply.failure?.expected) throw new UserError(reply.failure.message);
      if (reply.failure) throw new Error(reply.failure.message);
      return reply;
    } catch (error) {
      throw error instanceof ThreadEnded ? hdf5Damaged(name, what, error.message, error) : error;
    }
  };
  /** One after another: the time of each is its own. */
  const ask = (what: string, request: Hdf5Request, limit = limitMs): Promise<Hdf5Reply> => {
    const turn = last.then(() => askNow(what, request, limit));
    last = turn.catch(() => {});
    return turn;
  };
  return {
    describe: async (matlab) => (await ask('its groups', { ask: 'describe', name, matlab })).contents!,
    async read(array, start, count) {
      const limit = Math.min(limitMs * Math.max(1, bytesTouched(array, start, count) / PIECE), LONGEST_MS);
      return (await ask(`"${printable(array.path)}"`, { ask: 'read', array, start, count }, limit)).numbers!;
    },
    async close() {
      await last;
      const closed = thread.ended ? undefined : await ask('it', { ask: 'close' }).catch(() => undefined);
      if (closed?.reusable) await keep(thread);
      else await thread.end();
    },
  };
}

/** The thread of a file that was closed, for a short while: the slices of a volume are read one by one. */
let kept: { readonly thread: Hdf5Thread; readonly timer: NodeJS.Timeout } | undefined;

async function takeThread(): Promise<Hdf5Thread> {
  const taken = kept;
  kept = undefined;
  clearTimeout(taken?.timer);
  return taken && !taken.thread.ended ? taken.thread : Hdf5Thread.start();
}

async function keep(thread: Hdf5Thread): Promise<void> {
  if (kept !== undefined) return thread.end();
  const timer = setTimeout(() => {
    kept = undefined;
    void thread.end();
  }, KEPT_MS);
  timer.unref();
  kept = { thread, timer };
}
