import { open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../../../io/node/index.js';
import { UserError } from '../../../tensor/errors.js';

/**
 * Do work that two processes must not do at once: a lock file names the process that does. That of a process which is gone does not count.
 * @throws UserError when another process holds it
 */
export async function locked<T>(path: string, work: () => Promise<T>): Promise<T> {
  await makeFolder(dirname(path));
  while (!(await take(path))) {
    const holder = Number(await readFile(path, 'utf8').catch(() => ''));
    if (lives(holder))
      throw new UserError(
        `Process ${holder} is loading the same files. Wait for it, or stop it; if it has nothing to do with posteriori, remove ${path}.`,
      );
    await rm(path, { force: true });
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new UserError(`Cannot write ${path}: ${(error as Error).message}. Name another cache folder by POSTERIORI_CACHE.`, {
      cause: error,
    });
  }
}

/** Whether a process of this machine runs. */
function lives(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
