import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeFolder } from '../../io/node/index.js';
import { UserError } from '../../tensor/errors.js';

/**
 * A folder of results that is written whole or not at all. Opening it makes sure, before any work is done, that it can
 * be written; `commit` writes every file to a staging folder inside and only then renames them into place, `last` at the
 * very end; `abandon` takes away what opening made.
 */
export class OutputFolder {
  private constructor(
    readonly path: string,
    /** The topmost folder that opening made, undefined when the folder was there. */
    private readonly made: string | undefined,
    private readonly staging: string,
  ) {}

  /** @throws UserError when the folder cannot be made or written. */
  static async open(path: string): Promise<OutputFolder> {
    const folder = resolve(path);
    const staging = join(folder, `.partial-${process.pid}`);
    let made: string | undefined;
    try {
      await makeFolder(folder, (first) => {
        made = first;
      });
      await mkdir(staging);
      await writeFile(join(staging, 'probe'), 'x');
      await rm(staging, { recursive: true });
    } catch (error) {
      if (made) await rm(made, { recursive: true, force: true });
      throw new UserError(`The output folder ${path} cannot be written: ${reason(error)}. Name another with --out.`, {
        exitCode: 2,
        cause: error,
      });
    }
    return new OutputFolder(folder, made, staging);
  }

  /** Put all files in place, replacing those of the same name; `last` follows when all others stand, so its presence means a whole set. */
  async commit(files: ReadonlyMap<string, Uint8Array | string>, last: string): Promise<void> {
    try {
      await mkdir(this.staging, { recursive: true });
      for (const [name, content] of files) await writeFile(join(this.staging, name), content);
      await rm(join(this.path, last), { force: true });
      const order = [...files.keys()].filter((name) => name !== last);
      for (const name of [...order, ...(files.has(last) ? [last] : [])]) await rename(join(this.staging, name), join(this.path, name));
    } catch (error) {
      throw new UserError(
        `Writing the results to ${this.path} failed: ${reason(error)}. Free some space or name another folder with --out.`,
        { cause: error },
      );
    } finally {
      await rm(this.staging, { recursive: true, force: true });
    }
  }

  /** Leave no trace: removes the folder if opening made it. */
  async abandon(): Promise<void> {
    await rm(this.staging, { recursive: true, force: true });
    if (this.made && (await stat(this.path).catch(() => undefined))) await rm(this.made, { recursive: true, force: true });
  }
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const known: Record<string, string> = {
    EACCES: 'permission denied',
    EPERM: 'the system does not permit it',
    EROFS: 'the file system is read-only',
    ENOSPC: 'no space is left',
    ENOTDIR: 'a part of the path is a file',
    EEXIST: 'it is a file',
    ENOENT: 'the system does not let a folder be made there',
  };
  return known[code ?? ''] ?? message;
}
