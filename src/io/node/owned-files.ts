import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFiles } from './hash-files.js';

/**
 * Files that an earlier run of a command left in a folder and may replace, by name, with their SHA-256: those of the names given, where
 * the command's own record lies beside them; none where it does not.
 * @param record the JSON that is written last, and the field that tells it from others of its name
 */
export async function ownedFiles(
  folder: string,
  record: { readonly file: string; readonly field: string },
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  try {
    if (JSON.parse(await readFile(join(folder, record.file), 'utf8'))[record.field] !== 1) return new Map();
  } catch {
    return new Map();
  }
  const there = names.filter((name) => existsSync(join(folder, name)));
  return new Map(await Promise.all(there.map(async (name) => [name, await hashFiles([join(folder, name)])] as const)));
}
