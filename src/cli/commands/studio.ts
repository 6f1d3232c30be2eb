import { type Command, InvalidArgumentError } from 'commander';
import type { Limits } from '../../studio/api.js';
import { isLoopback, startStudio, usualLimits } from '../../studio/node/studio-server.js';
import { UsageError } from '../../tensor/errors.js';
import { count, examples, positive } from '../flags.js';
import { cancellable } from '../interrupt.js';

interface StudioFlags {
  readonly port: number;
  readonly host: string;
  readonly token?: string;
  readonly data: string;
  readonly workers?: number;
  readonly queue?: string;
  readonly objects?: string;
  readonly prior: readonly string[];
  readonly maxUpload: number;
  readonly maxPixels: number;
  readonly maxSide: number;
  readonly maxQueue: number;
  readonly maxQueueUser: number;
  readonly maxMinutes: number;
  readonly keep: number | null;
}

/** `posteriori studio`: the local server with its page. */
export function studioCommand(program: Command): void {
  const command = program
    .command('studio')
    .description('a page in your browser: upload an image, choose a method, watch it being reconstructed; served by this machine alone')
    .option('--port <n>', 'where it listens; 0 for any that is free', portNumber, 4747)
    .option('--host <address>', 'what it listens on; beyond this machine it asks for a token, and tells you so', '127.0.0.1')
    .option('--token <text>', 'what clients must show, at least 16 characters (default beyond this machine: a random one)')
    .option('--data <folder>', 'where uploads and results are kept; what waited or ran there goes on', 'out/studio')
    .option('--workers <n>', 'jobs side by side; the cores are shared out (default: 1; with --queue 8)', count)
    .option('--queue <url>', 'let workers do the jobs (posteriori worker): a Redis or Valkey, redis://:PASSWORD@HOST:6379')
    .option('--objects <folder>', 'with --queue: a folder that all machines see, for images and results (default: through Redis)')
    .option('--prior <prior>', 'weights besides the embedded ones, which requests may name; may be repeated', collect, [])
    .option('--keep <days>', 'uploads and jobs are removed after so many days; "forever": never', days, usualLimits.keepDays)
    .optionsGroup('Limits:')
    .option('--max-upload <size>', 'of one file, as in 64MB', bytes, usualLimits.uploadBytes)
    .option('--max-pixels <n>', 'of an uploaded image', count, usualLimits.pixels)
    .option('--max-side <pixels>', 'rows and columns that are reconstructed', count, usualLimits.side)
    .option('--max-queue <n>', 'jobs that wait or run', count, usualLimits.queue)
    .option('--max-queue-user <n>', 'of them, of one user', count, usualLimits.queuePerUser)
    .option('--max-minutes <n>', 'of one job', positive, usualLimits.minutes);
  examples(command, [
    ['posteriori studio', 'on this machine, at http://127.0.0.1:4747/'],
    ['posteriori studio --host 0.0.0.0', 'for others too, who need the address with the token that it prints'],
    ['posteriori studio --queue redis://10.0.0.5', 'workers do the jobs, on any number of machines'],
  ]);
  command.action(async (flags: StudioFlags) => {
    if (flags.objects !== undefined && flags.queue === undefined) throw new UsageError('--objects is for --queue: leave it out.');
    const say = (line: string): void => void process.stderr.write(`${line}\n`);
    const { maxUpload, maxPixels, maxSide, maxQueue, maxQueueUser, maxMinutes, keep, prior, ...where } = flags;
    const limits: Limits = {
      uploadBytes: maxUpload,
      pixels: maxPixels,
      side: maxSide,
      queue: maxQueue,
      queuePerUser: maxQueueUser,
      minutes: maxMinutes,
      keepDays: keep,
    };
    await cancellable(async (signal) => {
      const onFault = (error: unknown) => say(`Fault: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
      const onNotice = (notice: string) => say(`Note: ${notice}`);
      const studio = await startStudio({ ...where, limits, priors: prior, onFault, onNotice });
      if (!isLoopback(flags.host))
        say(
          'It can be reached from other machines. Whoever has the token may use it: give the address to nobody else. It is not encrypted.',
        );
      if (studio.resumed > 0) say(`${studio.resumed} jobs that waited or ran when it last ended go on.`);
      process.stdout.write(`posteriori studio: ${studio.address}\n`);
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      await studio.close();
      say('Stopped. Results are kept, and what waits or runs goes on when it is started again.');
    });
    // what still waits for a Redis that is away must not keep the process
    if (flags.queue !== undefined) setTimeout(() => process.exit(), 1000).unref();
  });
}

function portNumber(text: string): number {
  const port = Number(text);
  if (text.trim() !== '' && Number.isInteger(port) && port >= 0 && port <= 65535) return port;
  throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
}

function days(text: string): number | null {
  if (text === 'forever') return null;
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It must be a number of days, or "forever".');
}

/** A number of bytes: 64MB, 500kB, 1GB, or a plain number. */
function bytes(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([kMG]?)i?B?$/i.exec(text.trim()) ?? [];
  const factors: Record<string, number> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };
  const value = Math.round(Number(number) * factors[unit.toLowerCase()]);
  if (value >= 1) return value;
  throw new InvalidArgumentError('It must be a size, as in 64MB.');
}

function collect(text: string, sofar: readonly string[]): string[] {
  return [...sofar, text];
}
