import { open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { parseJson } from '../../io/checked.js';
import { reasonOf } from '../../io/node/index.js';
import { UsageError, UserError } from '../../tensor/errors.js';

const BEAT_MS = 5000;
/** A lock that was not touched for so long is of a process that was killed. */
const DEAD_AFTER_MS = 60_000;

/** What is told where a folder cannot be had. */
export interface LockWords {
  /** @param holder `` or ` (process 12 on HOST)` */
  busy(holder: string): string;
  /** Where to go instead: a sentence. */
  readonly elsewhere: string;
}

/**
 * Keeps other processes out of a folder until what it gives is called. What a killed process left of its lock is no hindrance.
 * @throws UsageError when another process is at work there; UserError when the lock cannot be written
 */
export async function takeLock(file: string, { busy, elsewhere }: LockWords): Promise<() => Promise<void>> {
  const mine = JSON.stringify({ pid: process.pid, host: hostname() });
  for (let attempt = 0; ; attempt++) {
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(mine);
      await handle.close();
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        throw new UserError(`Cannot write ${file}: ${reasonOf(error)}. ${elsewhere}`, { cause: error });
      const holder = await livingHolder(file);
      if (holder !== undefined || attempt > 0) throw new UsageError(busy(holder ? ` (process ${holder.pid} on ${holder.host})` : ''));
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
