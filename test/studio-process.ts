import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Visitor } from '../src/studio/testing/test-studio.js';
import { root } from './command-line.js';

/** A folder for a studio's data, gone after the test. */
export async function studioData(): Promise<string> {
  const data = await mkdtemp(join(tmpdir(), 'posteriori-studio-'));
  onTestFinished(() => rm(data, { recursive: true, force: true, maxRetries: 5 }));
  return data;
}

export interface StudioProcess {
  readonly address: string;
  readonly pid: number;
  visitor(): Visitor;
  stderr(): string;
  /** Sends a signal, and waits until it has ended. @returns its exit code */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/** `posteriori studio` on a free port, built, in a process of its own. */
export async function studioProcess(data: string, ...args: string[]): Promise<StudioProcess> {
  const main = join(root, 'dist', 'cli', 'main.js');
  const child = spawn(process.execPath, [main, 'studio', '--port', '0', '--data', data, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const end = async (signal: NodeJS.Signals = 'SIGKILL') => {
    child.kill(signal);
    return ended;
  };
  onTestFinished(async () => void (await end()));
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      const found = /http:\S+/.exec(stdout);
      if (found && stdout.endsWith('\n')) resolve(found[0]);
    });
    void ended.then((code) => reject(new Error(`the studio ended with ${code}: ${stderr}`)));
  });
  const base = new URL(address).origin;
  return {
    address,
    pid: child.pid as number,
    visitor: () => new Visitor((url, init) => fetch(url, init), base),
    stderr: () => stderr,
    end,
  };
}

/** MB of memory that a process has held at most, and those that it started hold now; undefined where the system does not tell. */
export function memoryOf(pid: number): { peak: number; children: number } | undefined {
  const field = (of: number | string, name: string) => {
    try {
      return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${of}/status`, 'utf8'))?.[1] ?? 0) / 1024;
    } catch {
      return 0;
    }
  };
  if (process.platform !== 'linux') return undefined;
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return new RegExp(`^PPid:\\s+${pid}$`, 'm').test(readFileSync(`/proc/${name}/status`, 'utf8'));
      } catch {
        return false;
      }
    });
  return { peak: field(pid, 'VmHWM'), children: children.reduce((sum, child) => sum + field(child, 'VmRSS'), 0) };
}
