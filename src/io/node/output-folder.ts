import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UsageError, UserError } from '../../tensor/errors.js';
import { makeFolder, reasonOf } from './index.js';

/** What a code means of an output folder. */
const special = { EEXIST: 'it is a file', ENOENT: 'the system does not let a folder be made there' };

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
    private readonly elsewhere: string,
  ) {}

  /**
   * @param elsewhere how to choose another folder, in messages
   * @throws UserError when the folder cannot be made or written.
   */
  static async open(path: string, elsewhere = 'name another folder with --out'): Promise<OutputFolder> {
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
      throw new UsageError(`The output folder ${path} cannot be written: ${reasonOf(error, special)}. Change that, or ${elsewhere}.`, {
        cause: error,
      });
    }
    return new OutputFolder(folder, made, staging, elsewhere);
  }

  /**
   * Put all files in place, replacing those of the same name; `last` follows when all others stand, so its presence means a whole set.
   * @param files by their names in the folder, with `/` for folders in it; large ones piece by piece, whose own errors are passed on
   * @param outdated names of files to remove then
   */
  async commit(
    files: ReadonlyMap<string, Uint8Array | string | Iterable<Uint8Array>>,
    last: string,
    outdated: readonly string[] = [],
  ): Promise<void> {
    try {
      for (const [name, content] of files) {
        await mkdir(dirname(join(this.staging, name)), { recursive: true });
        await writeFile(join(this.staging, name), content);
      }
      await rm(join(this.path, last), { force: true });
      const order = [...files.keys()].filter((name) => name !== last);
      for (const name of [...order, ...(files.has(last) ? [last] : [])]) {
        await mkdir(dirname(join(this.path, name)), { recursive: true });
        await rename(join(this.staging, name), join(this.path, name));
      }
      for (const name of outdated) await rm(join(this.path, name), { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      throw new UserError(`Writing to ${this.path} failed: ${reasonOf(error, special)}. Free some space, or ${this.elsewhere}.`, {
        cause: error,
      });
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
