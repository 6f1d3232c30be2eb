import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../tensor/errors.js';

/** Why a piece of work came to nothing. */
export interface WorkFailure {
  readonly message: string;
  /** Whether the user can put it right, as with a prior that is missing. */
  readonly expected: boolean;
}

/** What a process of a {@link ProcessRunner} sends back: progress any number of times, then a result or a failure. */
export type WorkReply<P, R> = { readonly progress: P } | { readonly result: R } | { readonly failure: WorkFailure };

/** A process ended in the middle of its work: killed, for its memory perhaps. The same work may go well another time. */
export class ProcessEnded extends Error {
  override readonly name = 'ProcessEnded';
}

/** Has one piece of work at a time done by a process of its own, which is started when it is needed. */
export class ProcessRunner<W, P, R> {
  private child: ChildProcess | undefined;

  /** @param file of the process; built, as it runs outside of what runs this: see {@link builtFile} */
  constructor(private readonly file: string) {}

  /** The id of the process, while there is one. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Starts the process before there is work for it. */
  start(): void {
    if (this.child !== undefined) return;
    const child = fork(this.file, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.child = child;
    // one that ends while it has nothing to do is forgotten
    const forget = () => {
      if (this.child === child) this.child = undefined;
    };
    child.once('exit', forget).once('error', forget);
  }

  /**
   * @throws UserError when the work says so; {@link ProcessEnded} when its process ended; the signal's reason when aborted, at once
   */
  async run(work: W, onProgress?: (progress: P) => void, signal?: AbortSignal): Promise<R> {
    signal?.throwIfAborted();
    this.start();
    const child = this.child as ChildProcess;
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        child.off('message', hear).off('exit', ended).off('error', failed);
        signal?.removeEventListener('abort', stop);
        settle();
      };
      const hear = (reply: WorkReply<P, R>) => {
        if ('result' in reply) end(() => resolve(reply.result));
        else if ('failure' in reply) end(() => reject(errorOf(reply.failure)));
        else onProgress?.(reply.progress);
      };
      const failed = (error: Error) => {
        this.close();
        end(() => reject(error));
      };
      const ended = (code: number | null, by: string | null) =>
        failed(
          new ProcessEnded(
            `its process ended ${by ? `by ${by}${by === 'SIGKILL' ? ', perhaps for want of memory' : ''}` : `with code ${code}`}`,
          ),
        );
      const stop = () => {
        this.close();
        end(() => reject(signal?.reason));
      };
      child.on('message', hear).once('exit', ended).once('error', failed);
      signal?.addEventListener('abort', stop, { once: true });
      // one that ended cannot be written to: that it ended is told by `exit`
      child.send(work as object, (error) => error && child.exitCode === null && child.signalCode === null && failed(error));
    });
  }

  close(): void {
    this.child?.removeAllListeners('exit');
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }
}

export function explainFailure(error: unknown): WorkFailure {
  return { message: error instanceof Error ? error.message : String(error), expected: error instanceof UserError };
}

function errorOf({ message, expected }: WorkFailure): Error {
  return expected ? new UserError(message) : new Error(message);
}

/**
 * Does what a {@link ProcessRunner} asks of this process, which ends with the process that started it.
 * @param work does one piece; what it throws is the failure
 */
export function serveWork<W, P, R>(work: (request: W, onProgress: (progress: P) => void) => Promise<R>): void {
  const send = (reply: WorkReply<P, R>) => new Promise<void>((resolve) => process.send?.(reply, () => resolve()));
  process.on('disconnect', () => process.exit(0));
  // Ctrl-C reaches every process of a terminal; the parent decides what becomes of this one
  process.on('SIGINT', () => {});
  process.on('message', async (request: W) => {
    try {
      await send({ result: await work(request, (progress) => void send({ progress })) });
    } catch (error) {
      await send({ failure: explainFailure(error) });
    }
  });
}

/** The built file of a source beside `source`, also where that one is not built (in tests). @throws UserError when there is none */
export function builtFile(name: string, source: string): string {
  const file = fileURLToPath(new URL(name, source.endsWith('.ts') ? source.replace('/src/', '/dist/') : source));
  if (!existsSync(file)) throw new UserError(`The file ${file} is missing; run "npm run build" first.`);
  return file;
}
