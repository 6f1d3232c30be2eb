import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJson } from '../../../io/checked.js';
import { formatNpy, npyTensor, parseNpy } from '../../../io/index.js';
import { ensureWritableFolder, makeFolder, readBytes, reasonOf, writeAtomically, writeJson } from '../../../io/node/index.js';
import { UsageError, UserError } from '../../../tensor/errors.js';
import type { Tensor } from '../../../tensor/tensor.js';
import type { RunRecord } from '../../bench/run-spec.js';
import { takeLock } from '../folder-lock.js';
import type { RunOutcome } from './execute.js';

/** What the folder says of its bench: `bench.json`. */
export interface BenchManifest {
  readonly bench: 1;
  readonly name: string;
  readonly [more: string]: unknown;
}

/**
 * A bench's folder. Every run is two files of its own, `runs/ID.npy` and then `runs/ID.json`, each renamed into place when it is whole: a
 * bench killed at any moment goes on where it was, and no run is ever half there.
 */
export class BenchFolder {
  readonly runs: string;
  readonly problems: string;

  private constructor(readonly path: string) {
    this.runs = join(path, 'runs');
    this.problems = join(path, 'problems');
  }

  /**
   * @param name of the bench: a folder that has results of another is refused
   * @throws UsageError when it belongs to another bench; UserError when it cannot be written
   */
  static async open(path: string, name: string): Promise<BenchFolder> {
    const folder = new BenchFolder(path);
    const there = await readManifest(path);
    if (there !== undefined && there.name !== name)
      throw new UsageError(`The folder ${path} holds results of the bench "${there.name}", not of "${name}". Name another with --out.`);
    await ensureWritableFolder(path);
    await Promise.all([makeFolder(folder.runs), makeFolder(folder.problems)]);
    return folder;
  }

  /** A finished bench's, to be read. @throws UserError when there is none */
  static async existing(path: string): Promise<{ folder: BenchFolder; manifest: BenchManifest }> {
    const manifest = await readManifest(path);
    if (manifest === undefined)
      throw new UserError(`${path} is no folder of a bench: it has no bench.json. Name one that posteriori bench wrote.`);
    return { folder: new BenchFolder(path), manifest };
  }

  async writeManifest(manifest: BenchManifest): Promise<void> {
    await writeJson(join(this.path, 'bench.json'), manifest);
  }

  /** The ids of every run that is there, of these settings or others. */
  async finished(): Promise<Set<string>> {
    const files = await readdir(this.runs).catch(() => []);
    return new Set(files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length)));
  }

  async save({ record, image }: RunOutcome): Promise<void> {
    try {
      await writeAtomically(join(this.runs, `${record.id}.npy`), formatNpy(image));
      await writeJson(join(this.runs, `${record.id}.json`), record);
    } catch (cause) {
      throw new UserError(`${(cause as Error).message} The runs done so far are kept: the same command goes on with the next.`, { cause });
    }
  }

  async record(id: string): Promise<RunRecord> {
    const file = join(this.runs, `${id}.json`);
    return parseJson(await readBytes(file), file, 'Remove it, and run the bench again.') as RunRecord;
  }

  async image(id: string): Promise<Tensor> {
    const file = join(this.runs, `${id}.npy`);
    return npyTensor(parseNpy(await readBytes(file), file));
  }

  /**
   * Keeps others out while `work` goes on. What a killed bench left of its lock is no hindrance.
   * @param part of the bench that is worked on: shards do not keep one another out
   * @throws UsageError when another process is at work on it
   */
  async locked<T>(part: string, work: () => Promise<T>): Promise<T> {
    const file = join(this.path, `.lock${part && `-${part}`}`);
    const release = await takeLock(file, {
      busy: (holder) => `Another bench is at work in ${this.path}${holder}. Wait for it, or name another folder with --out.`,
      elsewhere: 'Name another folder with --out.',
    });
    try {
      return await work();
    } finally {
      await release();
    }
  }
}

async function readManifest(path: string): Promise<BenchManifest | undefined> {
  const file = join(path, 'bench.json');
  const text = await readFile(file, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return undefined;
    throw new UserError(`Cannot read ${file}: ${reasonOf(error)}. Name another folder with --out.`);
  });
  return text === undefined ? undefined : (parseJson(text, file, 'Remove it, or name another folder with --out.') as BenchManifest);
}
