import type { Group } from 'h5wasm';
import { arrayFormatOf, nothingAround } from '../arrays/index.js';
import type { ArrayFile } from '../arrays/numeric-array.js';
import { bytesSource } from '../byte-source.js';

/** The bytes of any view, as they lie in memory. */
export function bytesIn({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

/** Opens a file of arrays that is in memory. @throws what the format throws; a test fails where it is of no format */
export async function openBytes(bytes: Uint8Array, name = 'file'): Promise<ArrayFile> {
  const format = arrayFormatOf(bytes.subarray(0, 1024), name);
  if (format === undefined) throw new Error(`${name} is of no format`);
  return format.open(bytesSource(bytes, name), nothingAround);
}

let made = 0;

/** An HDF5 file as the library writes it. */
export async function hdf5Bytes(build: (root: Group) => void): Promise<Uint8Array> {
  const { File, ready } = await import('h5wasm');
  const { FS } = await ready;
  const path = `/made-${made++}.h5`;
  const file = new File(path, 'w');
  build(file);
  file.close();
  const bytes = FS.readFile(path).slice();
  FS.unlink(path);
  return bytes;
}

/** A zip of files. @param level 0 stores them */
export async function zipBytes(files: Readonly<Record<string, Uint8Array>>, level: number): Promise<Uint8Array> {
  const { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } = await import('@zip.js/zip.js');
  const zip = new ZipWriter(new Uint8ArrayWriter(), { level, useWebWorkers: false });
  for (const [name, bytes] of Object.entries(files)) await zip.add(name, new Uint8ArrayReader(bytes as Uint8Array<ArrayBuffer>));
  return zip.close();
}
