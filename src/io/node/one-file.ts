import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** What is needed of the file system that a WebAssembly program sees (Emscripten's MEMFS). */
interface ProgramFiles {
  readonly ErrnoError: new (code: number) => Error;
  readonly streams: readonly (object | null)[];
  close(stream: object): void;
  readdir(path: string): string[];
  writeFile(path: string, data: Uint8Array): void;
  unlink(path: string): void;
  lookupPath(path: string): { node: ProgramFile };
}

interface ProgramFile {
  stream_ops: {
    read(stream: unknown, buffer: Uint8Array, offset: number, length: number, position: number): number;
    llseek: unknown;
  };
}

/** Emscripten's numbers of the errors. */
const EIO = 29;

/** Takes a program's devices and its streams away: standard input is one, which the name of a file can stand for. */
export function lockIn(fileSystem: unknown): void {
  const files = fileSystem as ProgramFiles;
  closeAll(files);
  for (const name of files.readdir('/dev')) if (!/^(\.|shm)/.test(name)) files.unlink(`/dev/${name}`);
}

function closeAll(files: ProgramFiles): void {
  for (const stream of files.streams) if (stream) files.close(stream);
}

/**
 * Gives a program one file to read, by a path there: what it needs is read when it asks for it, and no other file is to be seen.
 * Hiding it closes all that the program has open, and removes what it has written for itself.
 * @throws what the system says when the file cannot be opened
 */
export function showFile(fileSystem: unknown, name: string): { readonly path: string; hide(): void } {
  const files = fileSystem as ProgramFiles;
  const descriptor = openSync(name, 'r');
  const { size } = fstatSync(descriptor);
  const path = '/file';
  files.writeFile(path, new Uint8Array());
  const { node } = files.lookupPath(path);
  Object.defineProperty(node, 'usedBytes', { value: size });
  node.stream_ops = {
    llseek: node.stream_ops.llseek,
    read(_stream, buffer, offset, length, position) {
      let done = 0;
      try {
        for (let count = -1; done < length && count !== 0; done += count)
          count = readSync(descriptor, buffer, offset + done, length - done, position + done);
      } catch {
        throw new files.ErrnoError(EIO);
      }
      return done;
    },
  };
  return {
    path,
    hide() {
      closeAll(files);
      files.unlink(path);
      for (const left of files.readdir('/tmp')) if (!left.startsWith('.')) files.unlink(`/tmp/${left}`);
      closeSync(descriptor);
    },
  };
}
