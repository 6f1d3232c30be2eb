import { UserError } from '../../tensor/errors.js';
import type { ByteSource } from '../byte-source.js';
import { formatBytes } from '../format-bytes.js';
import { Hdf5File } from './hdf5-library.js';
import { capMemory } from './hdf5-memory.js';
import type { Hdf5Reader } from './hdf5-reader.js';

/** A file that is copied into the library's memory may have so many bytes. */
const MOST_COPIED = 2 ** 30;

let copies = 0;

/** The library in this thread, with a copy of the file in its memory: it sees no other. For where there are no threads and no files. */
export async function readCopy(source: ByteSource): Promise<Hdf5Reader> {
  if (source.size > MOST_COPIED)
    throw new UserError(
      `${source.name} has ${formatBytes(source.size)}, and HDF5 files of at most ${formatBytes(MOST_COPIED)} are read here. Use the command line, which reads a part of it.`,
    );
  const library = await import('h5wasm');
  const { FS } = await library.ready;
  const path = `/${copies++}.h5`;
  FS.writeFile(path, await source.read(0, source.size));
  let file: Hdf5File;
  try {
    file = inLittleMemory(() => new Hdf5File(library, path, source.name));
  } catch (error) {
    FS.unlink(path);
    throw error;
  }
  return {
    describe: async (matlab) => inLittleMemory(() => file.describe(matlab)),
    read: async (array, start, count) => inLittleMemory(() => file.read(array, start, count)),
    async close() {
      file.close();
      FS.unlink(path);
    },
  };
}

/** Nothing else of this thread runs meanwhile, since the work is synchronous: only the library's memory is bounded. */
function inLittleMemory<T>(work: () => T): T {
  const uncap = capMemory();
  try {
    return work();
  } finally {
    uncap();
  }
}
