import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../../tensor/errors.js';
import type { RunSpec } from '../../bench/run-spec.js';
import type { RunOutcome } from './execute.js';
import type { RunnerReply, RunProgress } from './runner-messages.js';

export interface RunnerOptions {
  /** Of one operation. */
  readonly threads?: number;
}

/** Runs one run at a time, in a process of its own that lives as long as the method stays the same. */
export class Runner {
  private child: ChildProcess | undefined;
  private method = '';

  constructor(private readonly options: RunnerOptions = {}) {}

  /**
   * @throws UserError when the run says so; Error when its process ended, killed for its memory perhaps; the signal's reason when aborted,
   * at once
   */
  async run(spec: RunSpec, problem: Uint8Array, onStep?: (progress: RunProgress) => void, signal?: AbortSignal): Promise<RunOutcome> {
    signal?.throwIfAborted();
    const { method, preset, prior, samples } = spec.contender;
    const key = JSON.stringify([method, preset, prior?.sha256, samples, spec.device]);
    if (key !== this.method) this.close();
    this.method = key;
    this.child ??= fork(processFile(), { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const { child } = this;
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        child.off('message', hear).off('exit', ended).off('error', failed);
        signal?.removeEventListener('abort', stop);
        settle();
      };
      const hear = (reply: RunnerReply) => {
        if ('record' in reply) end(() => resolve(reply));
        else if ('failure' in reply) end(() => reject(errorOf(reply.failure)));
        else onStep?.(reply);
      };
      const failed = (error: Error) => {
        this.close();
        end(() => reject(error));
      };
      const ended = (code: number | null, by: string | null) =>
        failed(
          new Error(`its process ended ${by ? `by ${by}${by === 'SIGKILL' ? ', perhaps for want of memory' : ''}` : `with code ${code}`}`),
        );
      const stop = () => {
        this.close();
        end(() => reject(signal?.reason));
      };
      child.on('message', hear).once('exit', ended).once('error', failed);
      signal?.addEventListener('abort', stop, { once: true });
      child.send({ spec, problem, threads: this.options.threads }, (error) => error && failed(error));
    });
  }

  close(): void {
    this.child?.removeAllListeners('exit');
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }
}

function errorOf({ message, expected }: { message: string; expected: boolean }): Error {
  return expected ? new UserError(message) : new Error(message);
}

/** Built, as it runs outside of what runs this. */
function processFile(): string {
  const source = import.meta.url;
  const file = new URL('./run-process.js', source.endsWith('.ts') ? source.replace('/src/', '/dist/') : source);
  if (!existsSync(file)) throw new UserError(`The file ${fileURLToPath(file)} is missing; run "npm run build" first.`);
  return fileURLToPath(file);
}
