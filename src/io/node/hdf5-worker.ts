import { parentPort } from 'node:worker_threads';
import { UserError } from '../../tensor/errors.js';
import { Hdf5File, hasStopped } from '../arrays/hdf5-library.js';
import { capMemory } from '../arrays/hdf5-memory.js';
import type { Hdf5Reply, Hdf5Request } from './hdf5-thread.js';
import { lockIn, showFile } from './one-file.js';
import { exportsOf, imageOf } from './program-image.js';

// The thread's side of hdf5-thread.ts. Its realm is the library's alone, so that the bound of memory may stand for good.
capMemory();
const port = parentPort!;
/** More than this is not kept for a next file, bytes. */
const MOST_KEPT = 2 ** 26;
let file: Hdf5File | undefined;
let hide = () => {};
/** Puts the library back to where it was when it was loaded. */
let restore = () => {};

port.on('message', async (request: Hdf5Request) => {
  try {
    const reply = await answer(request);
    port.postMessage(reply, reply.numbers ? [reply.numbers.buffer as ArrayBuffer] : []);
  } catch (error) {
    const failure = { message: (error as Error)?.message ?? String(error), expected: error instanceof UserError };
    port.postMessage({ failure, stopped: hasStopped(error) } satisfies Hdf5Reply);
  }
});

async function answer(request: Hdf5Request): Promise<Hdf5Reply> {
  switch (request.ask) {
    case 'load': {
      const exports = await exportsOf(async () => (await import('h5wasm')).ready);
      lockIn((await import('h5wasm')).FS);
      restore = imageOf(exports);
      return {};
    }
    case 'describe': {
      const library = await import('h5wasm');
      const shown = showFile(library.FS, request.name);
      hide = shown.hide;
      file = new Hdf5File(library, shown.path, request.name);
      return { contents: file.describe(request.matlab) };
    }
    case 'read':
      return { numbers: file!.read(request.array, request.start, request.count) };
    case 'close': {
      const { Module } = await import('h5wasm');
      // the library itself is not asked to close it: it is set back, whatever it thinks is open, and whatever a damaged file has done to it
      hide();
      if (Module.HEAPU8.length > MOST_KEPT) return { reusable: false };
      restore();
      return { reusable: true };
    }
  }
}
