import type { Tensor } from '../../tensor/tensor.js';
import {
  type Backend,
  type DeviceWish,
  type Job,
  type JobListener,
  type Machine,
  type Measured,
  type Measuring,
  type Offers,
  type Opened,
  type Result,
  type Solving,
  type Source,
  Stopped,
  Unread,
  type Wish,
} from './backend.js';
import type { FromWorker, Request, ToWorker } from './messages.js';

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly listener?: JobListener;
}

/** The library in a worker of this page: nothing leaves the machine. */
export class WorkerBackend implements Backend {
  readonly place = 'browser';
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 0;

  /** @param broken what to say when the worker cannot be started, or has died */
  constructor(
    private readonly device: DeviceWish,
    private readonly broken: string,
  ) {}

  offers(): Promise<Offers> {
    return this.ask({ ask: 'offers' }) as Promise<Offers>;
  }

  open(wish: Wish): Promise<Opened> {
    return this.ask({ ask: 'open', wish }) as Promise<Opened>;
  }

  abandon(why: string): void {
    this.end(why);
  }

  readMask(file: File, size: readonly [number, number]): Promise<Tensor> {
    return this.ask({ ask: 'mask', file, size }) as Promise<Tensor>;
  }

  readKernel(file: File): Promise<Tensor> {
    return this.ask({ ask: 'kernel', file }) as Promise<Tensor>;
  }

  machine(listener?: JobListener): Promise<Machine> {
    return this.ask({ ask: 'machine' }, listener) as Promise<Machine>;
  }

  measure(source: Source, measuring: Measuring, listener?: JobListener): Promise<Measured> {
    return this.ask({ ask: 'measure', source, measuring }, listener) as Promise<Measured>;
  }

  start(source: Source, measuring: Measuring, solving: Solving, listener: JobListener): Job {
    const id = this.nextId;
    const result = this.ask({ ask: 'solve', source, measuring, solving }, listener) as Promise<Result>;
    const control = (control: 'pause' | 'resume' | 'stop') => this.send({ id, control });
    return { result, pause: () => control('pause'), resume: () => control('resume'), stop: () => control('stop') };
  }

  private ask(request: Request, listener?: JobListener): Promise<unknown> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, listener });
      this.send({ id, request });
    });
  }

  private send(message: ToWorker): void {
    this.worker ??= this.begin();
    this.worker.postMessage(message);
  }

  private begin(): Worker {
    const worker = new Worker(new URL('../worker/main.ts', import.meta.url), { type: 'module', name: 'posteriori' });
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.hear(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.end();
    };
    worker.postMessage({ setup: { device: this.device } } satisfies ToWorker);
    return worker;
  }

  /** Give the worker up; the next request gets a new one. */
  private end(why = this.broken): void {
    this.worker?.terminate();
    this.worker = undefined;
    for (const { reject } of this.waiting.values()) reject(new Error(why));
    this.waiting.clear();
  }

  private hear(message: FromWorker): void {
    const waiting = this.waiting.get(message.id);
    if (waiting === undefined) return;
    if ('news' in message) {
      const { news } = message;
      if ('loading' in news) waiting.listener?.onLoading?.(news.loading);
      else if ('notice' in news) waiting.listener?.onNotice?.(news.notice);
      else waiting.listener?.onStep?.(news.step);
      return;
    }
    this.waiting.delete(message.id);
    if ('answer' in message) waiting.resolve(message.answer);
    else {
      const { failure, why } = message;
      waiting.reject(why === 'stopped' ? new Stopped(failure) : why === 'unread' ? new Unread(failure) : new Error(failure));
      if (why === 'spent') this.end();
    }
  }
}
