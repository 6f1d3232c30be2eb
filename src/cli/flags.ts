import { type Command, InvalidArgumentError, Option } from 'commander';
import { nodeDevices } from '../runtime/node/index.js';

/** A parser for commander: a number that passes `ok`, else an error that says what is wanted. */
function number(wanted: string, ok: (value: number) => boolean): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!Number.isFinite(value) || !ok(value)) throw new InvalidArgumentError(`It must be ${wanted}.`);
    return value;
  };
}

export const count = number('a whole number of at least 1', (value) => Number.isInteger(value) && value >= 1);
export const seedNumber = number('a whole number from 0 to 2^53 - 1', (value) => Number.isSafeInteger(value) && value >= 0);
export const nonNegative = number('a number of at least 0', (value) => value >= 0);
export const positive = number('a number above 0', (value) => value > 0);

/** Collects `--set key=value`; values stay text until the method, or the task, reads them. */
export function assignments(text: string, sofar: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be key=value, as in steps=50.');
  return { ...sofar, [text.slice(0, at).trim()]: text.slice(at + 1).trim() };
}

/** Flags that say how to reconstruct and where. */
export interface SolverFlags {
  readonly method: string;
  readonly preset?: string;
  readonly set: Record<string, string>;
  readonly prior?: string;
  readonly baseline?: string;
  readonly tile?: number | 'none';
  readonly seed: number;
  readonly device: (typeof nodeDevices)[number];
  readonly threads?: number;
  readonly json?: boolean;
  readonly out?: string;
}

export function solverFlags(command: Command): Command {
  return command
    .option('--method <name>', 'resample, cgls, tv, fbp (CT) or bicubic (super-resolution)', 'resample')
    .option('--preset <name>', 'settings of the method; of resample: fast (the default), photo (for pictures), paper, authors-code')
    .addOption(
      new Option('--set <key=value>', 'any single option of the method, on top of the preset; may be repeated')
        .argParser(assignments)
        .default({}, 'none'),
    )
    .option(
      '--prior <prior>',
      'an embedded prior, a folder, a checkpoint file, or hf:OWNER/NAME (see posteriori prior --help); default: ct, for pictures photo',
    )
    .option('--baseline <name>', 'classical method to compare with, or none (default: fbp, bicubic or tv, by the task)')
    .option('--seed <n>', 'seed of the noise and of the method', seedNumber, 0);
}

/** What is usual where pictures are concerned: their own prior, and ReSample's preset for them. */
export function forPictures<F extends Pick<SolverFlags, 'method' | 'preset' | 'prior'>>(flags: F): F & { prior: string } {
  const preset = flags.preset ?? (flags.method === 'resample' ? 'photo' : undefined);
  return { ...flags, preset, prior: flags.prior ?? 'photo' };
}

/** For commands that take pictures of any size. */
export function tileFlag(command: Command): Command {
  return command.option(
    '--tile <pixels | none>',
    'side of the tiles in which large images are made (default: 256 above 512 x 512)',
    (text) => (text === 'none' ? text : count(text)),
  );
}

export function machineFlags(command: Command): Command {
  return command
    .addOption(new Option('--device <name>', 'where to compute').choices(nodeDevices).default('cpu'))
    .option('--threads <n>', 'threads of one operation (default: every core this process may use)', count);
}

export function jsonFlag(command: Command): Command {
  return command.option('--json', 'print one JSON object on standard output and nothing else there');
}
