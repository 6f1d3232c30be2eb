import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { writeAtomically } from '../../../io/node/index.js';
import { UserError } from '../../../tensor/errors.js';

/** Where problems go out and images come back: in Redis itself, or in a folder that all machines see. */
export interface ObjectStore {
  put(key: string, bytes: Uint8Array): Promise<void>;
  get(key: string): Promise<Uint8Array | undefined>;
  remove(key: string): Promise<void>;
}

/** What nobody took away goes after so long. */
const KEPT_SECONDS = 7 * 24 * 3600;

/** Redis takes no more at once, and closes the line of whoever tries. */
const MOST_BYTES = 512 * 2 ** 20 - 1;

function redisStore(redis: Redis): ObjectStore {
  const name = (key: string): string => `posteriori:object:${key}`;
  return {
    put: async (key, bytes) => {
      if (bytes.length > MOST_BYTES)
        throw new UserError('More than 512 MB do not go through Redis. Name a folder that all machines see, with --objects.');
      await redis.set(name(key), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), 'EX', KEPT_SECONDS);
    },
    get: async (key) => (await redis.getBuffer(name(key))) ?? undefined,
    remove: async (key) => void (await redis.del(name(key))),
  };
}

/** @param folder where that is what is wanted; else they go through Redis */
export function objectStore(redis: Redis, folder?: string): ObjectStore {
  return folder === undefined ? redisStore(redis) : folderStore(folder);
}

/** @throws UserError when the folder cannot be written */
function folderStore(folder: string): ObjectStore {
  const path = (key: string): string => join(folder, key);
  return {
    put: async (key, bytes) => {
      await mkdir(folder, { recursive: true });
      await writeAtomically(path(key), bytes);
    },
    get: (key) => readFile(path(key)).catch(() => undefined),
    remove: (key) => rm(path(key), { force: true }),
  };
}

/** The names of objects. */
export const objects = {
  problem: (hash: string): string => `problem-${hash}`,
  image: (run: string): string => `image-${run}`,
};
