import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UsageError, UserError } from '../../tensor/errors.js';
import { arrayFormatOf, arrayFormats, START } from '../arrays/index.js';
import type { ArrayFile } from '../arrays/numeric-array.js';
import { printable } from '../printable.js';
import { fileSource } from './file-source.js';
import { type OpenHdf5Options, openHdf5 } from './open-hdf5.js';
import './open-jpeg.js';

/** A path, and what is meant inside the file. */
export interface InnerPath {
  readonly path: string;
  /** The name of an array: `/exchange/data` of `scan.h5:/exchange/data`. */
  readonly inner?: string;
}

/** Splits `scan.h5:/exchange/data` at the colon after which the file's name ends; what is a file as it stands is not split. */
export function splitInner(text: string): InnerPath {
  if (existsSync(text)) return { path: text };
  for (let at = text.lastIndexOf(':'); at > 0; at = text.lastIndexOf(':', at - 1))
    if (existsSync(text.slice(0, at))) return { path: text.slice(0, at), inner: text.slice(at + 1) };
  return { path: text };
}

/** Titles of the formats that {@link openArrays} opens, for messages: `NPY, NPZ, ... or TIFF`. */
export const arrayTitles = new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(arrayFormats.map(({ title }) => title));

/**
 * Open a file of arrays: what it holds is known then, the numbers are read when they are asked for, by blocks. Close it after use.
 * @param path of the file, without what is after a colon ({@link splitInner})
 * @param options how long HDF5 files may take
 * @throws UserError when it cannot be read, is damaged, or is no file of arrays
 * @example
 * ```ts
 * import { chooseArray, openArrays, slicesOf } from 'posteriori/io/node';
 * const file = await openArrays('scan.h5');
 * for await (const { index, shape, data } of slicesOf(chooseArray(file, '/exchange/data'))) console.log(index, shape, data[0]);
 * await file.close();
 * ```
 */
export async function openArrays(path: string, { hdf5 }: { readonly hdf5?: OpenHdf5Options } = {}): Promise<ArrayFile> {
  const source = await fileSource(path);
  try {
    if (source.size === 0) throw new UserError(`${path} is empty (0 bytes). Copy or export it again.`);
    const format = arrayFormatOf(await source.read(0, Math.min(START, source.size)), basename(path));
    if (format === undefined)
      throw new UserError(`${path} is not a file of arrays that can be read: by its content it is no ${arrayTitles} file.`);
    return await format.open(source, {
      sibling: (name) => fileSource(besides(path, name)),
      openHdf5: () => openHdf5(path, hdf5),
    });
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** A header may name files in its own folder and below it, no others: it may come from anywhere. */
function besides(path: string, name: string): string {
  if (/^([a-z]:|[\\/])|(^|[\\/])\.\.([\\/]|$)/i.test(name))
    throw new UsageError(
      `${path} names the file ${printable(name)}, which does not lie beside it. Move both into one folder, and name it without one.`,
    );
  return join(dirname(path), name);
}
