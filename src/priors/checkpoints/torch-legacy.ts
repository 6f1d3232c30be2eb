import { type ByteSource, checkRange } from '../../io/byte-source.js';
import { printable } from '../../io/printable.js';
import { UserError } from '../../tensor/errors.js';
import type { TensorFile } from '../stored-tensor.js';
import { type Unpickled, unpickle } from './pickle.js';
import { PickleEnds } from './pickle-bytes.js';
import type { PickledStorage, PickleValue } from './pickle-values.js';
import { torchTensors } from './torch-file.js';
import { type AnnouncedStorage, TorchObjects } from './torch-objects.js';

/* What torch.save wrote before version 1.6: five pickles in a row, then the storages, each its number of elements (8 bytes) and the elements. */

const MAGIC = 0x1950a86a20f9469cfc6cn;
const VERSION = 1001;
/** The first part of the file that is read; if the pickles go on, eight times as much, up to the bound of a pickle. */
const FIRST_WINDOW = 2 ** 20;
const MAX_PICKLES = 2 ** 26;

/** A checkpoint of PyTorch before 1.6, or saved without the zip. @throws UserError when it is damaged or something else */
export async function openTorchLegacy(source: ByteSource): Promise<TensorFile> {
  const { name: file } = source;
  const pickles = await readPickles(source);
  const starts = await storageStarts(source, pickles);
  const locate = ({ key }: PickledStorage) => {
    const start = starts.get(key);
    if (start === undefined) throw damaged(file, `storage "${printable(key)}" is not in it`);
    return (offset: number, length: number) => source.read(start + offset, length);
  };
  return { format: 'torch-legacy', ...torchTensors(file, pickles.object, locate), close: () => source.close() };
}

interface Pickles {
  readonly object: Unpickled;
  /** What the object says of its storages. */
  readonly storages: ReadonlyMap<string, AnnouncedStorage>;
  /** The storages in the order of the file. */
  readonly keys: readonly PickleValue[];
  /** The byte after the pickles. */
  readonly end: number;
}

async function readPickles(source: ByteSource): Promise<Pickles> {
  for (let window = FIRST_WINDOW; ; window *= 8) {
    const bytes = await source.read(0, Math.min(window, source.size));
    try {
      return parsePickles(bytes, source.name);
    } catch (error) {
      if (!(error instanceof PickleEnds) || bytes.length === source.size) throw error;
      if (window >= MAX_PICKLES) throw damaged(source.name, `its pickles take more than ${MAX_PICKLES} bytes`);
    }
  }
}

function parsePickles(bytes: Uint8Array, file: string): Pickles {
  const host = new TorchObjects();
  const magic = unpickle(bytes, 0, file, host);
  if (magic.value !== MAGIC)
    throw new UserError(
      `${file} is a pickle of Python, but not a checkpoint of PyTorch. Save the state_dict() of the model with torch.save.`,
    );
  const version = unpickle(bytes, magic.end, file, host);
  if (version.value !== VERSION) throw damaged(file, `its version is ${String(version.value)}, not ${VERSION}`);
  const system = unpickle(bytes, version.end, file, host);
  if (!(system.value instanceof Map) || system.value.get('little_endian') !== true)
    throw new UserError(`${file} was written on a big-endian machine, which is not read. Save it again on another.`);
  const object = unpickle(bytes, system.end, file, host);
  const keys = unpickle(bytes, object.end, file, host);
  if (!Array.isArray(keys.value)) throw damaged(file, 'its list of storages is not a list');
  return { object, storages: host.storages, keys: keys.value, end: keys.end };
}

/** The byte where the numbers of each storage begin. Each is as large as announced, and inside the file. */
async function storageStarts(source: ByteSource, { storages, keys, end }: Pickles): Promise<Map<string, number>> {
  const starts = new Map<string, number>();
  let at = end;
  for (const key of keys) {
    const announced = typeof key === 'string' && !starts.has(key) ? storages.get(key) : undefined;
    if (typeof key !== 'string' || announced === undefined) throw damaged(source.name, 'its list of storages does not fit its tensors');
    const count = await source.read(at, 8);
    const elements = Number(new DataView(count.buffer, count.byteOffset, 8).getBigUint64(0, true));
    if (elements !== announced.elements)
      throw damaged(source.name, `storage "${printable(key)}" has ${elements} elements, not ${announced.elements}`);
    checkRange(source, at + 8, elements * announced.width);
    starts.set(key, at + 8);
    at += 8 + elements * announced.width;
  }
  return starts;
}

function damaged(file: string, what: string): UserError {
  return new UserError(`${file} is damaged: ${what}. Download it again, or save it again with torch.save.`);
}
