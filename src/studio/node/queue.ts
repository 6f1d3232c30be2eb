import type { Limits } from '../api.js';
import { Refusal } from '../refusal.js';

export interface Queued {
  readonly user: string;
  readonly sequence: number;
}

/** Who waits and runs, first come first served, and how many may. */
export class JobQueue<J extends Queued> {
  private waiting: J[] = [];
  /** Given to those who do them, and whether one of them has begun. */
  private readonly out = new Map<J, boolean>();

  constructor(private readonly limits: Pick<Limits, 'queue' | 'queuePerUser'>) {}

  /** Those that wait, also for a worker to begin. */
  get places(): readonly J[] {
    return [...[...this.out.keys()].filter((job) => !this.out.get(job)), ...this.waiting];
  }

  /** @throws Refusal 429 when there is no place for another job of that user */
  admit(user: string): void {
    const users = [...this.waiting, ...this.out.keys()].map((job) => job.user);
    const { queue, queuePerUser } = this.limits;
    if (users.length >= queue)
      throw new Refusal(429, `${users.length} jobs wait or run, and the queue takes no more.`, 'Try again when some are done.');
    const own = users.filter((other) => other === user).length;
    if (own >= queuePerUser)
      throw new Refusal(429, `${own} jobs of yours wait or run, as many as one may have.`, 'Wait for them, or cancel some.');
  }

  add(job: J): void {
    this.waiting = [...this.waiting, job].sort((a, b) => a.sequence - b.sequence);
  }

  /** The next one, which is out then. */
  take(): J | undefined {
    const job = this.waiting.shift();
    if (job) this.out.set(job, false);
    return job;
  }

  /** It has no place in the queue any more. */
  begin(job: J): void {
    if (this.out.has(job)) this.out.set(job, true);
  }

  /** Whether it waited here. */
  withdraw(job: J): boolean {
    const waited = this.waiting.includes(job);
    this.waiting = this.waiting.filter((other) => other !== job);
    return waited;
  }

  done(job: J): void {
    this.out.delete(job);
  }
}
