import type { ObjectStore } from '../../../experiments/node/bench/object-store.js';
import { reasonOf } from '../../../io/node/index.js';
import { UserError } from '../../../tensor/errors.js';

/**
 * Puts bytes where the other side finds them.
 * @param who puts them, for messages
 * @throws UserError when that cannot be done; it names no path, which would say nothing to whoever sent the job
 */
export async function handOver(store: ObjectStore, key: string, bytes: Uint8Array, who: 'studio' | 'worker'): Promise<void> {
  try {
    await store.put(key, bytes);
  } catch (error) {
    const { cause } = error as Error;
    if (error instanceof UserError && cause === undefined) throw error;
    throw new UserError(`The ${who} cannot write to the folder of objects: ${reasonOf(cause ?? error)}. Ask whoever runs the studio.`);
  }
}
