import { type FileHandle, open, stat } from 'node:fs/promises';
import { UserError } from '../../tensor/errors.js';
import { type ByteSource, checkRange } from '../byte-source.js';
import { reasonOf } from './files.js';

/** The system takes less than 2 GiB at once. */
const MAX_READ = 2 ** 30;

/**
 * A file that is read by range, of any size. Close it after use.
 * @throws UserError when it is missing, a folder, no file at all, or may not be read
 */
export async function fileSource(path: string): Promise<ByteSource> {
  const cannot = (error: unknown): never => {
    throw new UserError(`Cannot read ${path}: ${reasonOf(error)}. Check the path and its permissions.`, { cause: error });
  };
  // Looked at before it is opened: opening a pipe would wait for a writer.
  const info = await stat(path).catch(cannot);
  if (info.isDirectory()) throw new UserError(`${path} is a folder, not a file. Name one file in it.`);
  if (!info.isFile()) throw new UserError(`${path} is not a regular file, and cannot be read by range. Copy it to a file first.`);
  const file = await open(path).catch(cannot);
  const { size } = info;
  return {
    name: path,
    size,
    async read(offset, length) {
      checkRange({ name: path, size }, offset, length);
      const bytes = new Uint8Array(length);
      await fill(file, bytes, offset).catch(cannot);
      return bytes;
    },
    close: () => file.close(),
  };
}

async function fill(file: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, done, Math.min(MAX_READ, bytes.length - done), offset + done);
    if (bytesRead === 0) throw new Error('it became shorter while it was read');
    done += bytesRead;
  }
}
