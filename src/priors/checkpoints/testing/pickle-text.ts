import { join, u32, u64, zipBytes } from './zip-bytes.js';

/* Pickles written by hand: every part is bytes, or text whose characters are the bytes. */

export type Part = string | Uint8Array;

/** A pickle of protocol 2 of operations. */
export function pickle(...parts: readonly Part[]): Uint8Array {
  return join(bytes('\x80\x02'), ...parts.map(bytes), bytes('.'));
}

/** An operation with text, as BINUNICODE. */
export function text(value: string): Uint8Array {
  const encoded = new TextEncoder().encode(value);
  return join(bytes('X'), u32(encoded.length), encoded);
}

/** An integer, as LONG1 of 8 bytes. */
export function integer(value: number): Uint8Array {
  return join(bytes('\x8a\x08'), u64(value));
}

export interface TensorText {
  readonly key?: string;
  readonly type?: string;
  /** Of the storage. */
  readonly elements: number;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

/** The operations that make a tensor, as torch.save writes them. */
export function tensorText({ key = '0', type = 'FloatStorage', elements, offset = 0, shape, stride }: TensorText): Uint8Array {
  const tuple = (values: readonly number[]) => join(bytes('('), ...values.map(integer), bytes('t'));
  const storage = join(bytes('('), text('storage'), bytes(`ctorch\n${type}\n`), text(key), text('cpu'), integer(elements), bytes('tQ'));
  return join(bytes('ctorch._utils\n_rebuild_tensor_v2\n('), storage, integer(offset), tuple(shape), tuple(stride), bytes('\x89}tR'));
}

/** A zip as torch.save makes it, of a pickle and the bytes of storages. */
export function torchZip(object: Uint8Array, storages: Readonly<Record<string, Uint8Array>> = {}): Uint8Array {
  const files = Object.entries(storages).map(([key, content]) => ({ name: `archive/data/${key}`, content }));
  return zipBytes([{ name: 'archive/data.pkl', content: object }, ...files]);
}

/** A file without the zip: the pickles before the object, the object, the keys of its storages, and these, of float32. */
export function torchLegacy(object: Uint8Array, storages: Readonly<Record<string, Uint8Array>> = {}): Uint8Array {
  const magic = Uint8Array.of(0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19);
  const keys = pickle('](', ...Object.keys(storages).map(text), 'e');
  const contents = Object.values(storages).map((content) => join(u64(content.length / 4), content));
  return join(pickle(magic), pickle('M\xe9\x03'), pickle('}', text('little_endian'), '\x88s'), object, keys, ...contents);
}

function bytes(part: Part): Uint8Array {
  return typeof part === 'string' ? Uint8Array.from(part, (character) => character.charCodeAt(0)) : part;
}
