import { parentPort } from 'node:worker_threads';
import { UserError } from '../../tensor/errors.js';
import { Hdf5File, hasStopped } from '../arrays/hdf5-library.js';
import { capMemory } from '../arrays/hdf5-memory.js';
import type { Hdf5Reply, Hdf5Request } from './hdf5-thread.js';
import { lockIn, showFile } from './one-file.js';

// The thread's side of hdf5-thread.ts. Its realm is the library's alone, so that the bound of memory may stand for good.
capMemory();
const port = parentPort!;
/** More than this is not kept for a next file, bytes. */
const MOST_KEPT = 2 ** 26;
let open: { readonly file: Hdf5File; hide(): void } | undefined;

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
  const library = await import('h5wasm');
  const { FS, HEAPU8 } = await library.ready;
  switch (request.ask) {
    case 'load':
      lockIn(FS);
      return {};
    case 'describe': {
      const { path, hide } = showFile(FS, request.name);
      open = { file: new Hdf5File(library, path, request.name), hide };
      return { contents: open.file.describe(request.matlab) };
    }
    case 'read':
      return { numbers: open!.file.read(request.array, request.start, request.count) };
    case 'close': {
      open!.file.close();
      open!.hide();
      return { reusable: open!.file.sound && HEAPU8.length <= MOST_KEPT };
    }
  }
}
