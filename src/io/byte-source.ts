import { UserError } from '../tensor/errors.js';

/** Bytes that are read by range: a file of any size, a download, a `Blob`. */
export interface ByteSource {
  /** For messages: a path or a file name. */
  readonly name: string;
  /** Bytes in all. */
  readonly size: number;
  /** Exactly `length` bytes from `offset`, as a new array that is the caller's. @throws UserError when they are not all there */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** For sources: call before allocating. @throws UserError unless the range lies inside */
export function checkRange({ name, size }: Pick<ByteSource, 'name' | 'size'>, offset: number, length: number): void {
  if (offset >= 0 && length >= 0 && offset + length <= size) return;
  throw new UserError(
    `${name} is truncated: it has ${size} bytes, but bytes ${offset} to ${offset + length} are wanted. Copy or download it again.`,
  );
}

/** Bytes in memory. They are not copied until they are read. */
export function bytesSource(bytes: Uint8Array, name: string): ByteSource {
  return {
    name,
    size: bytes.length,
    async read(offset, length) {
      checkRange({ name, size: bytes.length }, offset, length);
      return new Uint8Array(bytes.subarray(offset, offset + length)); // a copy also where it is a Buffer, whose `slice` shares memory
    },
    async close() {},
  };
}

/** A `Blob` or `File`, as a page gets it from the user; on disk until it is read. @throws UserError when the file has gone or changed */
export function blobSource(blob: Blob, name: string = 'name' in blob ? String(blob.name) : 'the file'): ByteSource {
  return {
    name,
    size: blob.size,
    async read(offset, length) {
      checkRange({ name, size: blob.size }, offset, length);
      const bytes = await blob
        .slice(offset, offset + length)
        .arrayBuffer()
        .catch((error) => {
          throw new UserError(`Cannot read ${name}: it has changed or gone since it was chosen. Choose it again.`, { cause: error });
        });
      return new Uint8Array(bytes);
    },
    async close() {},
  };
}

/** Several sources one after another as one. Closing it does not close them. */
export function joinedSource(parts: readonly ByteSource[]): ByteSource {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const [{ name }] = parts;
  return {
    name,
    size,
    async read(offset, length) {
      checkRange({ name, size }, offset, length);
      const out = new Uint8Array(length);
      let start = 0;
      for (const part of parts) {
        const from = Math.max(offset, start);
        const count = Math.min(offset + length, start + part.size) - from;
        if (count > 0) out.set(await part.read(from - start, count), from - offset);
        start += part.size;
      }
      return out;
    },
    async close() {},
  };
}
