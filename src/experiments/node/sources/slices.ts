import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UsageError, UserError } from '../../../tensor/errors.js';
import type { Source } from './source.js';

/** One of several images or measurements that are reconstructed one after the other. */
export interface Slice {
  /** A name for its folder, unlike the others'. */
  readonly name: string;
  /** @throws UserError when it cannot be read: the others can */
  open(): Promise<Source>;
}

/** Which of them, counted from 0, both ends included; absent: all. */
export type SliceRange = readonly [first: number, last: number];

const byNumber = new Intl.Collator('en', { numeric: true });

/** Whether a path is a folder. A path that is not there is none: whoever reads it says so. */
export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

/** The files in a folder, in the order of their names (numbers as numbers). */
export function fileSlices(files: readonly string[], folder: string, open: (path: string) => Promise<Source>, range?: SliceRange): Slice[] {
  const sorted = [...files].sort(byNumber.compare);
  return chosen(
    sorted.map((file) => ({ name: basename(file), open: () => open(file) })),
    range,
    folder,
  );
}

/** The measurements in a folder: NPY files. @throws UserError when there is none */
export async function measurementFiles(folder: string): Promise<string[]> {
  const files = (await readdir(folder)).filter((name) => /\.npy$/i.test(name));
  if (files.length === 0) throw new UserError(`The folder ${folder} holds no measurement (NPY). Name another folder.`);
  return files.map((name) => join(folder, name));
}

/** The slices of an array in a file: so many of them. @param open one by its number */
export function arraySlices(count: number, path: string, open: (index: number) => Promise<Source>, range?: SliceRange): Slice[] {
  const digits = String(count - 1).length;
  return chosen(
    Array.from({ length: count }, (_, k) => ({ name: `slice-${String(k).padStart(digits, '0')}`, open: () => open(k) })),
    range,
    path,
  );
}

function chosen(slices: Slice[], range: SliceRange | undefined, path: string): Slice[] {
  const names = uniqueNames(slices.map(({ name }) => name));
  const all = slices.map((slice, k) => ({ ...slice, name: names[k] }));
  if (range === undefined) return all;
  const [first, last] = range;
  if (last >= all.length)
    throw new UsageError(`${path} holds ${all.length} slices, 0 to ${all.length - 1}; --slices ${first}:${last} asks for others.`);
  return all.slice(first, last + 1);
}

/** Names for folders: without what tells the kind of file, unless two would be the same. */
function uniqueNames(names: readonly string[]): string[] {
  const short = names.map((name) => name.replace(/\.(npy|dcm|png|jpe?g|tiff?|webp|gif|avif)$/i, '').replace(/[^\w.-]+/g, '-') || 'slice');
  const seen = new Map<string, number>();
  return short.map((name) => {
    const key = name.toLowerCase();
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    return times === 1 ? name : `${name}~${times}`;
  });
}
