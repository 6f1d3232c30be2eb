import { Worker } from 'node:worker_threads';
import { builtFile } from '../../runtime/node/built-file.js';
import { awaitEnd } from '../../runtime/node/worker-host.js';
import { STOPPED } from '../arrays/hdf5-library.js';
import type { Hdf5Array, Hdf5Contents } from '../arrays/hdf5-reader.js';
import type { Numbers } from '../number-types.js';

/** What is asked of the thread, one at a time. */
export type Hdf5Request =
  | { readonly ask: 'load' }
  | { readonly ask: 'describe'; readonly name: string; readonly matlab: boolean }
  | { readonly ask: 'read'; readonly array: Hdf5Array; readonly start: readonly number[]; readonly count: readonly number[] }
  | { readonly ask: 'close' };

export interface Hdf5Reply {
  readonly contents?: Hdf5Contents;
  readonly numbers?: Numbers;
  /** Of closing: whether the library is as it was before the file, so that another may follow. */
  readonly reusable?: boolean;
  readonly failure?: { readonly message: string; readonly expected: boolean };
  /** Of a failure: the library cannot go on. */
  readonly stopped?: boolean;
}

/** The thread has ended, or was ended; the message is the reason, for a sentence. */
export class ThreadEnded extends Error {
  override readonly name = 'ThreadEnded';
}

/** Beside this file, and of its kind: TypeScript or JavaScript. */
const WORKER = import.meta.url.replace(/hdf5-thread(\.[jt]s)$/, 'hdf5-worker$1');

/** A thread with the HDF5 library in it, for one file at a time. It can be ended whatever it does, and never keeps the process alive. */
export class Hdf5Thread {
  private readonly worker: Worker;
  private waiting: { resolve(reply: Hdf5Reply): void; reject(error: Error): void } | undefined;
  private over: ThreadEnded | undefined;

  private constructor(file: URL) {
    // what the library prints when it stops is said in the error; the streams are not read either: that would keep the process alive
    // flags of this process may not fit it, as `--input-type`
    this.worker = new Worker(file, { stdout: true, stderr: true, execArgv: [] });
    const fail = (cause?: unknown) => {
      this.over ??= new ThreadEnded(STOPPED, { cause });
      this.waiting?.reject(this.over);
    };
    this.worker.on('error', fail).on('exit', fail);
    this.worker.on('message', (reply: Hdf5Reply) => this.waiting?.resolve(reply));
    this.worker.unref();
  }

  /**
   * @param file of the thread, for tests
   * @throws Error when the library cannot be loaded
   */
  static async start(file: URL = builtFile(WORKER)): Promise<Hdf5Thread> {
    const thread = new Hdf5Thread(file);
    // which depends on no file, so that its time is not limited
    const reason = await thread.ask({ ask: 'load' }).then(
      ({ failure }) => failure?.message,
      ({ cause }) => String(cause),
    );
    if (reason === undefined) return thread;
    await thread.end();
    throw new Error(`the HDF5 library cannot be loaded: ${reason}`);
  }

  get ended(): boolean {
    return this.over !== undefined;
  }

  /**
   * @param limitMs after which the thread is ended
   * @throws {@link ThreadEnded}
   */
  async ask(request: Hdf5Request, limitMs?: number): Promise<Hdf5Reply> {
    if (this.over !== undefined) throw this.over;
    let timer: NodeJS.Timeout | undefined;
    let reply: Hdf5Reply;
    this.worker.ref();
    try {
      reply = await new Promise<Hdf5Reply>((resolve, reject) => {
        const mine = { resolve, reject };
        this.waiting = mine;
        this.worker.postMessage(request);
        const late = () => this.waiting === mine && void this.end('the library that reads it did not come to an end');
        // an answer that came while this thread was busy is heard first
        if (limitMs !== undefined) timer = setTimeout(() => setImmediate(late), limitMs);
      });
    } finally {
      this.waiting = undefined;
      clearTimeout(timer);
      this.worker.unref();
    }
    if (reply.stopped) await this.end(STOPPED);
    return reply;
  }

  /** @param reason what is said of requests under way and to come */
  async end(reason = STOPPED): Promise<void> {
    if (this.over === undefined) {
      this.over = new ThreadEnded(reason);
      this.waiting?.reject(this.over);
    }
    await awaitEnd(
      this.worker,
      this.worker.terminate().then(() => {}),
    );
  }
}
