import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { root } from './command-line.js';

/** What starts a Redis here, if anything does. */
export const redisServer = ['redis-server', 'valkey-server'].find((name) => spawnSync(name, ['--version']).status === 0);
if (redisServer === undefined) console.warn('No redis-server here: the queue is not tested. Debian has it in the package redis-server.');

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** A Redis of the test's own, whose memory is on disk only where that is asked for. */
export async function startRedis(port: number, folder: string, more: readonly string[] = []): Promise<ChildProcess> {
  const child = spawn(redisServer as string, ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...more], {
    stdio: 'pipe',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise<void>((resolve) => child.stdout.on('data', (chunk) => String(chunk).includes('Ready to accept') && resolve()));
  return child;
}

/** `posteriori worker`, built, in a process of its own. */
export function startWorker(url: string, folder: string, more: readonly string[] = []): ChildProcess {
  const main = join(root, 'dist', 'cli', 'main.js');
  const child = spawn(process.execPath, [main, 'worker', '--queue', url, '--threads', '1', '--lost', '4', ...more], {
    cwd: folder,
    // its folders of jobs are there to be counted
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Resolves when a process has said so. */
export function said(child: ChildProcess, words: string): Promise<void> {
  return new Promise((resolve) => {
    let heard = '';
    child.stderr?.on('data', (chunk) => {
      heard += chunk;
      if (heard.includes(words)) resolve();
    });
  });
}
