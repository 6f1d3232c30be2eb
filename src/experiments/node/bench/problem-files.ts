import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '../../../io/node/index.js';
import { UserError } from '../../../tensor/errors.js';
import { sha256 } from '../../hash.js';

/** A packed problem and its name: the hash of its bytes. */
export interface ProblemFile {
  readonly hash: string;
  readonly bytes: Uint8Array;
}

/**
 * The problems of a bench, each made once: whoever comes first, of several shards or benches after one another, decides its bytes, since
 * another machine may round differently.
 */
export class ProblemFiles {
  constructor(private readonly folder: string) {}

  /** @param key of all that the problem is made of */
  async get(key: string, make: () => Promise<Uint8Array>): Promise<ProblemFile> {
    const path = this.path(key);
    const there = await readFile(path).catch(() => undefined);
    if (there !== undefined) return { hash: await sha256(there), bytes: there };
    await writeOnce(path, await make());
    const bytes = await readFile(path);
    return { hash: await sha256(bytes), bytes };
  }

  path(key: string): string {
    return join(this.folder, `${key.slice(0, 24)}.safetensors`);
  }

  async open(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
  }
}

/** Writes a file whole, unless there is one: that one stays. */
async function writeOnce(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    await writeFile(temporary, bytes);
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } catch (cause) {
    throw new UserError(
      `Cannot write ${path}: ${reasonOf(cause)}. What was done is kept: free some space, and run the same command again.`,
      { cause },
    );
  } finally {
    await rm(temporary, { force: true }).catch(() => {});
  }
}
