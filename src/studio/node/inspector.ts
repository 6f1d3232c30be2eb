import { builtFile, ProcessEnded, ProcessRunner } from '../../experiments/node/process-runner.js';
import { Refusal } from '../refusal.js';
import type { Inspected, Inspection, PrepareWork } from './inspect.js';
import type { InspectReply } from './inspect-process.js';

/** Nothing that is a picture takes longer to read. */
const LONGEST_MS = 120_000;
/** A process that holds more than this after its work is ended: the next begins with a small one. */
const MOST_HELD = 400 * 2 ** 20;

/** Has uploads read one after another, in a process of its own, so that many at once take the memory of one. */
export class Inspector {
  private readonly runner = new ProcessRunner<Inspection | PrepareWork, never, InspectReply>(
    builtFile('./inspect-process.js', import.meta.url),
  );
  private turn: Promise<unknown> = Promise.resolve();

  /** @throws Refusal for what cannot be read */
  inspect(work: Inspection | PrepareWork): Promise<Inspected> {
    const mine = this.turn.then(() => this.read(work));
    this.turn = mine.catch(() => {});
    return mine;
  }

  close(): void {
    this.runner.close();
  }

  private async read(work: Inspection | PrepareWork): Promise<Inspected> {
    const limit = AbortSignal.timeout(LONGEST_MS);
    const reply = await this.runner.run(work, undefined, limit).catch((error) => {
      if (limit.aborted) throw new Refusal(422, `Reading ${work.path} took too long.`, 'Convert it to PNG, or send a smaller one.');
      if (error instanceof ProcessEnded)
        throw new Refusal(422, `${work.path} could not be read: ${error.message}.`, 'Convert it to PNG, or send a smaller one.');
      throw error;
    });
    if (reply.held > MOST_HELD) this.runner.close();
    if (reply.inspected !== undefined) return reply.inspected;
    const { status, message, remedy } = reply.refused!;
    throw new Refusal(status, message, remedy);
  }
}
