import { type ArrayFile, type ArrayFormat, arrayFormatOf, START } from '../../io/arrays/index.js';
import { blobSource } from '../../io/index.js';
import { printable } from '../../io/printable.js';
import { UserError } from '../../tensor/errors.js';

/** A file of arrays among those that were given. */
export interface Main {
  readonly file: File;
  readonly format: ArrayFormat;
}

/** Larger files are opened anew for each slice: what is open may be in memory. */
const MOST_HELD = 2 ** 28;

interface Held {
  readonly key: string;
  readonly file: Promise<ArrayFile>;
  /** The files that it is read from. */
  readonly used: Set<File>;
}

let held: Held | undefined;
/** One after another: a file that is unpacked on the way is read in one place at a time. */
let last: Promise<unknown> = Promise.resolve();

/** The file that arrays are read from; those that name others before those that are named. */
export async function mainOf(files: readonly File[]): Promise<Main | undefined> {
  const found: Main[] = [];
  for (const file of files) {
    const format = arrayFormatOf(new Uint8Array(await file.slice(0, START).arrayBuffer()), file.name);
    if (format !== undefined) found.push({ file, format });
  }
  return found.find(({ format: { name } }) => name === 'metaimage' || name === 'nifti') ?? found[0];
}

/**
 * Does something with a file of arrays, which is kept open for the next slice.
 * @param files that came together: a header may name others of them
 * @param work hears how many of them are used
 */
export function withArrays<T>(files: readonly File[], main: Main, work: (file: ArrayFile, used: number) => Promise<T>): Promise<T> {
  const done = last.then(async () => {
    const key = files.map(({ name, size, lastModified }) => [name, size, lastModified].join()).join('|');
    if (held?.key !== key) await close();
    held ??= opened(key, files, main);
    try {
      return await work(await held.file, held.used.size);
    } catch (error) {
      await close();
      throw error;
    } finally {
      if (main.file.size > MOST_HELD) await close();
    }
  });
  last = done.catch(() => {});
  return done;
}

function opened(key: string, files: readonly File[], main: Main): Held {
  const used = new Set([main.file]);
  const sibling = async (name: string) => {
    const found = siblingOf(files, main, name);
    used.add(found);
    return blobSource(found);
  };
  return { key, file: main.format.open(blobSource(main.file), { sibling }), used };
}

async function close(): Promise<void> {
  const open = held;
  held = undefined;
  await (await open?.file.catch(() => undefined))?.close();
}

function siblingOf(files: readonly File[], { file }: Main, wanted: string): File {
  const found = files.find(({ name }) => name === wanted) ?? files.find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
  if (found !== undefined) return found;
  throw new UserError(`${file.name} names the file ${printable(wanted)}, which holds its numbers. Give both together.`);
}
