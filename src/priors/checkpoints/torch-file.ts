import { printable } from '../../io/printable.js';
import { UserError } from '../../tensor/errors.js';
import type { StoredTensor, TensorFile } from '../stored-tensor.js';
import type { Unpickled } from './pickle.js';
import { Inert, type PickledStorage, PickledTensor, type PickleValue } from './pickle-values.js';
import { layoutFault, readStrided } from './strided.js';

/** Reads bytes of one storage. */
export type StorageReader = (offset: number, length: number) => Promise<Uint8Array>;

/* A table can hold itself many times over, so paths are bounded: in number, in depth, in length. */
const MAX_TENSORS = 2 ** 16;
const MAX_VISITS = 2 ** 21;
const MAX_DEPTH = 64;
const MAX_PATH = 1024;
const MAX_PLAIN = 1000;

/**
 * The tensors of an unpickled object by their paths, each checked against its storage; and the plain values at the top.
 * @param locate the reader of a storage. @throws UserError when the storage is not there or not as large as announced
 * @throws UserError when there are no tensors, or one is damaged, named
 */
export function torchTensors(
  file: string,
  { value, unknown }: Unpickled,
  locate: (storage: PickledStorage) => StorageReader,
): Pick<TensorFile, 'tensors' | 'metadata' | 'unknown'> {
  const tensors = new Map<string, StoredTensor>();
  for (const [name, found] of namedTensors(file, value)) {
    const { storage, shape } = found;
    const fault = layoutFault(found, storage.elements);
    if (fault !== undefined)
      throw new UserError(`${file} is damaged: tensor "${printable(name)}" cannot be read, ${fault}. Download it again.`);
    const read = locate(storage);
    tensors.set(name, { shape, dtype: storage.dtype, read: () => readStrided(found, storage.dtype, read) });
  }
  if (tensors.size === 0) {
    const classes = unknown.size === 0 ? '' : ` outside objects of classes that are not opened (${listed(unknown)})`;
    throw new UserError(`${file} holds no tensors${classes}. Save the state_dict() of the model instead.`);
  }
  return { tensors, metadata: plainValues(value), unknown: [...unknown] };
}

function listed(names: ReadonlySet<string>): string {
  const first = [...names].slice(0, 3).join(', ');
  return names.size > 3 ? `${first} and ${names.size - 3} more` : first;
}

function namedTensors(file: string, root: PickleValue): Map<string, PickledTensor> {
  const found = new Map<string, PickledTensor>();
  const above = new Set<PickleValue>(); // tables on the way from the root: one of them again is a cycle
  let visits = 0;
  const tooMuch = (what: string): never => {
    throw new UserError(`${file} cannot be read: ${what}. Save only the state_dict() of the model.`);
  };
  const visit = (value: PickledTensor | Table, path: string): void => {
    if (value instanceof PickledTensor) {
      if (path.length > MAX_PATH) tooMuch(`the name of a tensor has ${path.length} characters`);
      if (found.has(path)) tooMuch(`two of its tensors are called "${printable(path)}"`);
      if (found.size === MAX_TENSORS) tooMuch(`it holds more than ${MAX_TENSORS} tensors`);
      found.set(path, value);
    } else if (!above.has(value)) {
      if (above.size === MAX_DEPTH) tooMuch(`its tables are nested more than ${MAX_DEPTH} deep`);
      above.add(value);
      for (const [key, item] of value.entries()) {
        if (++visits > MAX_VISITS) tooMuch('its tables hold one another too often');
        if (item instanceof PickledTensor || isTable(item)) visit(item, value === root ? keyName(key) : `${path}.${keyName(key)}`);
      }
      above.delete(value);
    }
  };
  if (root instanceof PickledTensor) visit(root, 'tensor');
  else if (isTable(root)) visit(root, '');
  return found;
}

type Table = Map<PickleValue, PickleValue> | PickleValue[];

function isTable(value: PickleValue): value is Table {
  return value instanceof Map || Array.isArray(value);
}

/** A key as part of a path. Other than text, Lightning uses numbers and classes. */
function keyName(key: PickleValue): string {
  if (key instanceof Inert) return key.name;
  return typeof key === 'object' && key !== null ? '?' : String(key);
}

/** Text, numbers and truth values of the topmost table, for display. */
function plainValues(root: PickleValue): Record<string, string> {
  const plain: [string, string][] = [];
  for (const [key, value] of root instanceof Map ? root : []) {
    if (plain.length < MAX_PLAIN && typeof key === 'string' && ['string', 'number', 'bigint', 'boolean'].includes(typeof value))
      plain.push([printable(key), printable(String(value))]);
  }
  return Object.fromEntries(plain);
}
