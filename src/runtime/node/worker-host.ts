import { Worker } from 'node:worker_threads';
import type { Tensor } from '../../tensor/tensor.js';
import type { Session, SessionHost, SessionModel } from '../session.js';
import { builtFile } from './built-file.js';
import type { EngineOptions } from './ort-host.js';

/** What the main thread asks of the worker. One question at a time: the runtime lets calls in one by one. */
export type Request =
  | { readonly ask: 'open'; readonly model: SessionModel }
  | { readonly ask: 'run'; readonly session: number; readonly feeds: Readonly<Record<string, Tensor>> }
  | { readonly ask: 'close'; readonly session: number }
  | { readonly ask: 'end' };

export interface Reply {
  readonly session?: number;
  readonly outputs?: Record<string, Tensor>;
  readonly error?: string;
}

/** Beside this file, and of its kind: TypeScript or JavaScript. */
const SESSION_WORKER = import.meta.url.replace(/worker-host(\.[jt]s)$/, 'session-worker$1');

/** A worker that was asked to end does so within this time. */
const END_WITHIN_MS = 2000;

/** ONNX Runtime's native engine in a worker thread: the event loop of this one stays free while it runs. */
export function workerHost(options: EngineOptions): SessionHost {
  const worker = new Worker(builtFile(SESSION_WORKER), { workerData: options });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  let failure: Error | undefined;
  let waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void } | undefined;
  const fail = (error: Error): void => {
    failure ??= error;
    waiting?.reject(failure);
  };
  worker.on('error', fail);
  worker.on('exit', (code) => fail(new Error(`the worker thread has ended (code ${code})`)));
  worker.on('message', (reply: Reply) => (reply.error === undefined ? waiting?.resolve(reply) : waiting?.reject(new Error(reply.error))));
  // An idle worker must not keep the process alive, as an idle session would not.
  worker.unref();

  async function ask(request: Request, transfer: readonly ArrayBufferLike[] = []): Promise<Reply> {
    if (failure !== undefined) throw failure;
    worker.ref();
    try {
      return await new Promise<Reply>((resolve, reject) => {
        waiting = { resolve, reject };
        worker.postMessage(request, transfer as ArrayBuffer[]);
      });
    } finally {
      waiting = undefined;
      worker.unref();
    }
  }

  return {
    async open(model): Promise<Session> {
      // the constants are copied: the graph keeps its own
      const { session } = await ask({ ask: 'open', model }, [model.bytes.buffer]);
      return {
        run: async (feeds) => {
          const copies = copyFeeds(feeds);
          const { outputs } = await ask(
            { ask: 'run', session: session!, feeds: copies },
            Object.values(copies).map(({ data }) => data.buffer),
          );
          return outputs!;
        },
        close: async () => void (await ask({ ask: 'close', session: session! })),
      };
    },
    async close() {
      if (failure !== undefined) return;
      await ask({ ask: 'end' });
      await awaitEnd(worker, exited);
    },
  };
}

/**
 * Wait until a worker that was asked to end has done so. Some engines never tell (Deno), and a worker may hang: after a while it is
 * ended for it, and nobody waits for ever.
 * @param exited resolves when it tells
 */
export async function awaitEnd(worker: Worker, exited: Promise<void>, withinMs = END_WITHIN_MS): Promise<void> {
  worker.ref();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, withinMs, 'late');
  });
  if ((await Promise.race([exited, late])) === 'late') void worker.terminate();
  clearTimeout(timer);
  worker.unref();
}

/** Transferring takes the memory away, and the caller keeps his feeds: so copies are sent. */
function copyFeeds(feeds: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(feeds).map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
}
