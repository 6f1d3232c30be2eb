import { totalmem } from 'node:os';
import { UsageError } from '../../tensor/errors.js';

/** What the process may hold, in bytes: the machine's memory, or what a container allows. */
function usableMemory(): number {
  const allowed = process.constrainedMemory?.() || Number.POSITIVE_INFINITY;
  return Math.min(totalmem(), allowed);
}

/**
 * Samples are kept, all of them, for their spread and quantiles: told before any is made where they are too many.
 * @param values of one image
 * @param memory in bytes; half of it may go to samples, the rest is for the networks
 * @throws UsageError with the number that fits
 */
export function checkSampleMemory(samples: number, values: number, memory = usableMemory()): void {
  const each = 4 * values;
  const most = Math.floor(memory / 2 / each);
  if (samples <= Math.max(1, most)) return;
  const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GB`;
  throw new UsageError(
    `${samples} samples of this image take ${gigabytes(samples * each)}, and half of the ${gigabytes(memory)} of memory may go to samples: ` +
      `ask for ${Math.max(1, most)} at most, or reconstruct a smaller image.`,
  );
}
