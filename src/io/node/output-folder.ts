import { lstat, mkdir, mkdtemp, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UsageError, UserError } from '../../tensor/errors.js';
import { type Guard, guardFile, sameFile } from './guard.js';
import { makeFolder, reasonOf } from './index.js';

/** What a code means of an output folder. */
const special = { EEXIST: 'it is a file', ENOENT: 'the system does not let a folder be made there' };
const STAGING = '.partial-';
/** What a killed run left in the middle of writing is taken away after so long; writing takes seconds. */
const LEFT_BEHIND_MS = 10 * 60_000;

/** Where an output folder may be, and what it must not harm. */
export interface OutputOptions extends Guard {
  /** Whether the folder takes a number, `NAME-2`, where there is one of that name. */
  readonly unique?: boolean;
  /** Whether a file of that name may come to be written, and so must not lie there; where absent, the caller has looked. */
  readonly mayWrite?: (name: string) => boolean;
  /** How to choose another folder, in messages. */
  readonly elsewhere?: string;
}

/**
 * A folder of results that is written whole or not at all. Opening it makes sure, before any work is done, that it can
 * be written without harm to files that are not its own; `commit` writes every file to a staging folder inside and only then renames them
 * into place, `last` at the very end; `abandon` takes away what opening made.
 */
export class OutputFolder {
  private constructor(
    readonly path: string,
    /** As it was named, with its number. */
    readonly given: string,
    /** The topmost folder that opening made, undefined when the folder was there. */
    private readonly made: string | undefined,
    private readonly options: OutputOptions,
  ) {}

  /** @throws UsageError when the folder cannot be made or written, or holds what must not be replaced. */
  static async open(path: string, options: OutputOptions = {}): Promise<OutputFolder> {
    const { elsewhere = 'name another folder with --out' } = options;
    let made: string | undefined;
    let given = path;
    try {
      await makeFolder(options.unique ? dirname(resolve(path)) : resolve(path), (first) => {
        made = first;
      });
      if (options.unique) {
        given = await unusedFolder(path);
        made ??= resolve(given);
      }
      const staging = await mkdtemp(join(resolve(given), STAGING));
      await writeFile(join(staging, 'probe'), 'x').finally(() => rm(staging, { recursive: true, force: true }));
      const folder = new OutputFolder(resolve(given), given, made, options);
      await folder.clean();
      await folder.guard(await readdir(folder.path));
      return folder;
    } catch (error) {
      if (made) await removeMade(resolve(given), made);
      if (error instanceof UserError) throw error;
      throw new UsageError(`The output folder ${path} cannot be written: ${reasonOf(error, special)}. Change that, or ${elsewhere}.`, {
        cause: error,
      });
    }
  }

  /**
   * Put all files in place; `last` follows when all others stand, so its presence means a whole set. Files of an earlier run that are not
   * among them are taken away.
   * @param files by their names in the folder, with `/` for folders in it; large ones piece by piece, whose own errors are passed on
   * @param outdated names of further files to remove then
   */
  async commit(
    files: ReadonlyMap<string, Uint8Array | string | Iterable<Uint8Array>>,
    last: string,
    outdated: readonly string[] = [],
  ): Promise<void> {
    const { elsewhere = 'name another folder with --out', earlier = new Map<string, string>() } = this.options;
    let staging: string | undefined;
    try {
      staging = await mkdtemp(join(this.path, STAGING));
      for (const [name, content] of files) {
        await mkdir(dirname(join(staging, name)), { recursive: true });
        await writeFile(join(staging, name), content);
      }
      await this.guard([...files.keys()]); // what came to lie there meanwhile
      const stale = await this.unchanged([...earlier.keys()].filter((name) => !files.has(name)));
      await rm(join(this.path, last), { force: true });
      const order = [...files.keys()].filter((name) => name !== last);
      for (const name of [...order, ...(files.has(last) ? [last] : [])]) {
        await mkdir(dirname(join(this.path, name)), { recursive: true });
        await rename(join(staging, name), join(this.path, name));
      }
      for (const name of [...outdated, ...stale]) await rm(join(this.path, name), { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      throw new UserError(`Writing to ${this.path} failed: ${reasonOf(error, special)}. Free some space, or ${elsewhere}.`, {
        cause: error,
      });
    } finally {
      if (staging) await rm(staging, { recursive: true, force: true });
    }
  }

  /** Leave no trace: removes the folder if opening made it. */
  async abandon(): Promise<void> {
    if (this.made) await removeMade(this.path, this.made);
  }

  private async guard(names: readonly string[]): Promise<void> {
    const { mayWrite = () => false } = this.options;
    for (const name of names) if (mayWrite(name)) await guardFile(join(this.path, name), this.options, name);
  }

  /** Those of an earlier run's files that are still as it left them, and no input. */
  private async unchanged(names: readonly string[]): Promise<string[]> {
    const { inputs = [], earlier } = this.options;
    const found: string[] = [];
    for (const name of names) {
      const path = join(this.path, name);
      const untouched = await guardFile(path, { earlier }, name).then(
        () => true,
        () => false,
      );
      const read = await Promise.all(inputs.map((input) => sameFile(path, input)));
      if (untouched && !read.includes(true)) found.push(name);
    }
    return found;
  }

  /** Takes away what killed runs left in the middle of writing. */
  private async clean(): Promise<void> {
    for (const name of await readdir(this.path)) {
      if (!name.startsWith(STAGING)) continue;
      const path = join(this.path, name);
      const about = await lstat(path).catch(() => undefined);
      if (about?.isDirectory() && Date.now() - about.mtimeMs > LEFT_BEHIND_MS) await rm(path, { recursive: true, force: true });
    }
  }
}

/** Makes the first folder of NAME, NAME-2, NAME-3, ... that nobody has. */
async function unusedFolder(path: string): Promise<string> {
  for (let k = 1; ; k++) {
    const candidate = k === 1 ? path : `${path}-${k}`;
    try {
      await mkdir(candidate);
      return candidate;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Removes a folder and those above it up to `topmost`, unless others have put something there meanwhile. */
async function removeMade(folder: string, topmost: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (let path = dirname(folder); path.length >= topmost.length && path !== dirname(path); path = dirname(path))
    if (
      !(await rmdir(path).then(
        () => true,
        (error) => (error as NodeJS.ErrnoException).code === 'ENOENT',
      ))
    )
      return;
}
