import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Tensor } from '../src/tensor/tensor.js';

/** What an engine answers once loaded, and after every run. */
export interface Reply {
  readonly ready?: string;
  readonly seconds: number;
  readonly peakMemoryMB: number;
}

/** A worker process, seen as one reply after another. */
export class Engine {
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  private readonly failed: Promise<never>;

  constructor(command: string, args: readonly string[]) {
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
    this.failed = new Promise((_, reject) => {
      this.child.on('error', reject).on('exit', (code) => reject(new Error(`${command} ended with ${code}`)));
      this.child.stdin!.on('error', reject);
    });
    this.failed.catch(() => {}); // heard by whoever waits for a reply
  }

  async reply(): Promise<Reply> {
    const { value } = await Promise.race([this.lines.next(), this.failed]);
    return value === undefined ? this.failed : JSON.parse(value);
  }

  run(): Promise<Reply> {
    this.child.stdin!.write('\n');
    return this.reply();
  }

  end(): void {
    this.child.stdin!.end();
  }
}

/** Largest difference over the largest value. */
export function relativeError(a: Tensor, b: Tensor): number {
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < b.data.length; i++) {
    difference = Math.max(difference, Math.abs(a.data[i] - b.data[i]));
    largest = Math.max(largest, Math.abs(b.data[i]));
  }
  return difference / largest;
}
