import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseSlice } from '../io/arrays/index.js';
import { parseWindow, type Window } from '../io/index.js';
import { nodeDevices } from '../runtime/node/index.js';
import { findMethod, type Method, methods, presetsOf } from '../solvers/methods/index.js';

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
const samplesCount = number('a whole number from 1 to 1000', (value) => Number.isInteger(value) && value >= 1 && value <= 1000);
export const positive = number('a number above 0', (value) => value > 0);

/** Collects `--set key=value`; values stay text until the method, or the task, reads them. */
export function assignments(text: string, sofar: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be key=value, as in steps=50.');
  return { ...sofar, [text.slice(0, at).trim()]: text.slice(at + 1).trim() };
}

/** `10:20`, both ends included, counted from 0; or one number. */
export function indexRange(text: string): [first: number, last: number] {
  const [first, last = first, ...rest] = text.split(':').map((part) => (/^\d+$/.test(part) ? Number(part) : Number.NaN));
  if (rest.length > 0 || !(first <= last))
    throw new InvalidArgumentError('It must be the first and the last slice, counted from 0, as in 10:20.');
  return [first, last];
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
  readonly noiseSeed?: number;
  readonly samples: number;
  readonly window?: Window;
  readonly device: (typeof nodeDevices)[number];
  readonly threads?: number;
  readonly json?: boolean;
  readonly out?: string;
}

/** Which images a command reconstructs, and by which methods. */
export interface Scope {
  readonly images: 'ct' | 'photo' | 'both';
  /** Whether its measurements are smaller images. */
  readonly smaller?: boolean;
}

/** The methods that can do what a command does. */
export function methodsFor({ images, smaller = false }: Scope): Method[] {
  return methods.filter(({ needs }) => images === 'both' || ((images === 'ct' || !needs.geometry) && (smaller || !needs.smaller)));
}

/** The presets of the methods that have several: `resample: pixel, pixel-photo (with a pixel prior), ... (with a latent prior)`. */
function presetsText(): string {
  return methods
    .filter((method) => presetsOf(method).length > 1)
    .map(({ name, variants }) => {
      const parts = variants.map(({ space, presets }) => `${Object.keys(presets).join(', ')}${space ? ` with a ${space} prior` : ''}`);
      return `${name}: ${parts.join('; ')}`;
    })
    .join('; ');
}

const priorsText = {
  both: 'ct-pixel, for pictures photo-pixel, or what the preset is for',
  ct: 'ct-pixel, or ct where method or preset are for a latent prior',
  photo: 'photo-pixel, or photo where method or preset are for a latent prior',
};

export function solverFlags(command: Command, scope: Scope): Command {
  const { images, smaller } = scope;
  const names = methodsFor(scope).map(({ name }) => name);
  return command
    .optionsGroup('How it is reconstructed:')
    .option('--method <name>', `${names.join(', ')} (see posteriori methods)`, methodNameIn(names), 'resample')
    .option('--preset <name>', `settings of the method, by default the usual ones for prior and images; of ${presetsText()}`)
    .addOption(
      new Option('--set <key=value>', 'any single option of the method, on top of the preset; may be repeated')
        .argParser(assignments)
        .default({}, 'none'),
    )
    .option(
      '--prior <prior>',
      `an embedded prior, a folder, a checkpoint file, or hf:OWNER/NAME (see posteriori prior --help); default: ${priorsText[images]}`,
    )
    .option(
      '--baseline <name>',
      images === 'photo'
        ? `classical method to compare with: ${smaller ? 'tv, bicubic' : 'tv'}, ... (default: none)`
        : `classical method to compare with, or none (default: tv, and fbp${images === 'both' ? ' or bicubic' : ''} beside it where they apply)`,
    )
    .option(
      '--samples <n>',
      'reconstructions of the one measurement by different random numbers: their mean is the result, their spread a map',
      samplesCount,
      1,
    )
    .option(
      '--seed <n>',
      `seed of the method${images === 'photo' ? '' : ', and of the noise where --noise-seed is not given'}`,
      seedNumber,
      0,
    );
}

/** A method's name, one of those that can do it; one that there is and cannot is told apart from one that there is not. */
function methodNameIn(names: readonly string[]): (text: string) => string {
  return (text) => {
    if (!names.includes(findMethod(text).name)) throw new InvalidArgumentError(`Of the methods, ${names.join(', ')} can do this.`);
    return text;
  };
}

/** For commands that measure a true image first. */
export function noiseSeedFlag(command: Command): Command {
  return command.option('--noise-seed <n>', 'seed of the noise, of masks and kernels (default: that of the method)', seedNumber);
}

/** Which slice of a volume is read. */
export function sliceFlag(command: Command): Command {
  return command.option(
    '--slice <n>',
    'of a volume, a stack or several frames: its number from 0, or an index or colon for each axis, as in :,40,: (default: the middle one)',
    parseSlice,
  );
}

/** For commands that reconstruct CT. */
export function windowFlag(command: Command): Command {
  return command.option(
    '--window <name | center,width>',
    'CT: what PNGs show: soft, lung, bone, full, or HU as in 40,400 (default: full)',
    parseWindow,
  );
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
    .optionsGroup('The machine:')
    .addOption(new Option('--device <name>', 'where to compute').choices(nodeDevices).default('cpu'))
    .option('--threads <n>', 'threads of one operation (default: every core this process may use)', count);
}

/** `--out` and `--force` of the commands that leave a folder of results. @param usual where they go without */
export function outFlags(command: Command, usual: string): Command {
  return command
    .optionsGroup('Results:')
    .option('--out <folder>', `where results go (default: ${usual})`)
    .option('--force', 'let results replace files in that folder that no run wrote, or that were changed since; never the inputs');
}

export interface OutFlags {
  readonly out?: string;
  readonly force?: boolean;
}

export function jsonFlag(command: Command): Command {
  return command.option('--json', 'print one JSON object on standard output and nothing else there');
}

/** Examples below the help, each with what it does. */
export function examples(command: Command, list: ReadonlyArray<readonly [line: string, what: string]>): Command {
  const width = Math.max(...list.map(([line]) => line.length));
  const lines = list.map(([line, what]) => `  ${line.padEnd(width)}   ${what}`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}
