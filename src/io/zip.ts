import type { CreateReadableOptions, FileEntry, Reader } from '@zip.js/zip.js/lib/zip-core-reader.js';
import { UserError } from '../tensor/errors.js';
import { type ByteSource, checkRange } from './byte-source.js';
import { printable } from './printable.js';

/** A file inside a zip. */
export interface ZipMember {
  /** Bytes, unpacked. */
  readonly size: number;
  /** Some of them. Stored ones are read by range; deflated ones are unpacked whole, and the last is kept. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** A directory of more bytes, or files, is no checkpoint's: a large one has some thousand files of 100 bytes each. */
const MAX_DIRECTORY = 2 ** 25;
const MAX_MEMBERS = 2 ** 16;
/** Deflate cannot pack more tightly: a file that announces more is made to fill the memory. */
const MAX_RATIO = 1032;
/** The most that is unpacked at once. PyTorch itself writes stored files, which are read by range. */
const MAX_UNPACKED = 2 ** 30;

/** Bytes that are unpacked in one go. */
const PIECE = 2 ** 18;

const STORED = 0;
const DEFLATED = 8;
const LOCAL_HEADER = 30;
const LOCAL_SIGNATURE = 0x04034b50;

/**
 * The files of a zip by their names; its directory is read now, the files when they are asked for. Names are never paths here.
 * @throws UserError when it is damaged, encrypted, or too large a directory
 */
export async function openZip(source: ByteSource): Promise<ReadonlyMap<string, ZipMember>> {
  const entries = (await readDirectory(source)).sort((a, b) => a.offset - b.offset);
  const inflate = keepingLast((entry: FileEntry) => inflated(source, entry));
  return new Map(
    entries.map((entry, i): [string, ZipMember] => {
      const { filename, compressionMethod: method, compressedSize: packed, uncompressedSize: size } = entry;
      const end = entries[i + 1]?.offset ?? source.size; // none reaches into the next
      const fault =
        (entry.encrypted && 'is encrypted') ||
        (method !== STORED && method !== DEFLATED && `is packed by method ${method}; only stored and deflated files are read`) ||
        ((entry.offset + LOCAL_HEADER + packed > end || (method === STORED && packed !== size) || size > packed * MAX_RATIO) &&
          'is not where the directory says, or not as large');
      if (fault) throw damaged(source, `"${printable(filename)}" in it ${fault}`);
      const stored = async (offset: number, length: number) => {
        checkRange({ name: `"${printable(filename)}" in ${source.name}`, size }, offset, length);
        return source.read((await dataStart(source, entry, end)) + offset, length);
      };
      const deflated = async (offset: number, length: number) => {
        checkRange({ name: `"${printable(filename)}" in ${source.name}`, size }, offset, length);
        return (await inflate(entry)).slice(offset, offset + length);
      };
      return [filename, { size, read: method === STORED ? stored : deflated }];
    }),
  );
}

/** Gives the library the bytes of a source. */
function readerOf(source: ByteSource): Reader<ByteSource> {
  const readUint8Array = async (offset: number, length: number) => {
    const within = Math.max(0, Math.min(length, source.size - offset)); // at the end it expects what there is
    if (within > MAX_DIRECTORY) throw damaged(source, `its directory takes more than ${MAX_DIRECTORY} bytes`);
    return source.read(offset, within);
  };
  const createReadable = ({ offset = 0, size }: CreateReadableOptions = {}) => {
    const end = size === undefined ? source.size : offset + size;
    let at = offset;
    return new ReadableStream<Uint8Array>({
      async pull(controller) {
        const length = Math.min(PIECE, end - at);
        if (length > 0) controller.enqueue(await source.read(at, length));
        at += length;
        if (at >= end) controller.close();
      },
    });
  };
  return {
    size: source.size,
    readUint8Array,
    createReadable,
    get readable() {
      return createReadable();
    },
  };
}

async function readDirectory(source: ByteSource): Promise<FileEntry[]> {
  const files: FileEntry[] = [];
  const names = new Set<string>();
  const { ZipReader } = await import('@zip.js/zip.js/lib/zip-core-reader.js'); // now, since most runs read no zip
  try {
    for await (const entry of new ZipReader(readerOf(source)).getEntriesGenerator()) {
      if (names.has(entry.filename)) throw damaged(source, `it holds "${printable(entry.filename)}" twice`);
      if (names.size === MAX_MEMBERS) throw damaged(source, `it holds more than ${MAX_MEMBERS} files`);
      names.add(entry.filename);
      if (!entry.directory) files.push(entry);
    }
  } catch (error) {
    throw asUserError(source, 'its directory', error);
  }
  return files;
}

/** The byte after the header that stands before the data, which has a length of its own. */
async function dataStart(
  source: ByteSource,
  { offset, filename, compressionMethod, compressedSize }: FileEntry,
  end: number,
): Promise<number> {
  const header = await source.read(offset, LOCAL_HEADER);
  const view = new DataView(header.buffer, header.byteOffset, LOCAL_HEADER);
  const start = offset + LOCAL_HEADER + view.getUint16(26, true) + view.getUint16(28, true);
  const sound =
    view.getUint32(0, true) === LOCAL_SIGNATURE && view.getUint16(8, true) === compressionMethod && start + compressedSize <= end;
  if (!sound) throw damaged(source, `"${printable(filename)}" in it is not where the directory says`);
  return start;
}

/** Unpacks a file; never more than its directory says, and nothing but all of it. */
async function inflated(source: ByteSource, entry: FileEntry): Promise<Uint8Array> {
  const { filename, uncompressedSize: size } = entry;
  const what = `"${printable(filename)}" in it`;
  if (size > MAX_UNPACKED) throw damaged(source, `${what} has ${size} bytes, too many to unpack at once`);
  const bytes = new Uint8Array(size);
  let done = 0;
  const target = new WritableStream<Uint8Array>({
    write(chunk) {
      if (done + chunk.length > size) throw damaged(source, `${what} is larger than it says`);
      bytes.set(chunk, done);
      done += chunk.length;
    },
  });
  try {
    await entry.getData(target, { useWebWorkers: false, checkSignature: true });
  } catch (error) {
    throw asUserError(source, what, error);
  }
  if (done !== size) throw damaged(source, `${what} is smaller than it says`);
  return bytes;
}

/** The same function, which knows its last answer. */
function keepingLast<K, V>(compute: (key: K) => Promise<V>): (key: K) => Promise<V> {
  let last: { key: K; value: Promise<V> } | undefined;
  return (key) => {
    if (last?.key !== key) last = { key, value: compute(key) };
    return last.value;
  };
}

/** The library's errors are about the zip: its reasons for the user to read. */
function asUserError(source: ByteSource, what: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  return damaged(source, `${what} cannot be read (${(error as Error).message})`, error);
}

function damaged({ name }: ByteSource, what: string, cause?: unknown): UserError {
  return new UserError(`${name} cannot be read as a zip file: ${what}. Download or write it again.`, { cause });
}
