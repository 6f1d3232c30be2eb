import { lstat, stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { UsageError } from '../../tensor/errors.js';
import { hashFiles } from './hash-files.js';

/** What a command must not harm where it writes. */
export interface Guard {
  /** Paths of the files that it reads: never replaced, not even by force. */
  readonly inputs?: readonly string[];
  /** Files that an earlier run left at the place, by name, with their SHA-256: replaced where they are as it left them. */
  readonly earlier?: ReadonlyMap<string, string>;
  /** Whether other files may be replaced. */
  readonly force?: boolean;
}

/**
 * Make sure that a file may be written.
 * @param path of the file
 * @param name of the file among the earlier ones; its base name where absent
 * @throws UsageError when it is an input, a folder, or another file that is there already
 */
export async function guardFile(path: string, { inputs = [], earlier, force = false }: Guard, name = basename(path)): Promise<void> {
  const there = await lstat(path).catch(() => undefined);
  if (there === undefined) return;
  if (there.isDirectory())
    throw new UsageError(`${path} is a folder, and a file of that name is to be written. Remove it, or choose another place.`);
  for (const input of inputs)
    if (await sameFile(path, input))
      throw new UsageError(`${path} is an input of this run and would be replaced by its output. Choose another place.`);
  if (force) return;
  const recorded = earlier?.get(name);
  if (recorded === undefined)
    throw new UsageError(`${path} is there already, and no earlier run wrote it. Choose another place, or replace it with --force.`);
  if ((await hashFiles([path])) !== recorded)
    throw new UsageError(`${path} was changed since an earlier run wrote it. Choose another place, or replace it with --force.`);
}

/** Whether two paths lead to one file, by links or by another spelling. */
export async function sameFile(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([a, b].map((path) => stat(path).catch(() => undefined)));
  return one !== undefined && other !== undefined && one.ino === other.ino && one.dev === other.dev;
}

/** The name of a folder for what is made of a file: its base name without extension, fit for every system; `suffix` after it. */
export function folderName(file: string, suffix = ''): string {
  const stem = basename(file, extname(file))
    .replaceAll(/[\p{Cc}<>:"|?*\\/]/gu, '_')
    .replaceAll(/^[.\s]+|[.\s]+$/g, '');
  return `${Array.from(stem).slice(0, 60).join('') || 'image'}${suffix}`;
}
