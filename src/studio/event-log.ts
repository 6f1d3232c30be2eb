import type { JobEvent } from './api.js';

export interface LoggedEvent {
  readonly id: string;
  readonly event: JobEvent;
}

/** So many steps are kept for those who come late. */
const MOST_STEPS = 300;

/**
 * The events of one job, each with an id, for any number of readers that come, go, and come back with the id they heard last. Bounded: of
 * old steps, places in the queue and estimates only those are kept that still say something.
 */
export class EventLog {
  private events: { readonly number: number; event: JobEvent }[] = [];
  private last = 0;
  private readonly waiting = new Set<() => void>();

  /** @param epoch tells the ids of this log from those of an earlier process's */
  constructor(private readonly epoch: string) {}

  /** Whether nothing comes any more. */
  get ended(): boolean {
    return this.events.some(({ event }) => isEnd(event));
  }

  append(event: JobEvent): void {
    if (this.ended) return;
    // what has become untrue, or too heavy to keep
    if (isEnd(event)) this.events = this.events.filter(({ event: { type } }) => type === 'notice' || type === 'warning');
    else if (event.type === 'queued' || event.type === 'started') this.events = this.events.filter((old) => old.event.type !== 'queued');
    else if (event.type === 'step') this.forgetSteps(event.estimate !== undefined);
    this.events.push({ number: ++this.last, event });
    const heard = [...this.waiting];
    this.waiting.clear();
    for (const wake of heard) wake();
  }

  /** What came after the event of that id; all that is kept where it is of another process, or none. */
  after(id?: string): LoggedEvent[] {
    const [epoch, number] = id?.split('.') ?? [];
    const from = epoch === this.epoch && /^\d+$/.test(number ?? '') ? Number(number) : 0;
    return this.events.filter((one) => one.number > from).map((one) => ({ id: `${this.epoch}.${one.number}`, event: one.event }));
  }

  /** Until there is another event, or `milliseconds` have passed, or the signal aborts. */
  async next(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, milliseconds);
      const waiting = this.waiting;
      function done() {
        clearTimeout(timer);
        waiting.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      }
      waiting.add(done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  private forgetSteps(estimates: boolean): void {
    if (estimates)
      for (const old of this.events)
        if (old.event.type === 'step' && old.event.estimate !== undefined) old.event = { ...old.event, estimate: undefined };
    if (this.events.filter(({ event }) => event.type === 'step').length < MOST_STEPS) return;
    const first = this.events.findIndex(({ event }) => event.type === 'step');
    this.events.splice(first, 1);
  }
}

function isEnd({ type }: JobEvent): boolean {
  return type === 'done' || type === 'failed' || type === 'cancelled';
}
