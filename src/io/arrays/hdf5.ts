import type { Dataset, Group, Metadata } from 'h5wasm';
import { UserError } from '../../tensor/errors.js';
import { type Shape, sizeOf } from '../../tensor/tensor.js';
import type { ByteSource } from '../byte-source.js';
import { formatBytes } from '../format-bytes.js';
import { startsWith } from '../formats/format.js';
import { MAX_RATIO } from '../inflated-source.js';
import { isNumberType, type Numbers, type NumberType, numbersFor } from '../number-types.js';
import { printable } from '../printable.js';
import type { ArrayFormat, Hdf5Mount } from './array-format.js';
import { type ArrayMeaning, type NumericArray, numericArray, reversed } from './numeric-array.js';

/** How MATLAB's files begin. */
const MATLAB = [0x4d, 0x41, 0x54, 0x4c, 0x41, 0x42];
const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** A file that is copied into the library's memory may have so many bytes. */
const MOST_COPIED = 2 ** 30;
/** A piece of a dataset that the library unpacks whole. */
const MOST_CHUNK = 2 ** 28;
/** Numbers of a dataset that are read at once, bytes. */
const PIECE = 2 ** 26;
const MOST_MEMORY = 2 ** 29 + 2 ** 27;
const MOST_OBJECTS = 10_000;
const MOST_DEPTH = 32;
const MOST_TEXT = 4096;

/** HDF5, and with it MATLAB's files of version 7.3 (column-major, as MATLAB shows them). */
export const hdf5: ArrayFormat = {
  name: 'hdf5',
  title: 'HDF5',
  extensions: ['.h5', '.hdf5', '.nxs', '.mat'],
  // at the start, or after a block of the user's: 512 bytes in MATLAB's
  // behind a block of another's only where that is MATLAB's: else a picture could hide a file whose links lead to others
  is: (start) => startsWith(start, signature) || (startsWith(start, MATLAB) && startsWith(start.subarray(512), signature)),
  async open(source, around) {
    const matlab = startsWith(await source.read(0, Math.min(6, source.size)), MATLAB);
    const mount = await (around.mountHdf5?.() ?? mountCopy(source));
    const guarded = <T>(what: string, work: () => T): T => guard(source.name, what, work);
    // its own handler prints to the console
    (mount.library.Module as unknown as { activate_throwing_error_handler(): void }).activate_throwing_error_handler();
    let file: InstanceType<typeof mount.library.File>;
    try {
      file = guarded('it', () => new mount.library.File(mount.path, 'r'));
    } catch (error) {
      mount.release();
      throw error;
    }
    const close = async () => {
      try {
        file.close();
      } catch {} // a damaged file may not close; it was only read
      mount.release();
      await source.close();
    };
    try {
      const found = guarded('its groups', () => datasetsOf(mount.library, file));
      const arrays: NumericArray[] = [];
      const texts: Record<string, string> = {};
      guarded('its arrays', () => {
        for (const [path, dataset] of found) {
          const name = matlab ? path.slice(1).replaceAll('/', '.') : path;
          const metadata = optional(() => dataset.metadata);
          if (metadata === undefined) continue;
          const type = numberTypeOf(metadata);
          const text = optional(() => textOf(dataset, metadata, matlab));
          if (text !== undefined) texts[name] = printable(text);
          else if (type !== undefined && metadata.shape !== null && sizeOf(metadata.shape) > 0) {
            const array = arrayOf(dataset, metadata, type, name, source);
            arrays.push(
              matlab ? reversed({ ...array, about: { ...array.about, ...(array.shape.length > 2 && { sliceAxis: 0 }) } }) : array,
            );
          }
        }
      });
      if (arrays.length === 0) throw new UserError(`${source.name} is an HDF5 file without an array of numbers in it. Name another file.`);
      return { format: matlab ? 'MATLAB 7.3 (HDF5)' : 'HDF5', name: source.name, arrays, texts, close };
    } catch (error) {
      await close();
      throw error;
    }
  },
};

let copies = 0;

/** The file in the memory of the library, which reads nothing else in a browser. */
async function mountCopy(source: ByteSource): Promise<Hdf5Mount> {
  if (source.size > MOST_COPIED)
    throw new UserError(
      `${source.name} has ${formatBytes(source.size)}, and HDF5 files of at most ${formatBytes(MOST_COPIED)} are read here. Use the command line, which reads a part of it.`,
    );
  const library = await import('h5wasm');
  const { FS } = await library.ready;
  const path = `/${copies++}.h5`;
  FS.writeFile(path, await source.read(0, source.size));
  return { library, path, release: () => FS.unlink(path) };
}

function arrayOf(dataset: Dataset, metadata: Metadata, type: NumberType, name: string, source: ByteSource): NumericArray {
  const shape = metadata.shape as Shape;
  const what = `"${printable(name)}"`;
  const chunk = metadata.chunks ? sizeOf(metadata.chunks) * metadata.size : 0;
  const unit = optional(() => unitOf(dataset));
  const read = async (start: readonly number[], count: readonly number[]): Promise<Numbers> => {
    const stated = sizeOf(shape) * metadata.size;
    if (stated > source.size * (chunk ? MAX_RATIO : 1))
      throw new UserError(
        `${what} in ${source.name} states ${formatBytes(stated)} of numbers, more than the file can hold. Copy or export it again.`,
      );
    if (chunk > MOST_CHUNK)
      throw new UserError(
        `${what} in ${source.name} is packed in chunks of ${formatBytes(chunk)}, more than is unpacked at once (${formatBytes(MOST_CHUNK)}). Write it with smaller chunks.`,
      );
    const outer = count.findIndex((n) => n > 1);
    if (outer >= 0 && sizeOf(count) * metadata.size > PIECE) return inTwo(read, start, count, outer, numbersFor(type, sizeOf(count)));
    const value = guard(source.name, what, () =>
      shape.length === 0 ? dataset.value : dataset.slice(start.map((from, axis) => [from, from + count[axis]])),
    );
    const out = numbersFor(type, sizeOf(count));
    if (out.length === 1 && !ArrayBuffer.isView(value)) out[0] = Number(value);
    else {
      const given = value as Numbers | BigInt64Array;
      if (given?.length !== out.length) throw damaged(source.name, what, 'the library gives another count of numbers');
      for (let i = 0; i < out.length; i++) out[i] = Number(given[i]);
    }
    return out;
  };
  return numericArray({ name, shape, type, about: { ...meaningOf(name, shape), ...(unit && { unit }) }, read });
}

/** A block as its two halves along its outermost axis. */
async function inTwo(
  read: NumericArray['read'],
  start: readonly number[],
  count: readonly number[],
  axis: number,
  out: Numbers,
): Promise<Numbers> {
  const half = count[axis] >> 1;
  const first = await read(start, count.with(axis, half));
  out.set(first);
  out.set(await read(start.with(axis, start[axis] + half), count.with(axis, count[axis] - half)), first.length);
  return out;
}

/** Projections of the Data Exchange of tomopy: a slice of them is a sinogram. */
function meaningOf(name: string, shape: Shape): ArrayMeaning {
  if (shape.length !== 3 || !/^\/exchange\/data(_white|_dark)?$/.test(name)) return {};
  return { axes: ['view', 'row', 'bin'], sliceAxis: 1 };
}

/** Every dataset, by its path; links that lead nowhere, or out of the file, are left out. */
function datasetsOf(library: typeof import('h5wasm'), root: Group): [path: string, dataset: Dataset][] {
  const found: [string, Dataset][] = [];
  let objects = 0;
  const visit = (group: Group, path: string, depth: number): void => {
    for (const key of group.keys()) {
      if (++objects > MOST_OBJECTS || depth > MOST_DEPTH) throw new Error('it has too many groups, or groups in a circle');
      if (path === '' && key.startsWith('#')) continue; // MATLAB's store of cells and references
      const entity = optional(() => group.get(key));
      if (entity instanceof library.Group) visit(entity, `${path}/${key}`, depth + 1);
      else if (entity instanceof library.Dataset) found.push([`${path}/${key}`, entity]);
    }
  };
  visit(root, '', 0);
  return found;
}

function numberTypeOf({ type, size, signed, enum_type: values, vlen }: Metadata): NumberType | undefined {
  const isBool = type === 8 && values !== undefined && Object.keys(values.members).sort().join() === 'FALSE,TRUE';
  if (isBool && size === 1) return 'b1';
  const letters = type === 0 ? `${signed ? 'i' : 'u'}${size}` : type === 1 && size > 2 ? `f${size}` : '';
  return !vlen && isNumberType(letters) ? letters : undefined;
}

/** What a dataset says in words: a string, or MATLAB's characters. */
function textOf(dataset: Dataset, { type, shape, total_size: length, size }: Metadata, matlab: boolean): string | undefined {
  if (type === 3 && shape !== null && length === 1 && size <= MOST_TEXT) {
    const value = dataset.value;
    return String(Array.isArray(value) ? value[0] : value);
  }
  if (!matlab || type !== 0 || size !== 2 || length > MOST_TEXT || dataset.attrs.MATLAB_class?.value !== 'char') return undefined;
  return String.fromCharCode(...(dataset.value as Uint16Array));
}

function unitOf(dataset: Dataset): string | undefined {
  const attribute = Object.hasOwn(dataset.attrs, 'units') ? dataset.attrs.units : undefined;
  if (attribute?.metadata.type !== 3 || attribute.metadata.total_size !== 1) return undefined;
  return printable(String(attribute.value));
}

/** What a damaged part of a file gives: nothing. A library that has stopped is no such part. */
function optional<T>(work: () => T): T | undefined {
  try {
    return inLittleMemory(work);
  } catch (error) {
    if (stopped(error)) throw error; // which the guard around it tells
    return undefined;
  }
}

function guard<T>(name: string, what: string, work: () => T): T {
  try {
    return inLittleMemory(work);
  } catch (error) {
    if (stopped(error)) stops.count++;
    throw error instanceof UserError ? error : damaged(name, what, firstLine(error), error);
  }
}

/**
 * Does not let the library's memory grow beyond what sound files need: a damaged one may ask for all there is, which is never given back.
 * The library has no setting for it. Nothing else runs meanwhile, since the work is synchronous.
 */
function inLittleMemory<T>(work: () => T): T {
  const { prototype } = WebAssembly.Memory;
  const { grow } = prototype;
  prototype.grow = function (this: WebAssembly.Memory, pages: number) {
    if (this.buffer.byteLength + pages * 65_536 > MOST_MEMORY) throw new RangeError('more memory than a sound file needs');
    return grow.call(this, pages);
  };
  try {
    return work();
  } finally {
    prototype.grow = grow;
  }
}

/** How often the library has stopped for good in this process: it must be loaded anew after that, where that can be done. */
export const stops = { count: 0 };

function stopped(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError;
}

function firstLine(error: unknown): string {
  if (stopped(error)) return 'the library that reads it has stopped';
  const [line] = printable(String((error as Error)?.message ?? error)).split('\n');
  return line.trim() || 'the library gives no reason';
}

function damaged(name: string, what: string, reason: string, cause?: unknown): UserError {
  return new UserError(
    `${name} is an HDF5 file in which ${what} cannot be read (${reason}): it is cut short or damaged. Copy or export it again.`,
    { cause },
  );
}
