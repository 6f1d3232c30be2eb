import { serveWork } from '../../experiments/node/process-runner.js';
import { UserError } from '../../tensor/errors.js';
import { asFields, Refusal, type RefusalStatus } from '../refusal.js';
import { type Inspected, type Inspection, inspect, type PrepareWork, prepareUpload } from './inspect.js';

/* A process that reads what users upload: whatever a file does to its decoder, the server goes on. */

export interface InspectReply {
  readonly inspected?: Inspected;
  readonly refused?: { readonly status: RefusalStatus; readonly message: string; readonly remedy?: string };
  /** Bytes that the process holds now. */
  readonly held: number;
}

serveWork<Inspection | PrepareWork, never, InspectReply>(async (work) => {
  try {
    return { inspected: await (work.ask === 'inspect' ? inspect(work) : prepareUpload(work)), held: process.memoryUsage.rss() };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { status, message, remedy } =
      error instanceof Refusal ? error : { status: 422 as const, message: asFields(error.message), remedy: undefined };
    return { refused: { status, message, remedy }, held: process.memoryUsage.rss() };
  }
});
