import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../../tensor/errors.js';

const reasons: Record<string, string> = {
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOENT: 'it does not exist',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EEXIST: 'a file of that name is in the way',
  EISDIR: 'it is a folder',
  ENAMETOOLONG: 'its name is too long',
  EMFILE: 'too many files are open',
};

/** Why a file operation failed, in words. @param special words of the place for some codes */
export function reasonOf(error: unknown, special: Readonly<Record<string, string>> = {}): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return (code && (special[code] ?? reasons[code])) ?? message;
}

/**
 * The bytes of a file.
 * @throws UserError when it is missing, a folder, empty, too large to hold (2 GiB), or may not be read
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  const info = await stat(path).catch((error) => {
    throw new UserError(`Cannot read ${path}: ${reasonOf(error)}. Check the path.`, { cause: error });
  });
  if (info.isDirectory()) throw new UserError(`${path} is a folder, not a file. Name one file in it.`);
  if (info.size >= 2 ** 31)
    throw new UserError(
      `${path} is ${(info.size / 2 ** 30).toFixed(1)} GiB large, more than one image or measurement can be. Name another file.`,
    );
  const bytes = await (info.isFile() ? readFile(path) : readStream(path)).catch((error) => {
    if (error instanceof UserError) throw error;
    throw new UserError(`Cannot read ${path}: ${reasonOf(error)}. Check its permissions.`, { cause: error });
  });
  if (bytes.length === 0) throw new UserError(`${path} is empty (0 bytes). Copy or export it again.`);
  return bytes;
}

/** Most bytes of what states no size: a pipe, a device. */
const MOST_STREAMED = 2 ** 28;

/** All that a pipe gives; what never ends is given up. */
async function readStream(path: string): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_STREAMED)
      throw new UserError(
        `${path} is no file but a device or pipe, and gave more than ${MOST_STREAMED / 2 ** 20} MiB without an end. Name a file.`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The first bytes of a file, at most `count`; for telling formats apart without reading it all. */
export async function readStart(path: string, count: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(new Uint8Array(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/**
 * Write a file so that its name never stands for half of it: to a temporary name in the same folder, then renamed. On failure the temporary
 * is removed.
 * @param content all at once, or piece by piece where it is too large for that; an error of its source is passed on as it is
 * @throws UserError when it cannot be written
 */
export async function writeAtomically(
  path: string,
  content: Uint8Array | string | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.tmp`);
  try {
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'its folder does not exist' : reasonOf(error);
    throw new UserError(`Cannot write ${path}: ${reason}. Choose another place, or free this one.`, { cause: error });
  }
}

/**
 * Make a folder (and those above it) and make sure that files can be written there, before long work begins.
 * @throws UserError when they cannot
 */
export async function ensureWritableFolder(folder: string): Promise<void> {
  const probe = join(folder, `.probe-${randomUUID().slice(0, 8)}.tmp`);
  try {
    await makeFolder(resolve(folder));
    await writeFile(probe, '');
  } catch (error) {
    throw new UserError(
      `Cannot write to the folder ${folder}: ${reasonOf(error)}. Choose another output folder, or change its permissions.`,
      { cause: error },
    );
  } finally {
    await rm(probe, { force: true }).catch(() => {});
  }
}

/**
 * Make a folder and those above it, one by one; tells the topmost that it made. (Node's own recursive mkdir never ends where the
 * system denies a folder by saying "no such file", as it does in /proc.)
 */
export async function makeFolder(folder: string, made: (path: string) => void = () => {}): Promise<void> {
  const missing: string[] = [];
  for (let path = folder; !(await stat(path).catch(() => undefined)) && path !== dirname(path); path = dirname(path)) missing.unshift(path);
  if (missing.length === 0 && !(await stat(folder)).isDirectory()) missing.push(folder); // a file: let the system say so
  for (const path of missing) {
    await mkdir(path);
    if (path === missing[0]) made(path);
  }
}
