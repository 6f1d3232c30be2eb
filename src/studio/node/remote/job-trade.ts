import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job } from 'bullmq';
import type { Hand, Trade, TradeTools } from '../../../experiments/node/bench/trade.js';
import { ProcessEnded, ProcessRunner } from '../../../experiments/node/process-runner.js';
import { reasonOf } from '../../../io/node/index.js';
import { UserError } from '../../../tensor/errors.js';
import { type InputFile, type InputName, inputNames, type JobOutcome, type JobProgress, type JobWork } from '../job-work.js';
import { jobProcess } from '../local-hands.js';
import { handOver } from './hand-over.js';
import { packFolder } from './packed-folder.js';
import { Teller } from './teller.js';
import { type Answer, jobObjects, otherVersion, type RemoteJob, remoteJobSchema, STUDIO_QUEUE } from './words.js';

/** Jobs of studios. One that is lost so often brings its workers down: the studio gives it up. */
export const jobTrade: Trade<RemoteJob, Answer> = {
  queue: STUDIO_QUEUE,
  mostLost: 2,
  hire: (tools) => new JobHand(tools),
  nameOf: ({ id, request }) => `${id} ${request?.method}`, // what comes from another version has none perhaps
  told: (_, answer) =>
    'failure' in answer ? `FAILED: ${answer.message}` : `done, ${answer.result.figures.at(-1)?.seconds.toFixed(1) ?? '?'} s`,
};

/** Does a job in a process and a folder of its own, which are gone afterwards. */
class JobHand implements Hand<RemoteJob, Answer> {
  private readonly runner = new ProcessRunner<JobWork, JobProgress, JobOutcome>(jobProcess());

  constructor(private readonly tools: TradeTools) {}

  async work(job: Job<RemoteJob, Answer>, signal: AbortSignal): Promise<Answer> {
    const take = job.attemptsStarted;
    const { data } = remoteJobSchema.safeParse(job.data);
    if (data === undefined) return { take, failure: 'user', message: otherVersion };
    const teller = new Teller(job, take, this.tools.redis);
    let folder: string | undefined;
    try {
      teller.begin();
      folder = await mkdtemp(join(tmpdir(), 'posteriori-job-')).catch(noRoom);
      const out = join(folder, 'result');
      const { request, prior } = data;
      const { threads } = this.tools;
      const work = { request, inputs: await this.fetch(data, folder), out, threads, remote: { folder, prior } };
      const outcome = await this.runner.run(work, (progress) => teller.tell(progress), signal);
      await handOver(this.tools.store, jobObjects.result(data.id, take), await packFolder(out, outcome.result.files), 'worker');
      await teller.told();
      return { take, result: outcome.result, warnings: [...outcome.warnings] };
    } catch (error) {
      signal.throwIfAborted();
      const failure = error instanceof ProcessEnded ? 'ended' : error instanceof UserError ? 'user' : 'fault';
      const message = (error as Error).message.split('\n')[0].replaceAll(folder ?? '\0', "the worker's folder");
      await teller.told();
      return { take, failure, message };
    } finally {
      this.runner.close();
      if (folder) await rm(folder, { recursive: true, force: true }).catch(() => {});
    }
  }

  async discard({ data, attemptsStarted }: Job<RemoteJob, Answer>): Promise<void> {
    await this.tools.store.remove(jobObjects.result(data.id, attemptsStarted));
  }

  close(): void {
    this.runner.close();
  }

  private async fetch({ id, inputs }: RemoteJob, folder: string): Promise<Partial<Record<InputName, InputFile>>> {
    const files: Partial<Record<InputName, InputFile>> = {};
    for (const name of inputNames) {
      const about = inputs[name];
      if (about === undefined) continue;
      const bytes = await this.tools.store.get(jobObjects.input(id, name));
      if (bytes === undefined)
        throw new UserError(
          `The worker that took the job finds no ${about.name}. Whoever runs the studio must name the same folder of objects there.`,
        );
      const path = join(folder, name);
      await writeFile(path, bytes).catch(noRoom);
      files[name] = { ...about, path };
    }
    return files;
  }
}

/** The worker's own paths say nothing to whoever sent the job. */
function noRoom(error: unknown): never {
  throw new UserError(`The worker that took the job cannot write its files: ${reasonOf(error)}. Ask whoever runs the studio.`);
}
