import { UserError } from '../tensor/errors.js';
import { type ByteSource, checkRange } from './byte-source.js';
import { formatBytes } from './format-bytes.js';

/** Deflate cannot pack more tightly: a file that announces more is made to fill the memory. */
export const MAX_RATIO = 1032;

/** Bytes that are given to the decompressor at once. */
const PIECE = 2 ** 18;

export interface Packed {
  /** Where the packed bytes are in the source. */
  readonly offset: number;
  readonly length: number;
  readonly format: 'gzip' | 'deflate' | 'deflate-raw';
  /** Bytes unpacked, where they are known; else the most that they can be, and reading ends where they end. */
  readonly size?: number;
}

/**
 * Packed bytes as a source of unpacked ones. They are unpacked from the start to what is wanted, and never kept: reading forward takes one
 * pass, going back starts again. Closing it does not close what it reads from.
 */
export function inflatedSource(source: ByteSource, { offset, length, format, size = length * MAX_RATIO }: Packed): ByteSource {
  const { name } = source;
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  /** The piece that was unpacked last, and where it starts. */
  let piece: Uint8Array = new Uint8Array();
  let at = 0;
  let queue: Promise<unknown> = Promise.resolve();

  const rewind = async () => {
    const old = reader;
    reader = undefined;
    piece = new Uint8Array();
    at = 0;
    await old?.cancel().catch(() => {});
  };
  const next = async () => {
    reader ??= unpacking(source, offset, length, format).getReader();
    const { done, value } = await reader.read().catch((cause) => {
      if (cause instanceof UserError) throw cause;
      throw new UserError(`${name} is damaged: what is packed in it cannot be unpacked (${reason(cause)}). Copy or download it again.`, {
        cause,
      });
    });
    at += piece.length;
    piece = done ? new Uint8Array() : value;
    if (done) throw new UserError(`${name} is cut short: what is packed in it ends after ${at} bytes. Copy or download it again.`);
  };
  const take = async (from: number, count: number): Promise<Uint8Array> => {
    if (from < at) await rewind();
    const out = new Uint8Array(count);
    for (let filled = 0; filled < count; ) {
      const first = from + filled - at;
      if (first >= piece.length) await next();
      else {
        const part = piece.subarray(first, first + count - filled);
        out.set(part, filled);
        filled += part.length;
      }
    }
    return out;
  };
  return {
    name,
    size,
    read(from, count) {
      const result = queue.then(() => {
        checkRange({ name, size }, from, count);
        return take(from, count);
      });
      // one after another; a failure starts over
      queue = result.catch(rewind);
      return result;
    },
    close: rewind,
  };
}

function unpacking(source: ByteSource, offset: number, length: number, format: Packed['format']): ReadableStream<Uint8Array> {
  let done = 0;
  const packed = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        const count = Math.min(PIECE, length - done);
        if (count > 0) controller.enqueue((await source.read(offset + done, count)) as Uint8Array<ArrayBuffer>);
        done += count;
        if (done >= length) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  return packed.pipeThrough(new DecompressionStream(format));
}

function reason(cause: unknown): string {
  const { code, message } = cause as { code?: string; message: string };
  return code ?? message;
}

/** All of packed bytes, unpacked. @throws UserError when they are damaged, or more than `most` bytes */
export async function inflateAll(source: ByteSource, packed: Omit<Packed, 'size'>, most: number): Promise<Uint8Array> {
  const { name } = source;
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = unpacking(source, packed.offset, packed.length, packed.format).getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      length += part.value.length;
      if (length > most)
        throw new UserError(`${name} unpacks to more than ${formatBytes(most)}, more than one image can be. Name another file.`);
      chunks.push(part.value);
    }
  } catch (cause) {
    await reader.cancel().catch(() => {});
    if (cause instanceof UserError) throw cause;
    throw new UserError(`${name} is damaged: what is packed in it cannot be unpacked (${reason(cause)}). Copy or download it again.`, {
      cause,
    });
  }
  const out = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}
