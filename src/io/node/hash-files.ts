import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { UserError } from '../../tensor/errors.js';
import { reasonOf } from './index.js';

/**
 * SHA-256, in hexadecimal, of the bytes of files one after the other; they are never held in memory.
 * @throws UserError when one cannot be read
 */
export async function hashFiles(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) {
    try {
      for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
    } catch (error) {
      throw new UserError(`Cannot read ${path}: ${reasonOf(error)}. Check its permissions.`, { cause: error });
    }
  }
  return hash.digest('hex');
}
