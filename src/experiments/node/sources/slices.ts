import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { npyTensor } from '../../../io/index.js';
import { findImages, readNpy } from '../../../io/node/index.js';
import { UsageError, UserError } from '../../../tensor/errors.js';
import { type Tensor, tensor } from '../../../tensor/tensor.js';
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

/** The true images in a folder, in the order of their names (numbers as numbers). @throws UserError when there is none */
export async function imageSlices(folder: string, open: (path: string) => Promise<Source>, range?: SliceRange): Promise<Slice[]> {
  const files = (await findImages(folder)).sort(byNumber.compare);
  return chosen(
    files.map((file) => ({ name: basename(file), open: () => open(file) })),
    range,
    folder,
  );
}

/**
 * The measurements in a folder of NPY files, or in the stack `[slices, ...]` of one; undefined for a file that holds a single one.
 * @param axes of one measurement: a sinogram has two
 * @throws UserError when there is none
 */
export async function measurementSlices(
  path: string,
  axes: number,
  open: (y: Tensor, name: string) => Source,
  range?: SliceRange,
): Promise<Slice[] | undefined> {
  if (await isFolder(path)) {
    const files = (await readdir(path)).filter((name) => /\.npy$/i.test(name)).sort(byNumber.compare);
    if (files.length === 0) throw new UserError(`The folder ${path} holds no measurement (NPY). Name another folder.`);
    return chosen(
      files.map((name) => ({ name, open: async () => open(npyTensor(await readNpy(join(path, name))), name) })),
      range,
      path,
    );
  }
  const stack = npyTensor(await readNpy(path));
  if (stack.shape.length !== axes + 1 || stack.shape[0] === 1) return undefined;
  const [count, ...shape] = stack.shape;
  const length = stack.data.length / count;
  const digits = String(count - 1).length;
  return chosen(
    Array.from({ length: count }, (_, k) => {
      const name = `slice-${String(k).padStart(digits, '0')}`;
      return { name, open: async () => open(tensor(shape, stack.data.slice(k * length, (k + 1) * length)), `${basename(path)}, ${name}`) };
    }),
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
