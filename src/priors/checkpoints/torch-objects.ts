import { printable } from '../../io/printable.js';
import { storedWidths } from '../stored-numbers.js';
import type { StoredDtype } from '../stored-tensor.js';
import type { PickleHost } from './pickle-machine.js';
import { Inert, PickledStorage, PickledTensor, type PickleValue } from './pickle-values.js';

type Broken = (what: string) => never;
type Call = (args: readonly PickleValue[], broken: Broken) => PickleValue;

/** Storages that can be read, by the class that PyTorch gives them. */
const storageTypes: ReadonlyMap<string, StoredDtype> = new Map([
  ['torch.DoubleStorage', 'F64'],
  ['torch.FloatStorage', 'F32'],
  ['torch.HalfStorage', 'F16'],
  ['torch.BFloat16Storage', 'BF16'],
  ['torch.LongStorage', 'I64'],
  ['torch.IntStorage', 'I32'],
  ['torch.ShortStorage', 'I16'],
  ['torch.CharStorage', 'I8'],
  ['torch.ByteStorage', 'U8'],
  ['torch.BoolStorage', 'BOOL'],
  ['torch.storage.UntypedStorage', 'U8'],
]);

/** Bytes of one element of those that cannot: in a legacy file the way to the next storage leads past them. */
const otherWidths: ReadonlyMap<string, number> = new Map([
  ['torch.ComplexDoubleStorage', 16],
  ['torch.ComplexFloatStorage', 8],
  ['torch.QInt32Storage', 4],
  ['torch.QInt8Storage', 1],
  ['torch.QUInt8Storage', 1],
  ['torch.QUInt4x2Storage', 1],
  ['torch.QUInt2x4Storage', 1],
]);

/** As many axes as a tensor of PyTorch has at most. */
const MAX_AXES = 64;

const table: Call = ([pairs = []], broken) => {
  const fresh = new Map<PickleValue, PickleValue>();
  if (!Array.isArray(pairs)) return broken('a table is not made of pairs');
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) return broken('a table is not made of pairs');
    fresh.set(pair[0], pair[1]);
  }
  return fresh;
};
const list: Call = ([items = []], broken) => (Array.isArray(items) ? items.slice() : broken('a list is not made of items'));
const set: Call = ([items = []], broken) => (Array.isArray(items) ? new Set(items) : broken('a set is not made of items'));
const bytes: Call = () => new Inert('bytes'); // as Python 2 would read them; nothing here needs them
const parameter: Call = ([data]) => (data instanceof PickledTensor ? data : new Inert('torch.nn.Parameter'));

/** (storage, offset, size, stride, and for version 2 whether a gradient is wanted, hooks, metadata) */
const tensor: Call = ([storage, offset, size, stride], broken) => {
  if (storage instanceof Inert) return new Inert(`tensor of ${storage.name}`);
  if (!(storage instanceof PickledStorage)) return broken('a tensor has no storage');
  const whole = isCount(offset) && areCounts(size) && areCounts(stride) && size.length === stride.length;
  return whole ? new PickledTensor(storage, offset, size.slice(), stride.slice()) : broken('the shape of a tensor is malformed');
};

/** All that a pickle can have called. */
const calls: ReadonlyMap<string, Call> = new Map([
  ['collections.OrderedDict', table],
  ['collections.defaultdict', ([, pairs = []]: readonly PickleValue[], broken: Broken) => table([pairs], broken)],
  ['builtins.dict', table],
  ['builtins.list', list],
  ['builtins.tuple', list],
  ['builtins.set', set],
  ['builtins.frozenset', set],
  ['builtins.bytes', bytes],
  ['builtins.bytearray', bytes],
  ['_codecs.encode', bytes],
  ['torch.Size', list],
  ['torch._utils._rebuild_tensor', tensor],
  ['torch._utils._rebuild_tensor_v2', tensor],
  ['torch._utils._rebuild_parameter', parameter],
  ['torch._utils._rebuild_parameter_with_state', parameter],
]);

/** A storage as a pickle announces it. */
export interface AnnouncedStorage {
  readonly elements: number;
  /** Bytes of one element. */
  readonly width: number;
}

/** Stands in for the parts of Python and PyTorch that checkpoints are made of, and notes the storages that one speaks of. */
export class TorchObjects implements PickleHost {
  readonly storages = new Map<string, AnnouncedStorage>();

  knows(name: string): boolean {
    return calls.has(name) || storageTypes.has(name);
  }

  call(name: string, args: readonly PickleValue[], broken: Broken): PickleValue {
    const call = calls.get(name);
    return call === undefined ? new Inert(name) : call(args, broken);
  }

  /** ('storage', class, key, device, number of elements, and in legacy files a view) or ('module', class, its source) */
  persistent(id: PickleValue, broken: Broken): PickleValue {
    if (!Array.isArray(id)) return broken('a storage is malformed');
    const [kind, type, key, , elements, view = null] = id;
    if (kind === 'module' && type instanceof Inert) return type;
    if (kind !== 'storage' || !(type instanceof Inert) || typeof key !== 'string' || !isCount(elements))
      return broken('a storage is malformed');
    if (view !== null) return broken(`storage "${printable(key)}" is a view of another, as PyTorch wrote before version 0.4`);
    const dtype = storageTypes.get(type.name);
    const width = dtype === undefined ? otherWidths.get(type.name) : storedWidths[dtype];
    if (width === undefined) return broken(`storage "${printable(key)}" is of the unknown class ${printable(type.name)}`);
    const before = this.storages.get(key);
    if (before !== undefined && (before.elements !== elements || before.width !== width))
      return broken(`storage "${printable(key)}" is announced in two ways`);
    this.storages.set(key, { elements, width });
    return dtype === undefined ? type : new PickledStorage(key, dtype, elements);
  }
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function areCounts(value: PickleValue | undefined): value is number[] {
  return Array.isArray(value) && value.length <= MAX_AXES && value.every(isCount);
}
