import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { JobProgress } from '../../api.js';
import { stepChannel } from './words.js';

/** Steps that are on their way, at most: a slow line, or a Redis that is away, misses steps and fills no memory. */
const MOST_ON_THE_WAY = 4;

/** Tells a studio how its job goes on. */
export class Teller {
  private readonly said: JobProgress[] = [];
  private kept: Promise<void> = Promise.resolve();
  private onTheWay = 0;

  constructor(
    private readonly job: Job,
    private readonly take: number,
    private readonly redis: Redis,
  ) {}

  begin(): void {
    this.keep();
  }

  tell(progress: JobProgress): void {
    if (progress.type === 'step') this.publish(progress);
    else {
      this.said.push(progress);
      this.keep();
    }
  }

  /** When all is kept that must not be lost. */
  async told(): Promise<void> {
    await this.kept;
  }

  /** Whole each time, so that a studio that comes later hears of all. */
  private keep(): void {
    const said = [...this.said];
    this.kept = this.kept.then(() => this.job.updateProgress({ take: this.take, said })).catch(() => {});
  }

  private publish(step: JobProgress): void {
    if (this.redis.status !== 'ready' || this.onTheWay >= MOST_ON_THE_WAY) return;
    this.onTheWay++;
    this.redis
      .publish(stepChannel(this.job.id as string), JSON.stringify({ take: this.take, step }))
      .catch(() => {})
      .finally(() => {
        this.onTheWay--;
      });
  }
}
