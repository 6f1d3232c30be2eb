import { Worker } from 'node:worker_threads';
import type { Job, Workers } from '../jobs.js';
import { builtFile } from './built-file.js';

/** What a thread is told: to do parts of a job until none is left. */
export interface JobOrder {
  readonly module: string;
  readonly name: string;
  readonly args: unknown;
  readonly parts: number;
  /** One number, shared: the next part that nobody has taken. */
  readonly next: Int32Array;
}

export interface JobReply {
  readonly error?: string;
}

/** Worker threads for jobs, started with the first. The event loop of the calling thread stays free. */
export class JobPool implements Workers {
  private workers: Worker[] = [];
  private last: Promise<void> = Promise.resolve();
  private disposed = false;

  constructor(readonly threads: number) {}

  run<A>(job: Job<A>): Promise<void> {
    const turn = this.last.then(() => this.inParts(job));
    this.last = turn.catch(() => {});
    return turn;
  }

  private async inParts<A>({ module, work, args, parts }: Job<A>): Promise<void> {
    if (this.disposed) throw new Error(`${work.name}: the runtime has been disposed`);
    const next = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const order: JobOrder = { module: builtFile(module).href, name: work.name, args, parts, next };
    while (this.workers.length < this.threads) this.workers.push(startWorker());
    await Promise.all(this.workers.slice(0, parts).map((worker) => ask(worker, order)));
  }

  /** Ends the threads, after the job under way. A second call does nothing. */
  async dispose(): Promise<void> {
    this.disposed = true;
    await this.last;
    const ended = this.workers.map((worker) => worker.terminate());
    this.workers = [];
    await Promise.all(ended);
  }
}

function startWorker(): Worker {
  const worker = new Worker(builtFile(import.meta.url.replace(/job-pool(\.[jt]s)$/, 'job-worker$1')));
  // an idle thread must not keep the process alive
  worker.unref();
  return worker;
}

async function ask(worker: Worker, order: JobOrder): Promise<void> {
  worker.ref();
  let stop: (() => void) | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const heard = ({ error }: JobReply): void => (error === undefined ? resolve() : reject(new Error(error)));
      const ended = (code: number): void => reject(new Error(`${order.name}: a worker thread has ended (code ${code})`));
      worker.once('message', heard).once('error', reject).once('exit', ended);
      stop = () => worker.off('message', heard).off('error', reject).off('exit', ended);
      worker.postMessage(order);
    });
  } finally {
    stop?.();
    worker.unref();
  }
}
