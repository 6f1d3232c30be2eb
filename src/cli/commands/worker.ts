import type { Command } from 'commander';
import { benchTrade } from '../../experiments/node/bench/bench-trade.js';
import { work } from '../../experiments/node/bench/worker.js';
import { jobTrade } from '../../studio/node/remote/job-trade.js';
import { count, examples, positive } from '../flags.js';
import { cancellable } from '../interrupt.js';

interface WorkerFlags {
  readonly queue: string;
  readonly objects?: string;
  readonly workers: number;
  readonly threads?: number;
  readonly idle?: number;
  readonly lost: number;
}

/** `posteriori worker --queue redis://HOST`: does the runs of benches, and the jobs of studios, that are started with the same queue. */
export function workerCommand(program: Command): void {
  const command = program
    .command('worker')
    .description('do runs of benches and jobs of studios that other machines have put on a queue')
    .requiredOption('--queue <url>', 'the Redis or Valkey that benches and studios name, redis://:PASSWORD@HOST:6379')
    .option('--objects <folder>', 'a folder that all machines see, as benches and studios name it (default: images go through Redis)')
    .option('--workers <n>', 'runs and jobs side by side', count, 1)
    .option('--threads <n>', 'threads of one operation (default: the cores, shared out among them)', count)
    .option('--lost <seconds>', 'a worker that was not heard of for so long is given up: its work goes to another', positive, 30)
    .option('--idle <seconds>', 'end when there was nothing to do for so long (default: never)', positive);
  examples(command, [['posteriori worker --queue redis://10.0.0.5', 'on every machine; Ctrl-C ends it, and its work goes to another']]);
  command.action(async ({ queue, lost, ...flags }: WorkerFlags) => {
    const say = (line: string): void => void process.stderr.write(`${line}\n`);
    await cancellable((signal) =>
      work({ ...flags, url: queue, lock: 1000 * lost, signal, onNotice: (notice) => say(`Note: ${notice}`), onEnd: say }, [
        benchTrade,
        jobTrade,
      ]),
    );
    // what still waits for a Redis that is away must not keep the process
    setTimeout(() => process.exit(), 1000).unref();
  });
}
