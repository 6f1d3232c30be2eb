import { crc32, deflateRawSync } from 'node:zlib';
import type { ByteSource } from '../../../io/byte-source.js';
import { checkRange } from '../../../io/byte-source.js';

/** Bytes at their place in a file; between them are zeros. */
export interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array;
}

export interface ZippedFile {
  readonly name: string;
  readonly content: Uint8Array;
  readonly deflate?: boolean;
  /** Where its header stands, after the file before it if not given. */
  readonly at?: number;
  /** What the directory says of it, where that is not the truth. */
  readonly says?: Partial<{ size: number; packed: number; method: number; flags: number; at: number; checksum: number }>;
  /** Zeros that follow the content, stored, which no piece holds. */
  readonly zeros?: number;
}

/** A zip file in pieces, of files given by content. With `zip64`, all sizes and offsets are in the 64-bit fields. */
export function zipPieces(files: readonly ZippedFile[], options: { zip64?: boolean } = {}): Piece[] {
  const { zip64 = false } = options;
  const pieces: Piece[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, content, deflate = false, at: place = at, says = {}, zeros = 0 } of files) {
    const label = new TextEncoder().encode(name);
    const data = deflate ? deflateRawSync(content) : content;
    const fields = {
      method: deflate ? 8 : 0,
      flags: 0,
      checksum: crc32(content),
      packed: data.length + zeros,
      size: content.length + zeros,
      at: place,
      ...says,
    };
    const { method, flags, checksum, packed, size } = fields;
    const small = (value: number) => (zip64 ? 0xffffffff : value);
    const common = [u16(20), u16(flags), u16(method), u16(0), u16(0x21), u32(checksum), u32(small(packed)), u32(small(size))];
    const sizes = zip64 ? [u64(size), u64(packed)] : [];
    const extra = (more: Uint8Array[]) =>
      zip64 ? join(u16(1), u16(8 * (sizes.length + more.length)), ...sizes, ...more) : new Uint8Array();
    const local = extra([]);
    const header = join(u32(0x04034b50), ...common, u16(label.length), u16(local.length), label, local);
    pieces.push({ at: place, bytes: join(header, data) });
    at = place + header.length + data.length + zeros;
    const central = extra([u64(fields.at)]);
    const end = [u16(label.length), u16(central.length), u16(0), u16(0), u16(0), u32(0), u32(small(fields.at)), label, central];
    directory.push(join(u32(0x02014b50), u16(20), ...common, ...end));
  }
  const listed = join(...directory);
  const count = files.length;
  const large = join(u32(0x06064b50), u64(44), u16(45), u16(45), u32(0), u32(0), u64(count), u64(count), u64(listed.length), u64(at));
  const locator = join(u32(0x07064b50), u32(0), u64(at + listed.length), u32(1));
  const small = zip64 ? [u32(0xffffffff), u32(0xffffffff)] : [u32(listed.length), u32(at)];
  const end = join(u32(0x06054b50), u16(0), u16(0), u16(count), u16(count), ...small, u16(0));
  return [...pieces, { at, bytes: join(listed, ...(zip64 ? [large, locator] : []), end) }];
}

/** The same as one array; for small files. */
export function zipBytes(files: readonly ZippedFile[]): Uint8Array {
  return join(...zipPieces(files).map(({ bytes }) => bytes));
}

/** A file of any size of which only some pieces are not zero. Notes the most that was read at once. */
export function sparseSource(pieces: readonly Piece[], name: string): ByteSource & { largestRead: number } {
  const size = Math.max(...pieces.map(({ at, bytes }) => at + bytes.length));
  return {
    name,
    size,
    largestRead: 0,
    async read(offset, length) {
      checkRange({ name, size }, offset, length);
      this.largestRead = Math.max(this.largestRead, length);
      const bytes = new Uint8Array(length);
      for (const piece of pieces) {
        const start = Math.max(offset, piece.at);
        const end = Math.min(offset + length, piece.at + piece.bytes.length);
        if (start < end) bytes.set(piece.bytes.subarray(start - piece.at, end - piece.at), start - offset);
      }
      return bytes;
    },
    async close() {},
  };
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

const number = (width: number, set: (view: DataView) => void) => {
  const view = new DataView(new ArrayBuffer(width));
  set(view);
  return new Uint8Array(view.buffer);
};
export const u16 = (value: number): Uint8Array => number(2, (view) => view.setUint16(0, value, true));
export const u32 = (value: number): Uint8Array => number(4, (view) => view.setUint32(0, value, true));
export const u64 = (value: number): Uint8Array => number(8, (view) => view.setBigUint64(0, BigInt(value), true));
