import type { Job } from 'bullmq';
import { formatNpy } from '../../../io/index.js';
import type { RunRecord, RunSpec } from '../../bench/run-spec.js';
import { objects } from './object-store.js';
import { QUEUE } from './redis.js';
import { Runner } from './runner.js';
import type { Hand, Trade, TradeTools } from './trade.js';

/** Progress goes through Redis no more often than this. */
const TELL_MS = 2000;

/** Runs of benches. */
export const benchTrade: Trade<RunSpec, RunRecord> = {
  queue: QUEUE,
  mostLost: 10,
  hire: (tools) => new BenchHand(tools),
  nameOf: ({ id, contender: { method } }) => `${id} ${method}`,
  told: (_, { psnr, seconds }) => `${psnr === undefined ? '' : `${psnr.toFixed(2)} dB, `}${seconds.toFixed(1)} s`,
};

class BenchHand implements Hand<RunSpec, RunRecord> {
  private readonly runner: Runner;

  constructor(private readonly tools: TradeTools) {
    this.runner = new Runner({ threads: tools.threads });
  }

  async work(job: Job<RunSpec, RunRecord>, signal: AbortSignal): Promise<RunRecord> {
    const { store } = this.tools;
    const { data } = job;
    let told = performance.now();
    const problem = await store.get(objects.problem(data.problem));
    if (problem === undefined)
      throw new Error(`its problem ${data.problem.slice(0, 12)} is not in the store; do bench and worker have the same --objects?`);
    const { record, image } = await this.runner.run(
      data,
      problem,
      (progress) => {
        if (performance.now() - told < TELL_MS) return;
        told = performance.now();
        job.updateProgress({ ...progress }).catch(() => {});
      },
      signal,
    );
    await store.put(objects.image(data.id), formatNpy(image));
    return record;
  }

  close(): void {
    this.runner.close();
  }
}
