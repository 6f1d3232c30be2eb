import type { Dataset, Group, Metadata } from 'h5wasm';
import { UserError } from '../../tensor/errors.js';
import { sizeOf } from '../../tensor/tensor.js';
import { isNumberType, type Numbers, type NumberType, numbersFor } from '../number-types.js';
import { printable } from '../printable.js';
import { type Hdf5Array, type Hdf5Contents, hdf5Damaged } from './hdf5-reader.js';

export type Hdf5Library = typeof import('h5wasm');

const MOST_OBJECTS = 10_000;
const MOST_DEPTH = 32;
const MOST_TEXT = 4096;

/** An HDF5 file as the library has it open: all that is said to the library is said here, and waits for the answer. */
export class Hdf5File {
  private readonly file: InstanceType<Hdf5Library['File']>;
  private readonly datasets: Dataset[] = [];

  /**
   * @param path in the library's file system
   * @param name of the file, for messages
   * @throws UserError when it is damaged, as all that follows
   */
  constructor(
    private readonly library: Hdf5Library,
    path: string,
    private readonly name: string,
  ) {
    // its own handler prints to the console
    (library.Module as unknown as { activate_throwing_error_handler(): void }).activate_throwing_error_handler();
    this.file = this.guarded('its structure', () => new library.File(path, 'r'));
  }

  describe(matlab: boolean): Hdf5Contents {
    const arrays: Hdf5Array[] = [];
    const texts: Record<string, string> = {};
    const elsewhere: Record<string, string> = {};
    const found = this.guarded('its groups', () => this.found(elsewhere));
    this.guarded('its arrays', () => {
      for (const [path, dataset] of found) {
        const metadata = optional(() => dataset.metadata);
        if (metadata === undefined) continue;
        const source = metadata.virtual_sources?.find(({ file_name: file }) => file !== '.');
        const text = source ? undefined : optional(() => textOf(dataset, metadata, matlab));
        const type = numberTypeOf(metadata);
        if (source) elsewhere[path] = printable(source.file_name);
        else if (text !== undefined) texts[path] = printable(text);
        else if (type !== undefined && metadata.shape !== null && sizeOf(metadata.shape) > 0) {
          const { shape, size, chunks } = metadata;
          const unit = optional(() => unitOf(dataset));
          arrays.push({ index: this.datasets.push(dataset) - 1, path, shape, type, size, ...(chunks && { chunk: chunks }), unit });
        }
      }
    });
    return { arrays, texts, elsewhere };
  }

  read({ index, path, shape, type }: Hdf5Array, start: readonly number[], count: readonly number[]): Numbers {
    const dataset = this.datasets[index];
    const what = `"${printable(path)}"`;
    const value = this.guarded(what, () =>
      shape.length === 0 ? dataset.value : dataset.slice(start.map((from, axis) => [from, from + count[axis]])),
    );
    const out = numbersFor(type, sizeOf(count));
    if (out.length === 1 && !ArrayBuffer.isView(value)) out[0] = Number(value);
    else {
      const given = value as Numbers | BigInt64Array;
      if (given?.length !== out.length) throw hdf5Damaged(this.name, what, 'the library gives another count of numbers');
      for (let i = 0; i < out.length; i++) out[i] = Number(given[i]);
    }
    return out;
  }

  close(): void {
    try {
      this.file.close();
    } catch {} // a damaged file may not close; it was only read
  }

  /** Every dataset, by its path. Links that lead nowhere are left out, those out of the file noted. */
  private found(elsewhere: Record<string, string>): [path: string, dataset: Dataset][] {
    const { library } = this;
    const found: [string, Dataset][] = [];
    let objects = 0;
    const visit = (group: Group, path: string, depth: number): void => {
      for (const key of group.keys()) {
        if (++objects > MOST_OBJECTS || depth > MOST_DEPTH) throw new Error('it has too many groups, or groups in a circle');
        if (path === '' && key.startsWith('#')) continue; // MATLAB's store of cells and references
        const entity = optional(() => group.get(key));
        if (entity instanceof library.Group) visit(entity, `${path}/${key}`, depth + 1);
        else if (entity instanceof library.Dataset) found.push([`${path}/${key}`, entity]);
        else if (entity instanceof library.ExternalLink) elsewhere[`${path}/${key}`] = printable(`${entity.filename}:${entity.obj_path}`);
      }
    };
    visit(this.file, '', 0);
    return found;
  }

  private guarded<T>(what: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof UserError) throw error;
      if (/ in H5D__efl_\w+\(\): /.test(String(error)))
        throw new UserError(`${what} of ${this.name} is kept in another file, which is not opened. Put both into one (h5repack does).`);
      throw hdf5Damaged(this.name, what, reasonOf(error), error);
    }
  }
}

/** What a damaged part of a file gives: nothing. A library that has stopped is no such part. */
function optional<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (hasStopped(error)) throw error; // which the guard around it tells
    return undefined;
  }
}

/** Whether an error, or its cause, says that the library cannot go on: it must be loaded anew. */
export function hasStopped(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError || (error instanceof UserError && error.cause instanceof WebAssembly.RuntimeError);
}

export const STOPPED = 'the library that reads it has stopped';

/** Of the library's report, from its outermost function inwards, what the innermost says. */
function reasonOf(error: unknown): string {
  if (hasStopped(error)) return STOPPED;
  const message = String((error as Error)?.message ?? error);
  const innermost = [...message.matchAll(/^ *#\d+: .* in \w+\(\): (.*)$/gm)].at(-1)?.[1];
  return printable((innermost ?? message).trim()) || 'the library gives no reason';
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
