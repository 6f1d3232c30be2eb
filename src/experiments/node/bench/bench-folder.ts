import { open, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { parseJson } from '../../../io/checked.js';
import { formatNpy, npyTensor, parseNpy } from '../../../io/index.js';
import { ensureWritableFolder, makeFolder, readBytes, reasonOf, writeAtomically, writeJson } from '../../../io/node/index.js';
import { UsageError, UserError } from '../../../tensor/errors.js';
import type { Tensor } from '../../../tensor/tensor.js';
import type { RunRecord } from '../../bench/run-spec.js';
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
    const release = await takeLock(file, this.path);
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

const BEAT_MS = 5000;
/** A lock that was not touched for so long is of a process that was killed. */
const DEAD_AFTER_MS = 60_000;

async function takeLock(file: string, folder: string): Promise<() => Promise<void>> {
  const mine = JSON.stringify({ pid: process.pid, host: hostname() });
  for (let attempt = 0; ; attempt++) {
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(mine);
      await handle.close();
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        throw new UserError(`Cannot write ${file}: ${reasonOf(error)}. Name another folder with --out.`, { cause: error });
      const holder = await livingHolder(file);
      if (holder !== undefined || attempt > 0)
        throw new UsageError(
          `Another bench is at work in ${folder}${holder ? ` (process ${holder.pid} on ${holder.host})` : ''}. Wait for it, or name another folder with --out.`,
        );
      await rm(file, { force: true });
    }
  }
  const beat = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), BEAT_MS);
  beat.unref();
  return async () => {
    clearInterval(beat);
    await rm(file, { force: true });
  };
}

/** Who holds a lock, if they live. */
async function livingHolder(file: string): Promise<{ pid: number; host: string } | undefined> {
  const [text, info] = await Promise.all([readFile(file, 'utf8').catch(() => ''), stat(file).catch(() => undefined)]);
  // a number that a process had may be another's by now: what lives touches its lock
  if (info === undefined || Date.now() - info.mtimeMs > DEAD_AFTER_MS) return undefined;
  const holder = parseJson(text || '{}', file, 'Remove it.') as { pid?: number; host?: string };
  const { pid = 0, host = '' } = holder;
  return host !== hostname() || isAlive(pid) ? { pid, host } : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
