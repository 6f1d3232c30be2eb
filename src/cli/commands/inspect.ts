import { basename } from 'node:path';
import type { Command } from 'commander';
import { arrayFormatOf, chooseArray, type NumericArray, recogniseScan, START } from '../../io/arrays/index.js';
import { type Statistics, statisticsOf } from '../../io/arrays/statistics.js';
import { readStart } from '../../io/node/files.js';
import { openArrays, readPicture, splitInner } from '../../io/node/index.js';
import { typeName } from '../../io/number-types.js';
import { printable } from '../../io/printable.js';
import { sizeOf } from '../../tensor/tensor.js';
import { examples, jsonFlag } from '../flags.js';

interface Flags {
  readonly values?: boolean;
  readonly json?: boolean;
}

/** What `posteriori inspect` says of a file. */
interface Inspection {
  readonly format: string;
  readonly arrays: readonly ArrayNote[];
  readonly texts: Readonly<Record<string, string>>;
  /** Of a scan whose layout is known: which array is what, and single numbers. */
  readonly scan?: {
    readonly layout: string;
    readonly data: string;
    readonly flats?: string;
    readonly darks?: string;
    readonly angles?: string;
    readonly angleUnit: string;
    readonly numbers: Readonly<Record<string, number>>;
  };
  readonly notices: readonly string[];
}

interface ArrayNote {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: string;
  readonly axes?: readonly string[];
  readonly spacingCm?: readonly (number | null)[];
  readonly directions?: readonly (string | null)[];
  readonly unit?: string;
  readonly rescale?: { readonly slope: number; readonly intercept: number };
  readonly values?: Statistics;
}

/** `posteriori inspect FILE`: what is in a file, and how to name it. */
export function inspectCommand(program: Command): void {
  const command = program
    .command('inspect')
    .description('say what is in a file: its arrays with shape and type, spacing, units, and the parts of a scan')
    .argument('<file>', 'a file of arrays or a picture; file:name for one array')
    .option('--values', 'read the numbers too: least, mean, most, and how many are broken');
  examples(command, [
    ['posteriori inspect scan.h5', 'which arrays it has'],
    ['posteriori inspect scan.h5:/exchange/data --values', 'and the range of one'],
  ]);
  jsonFlag(command).action(async (text: string, flags: Flags) => {
    const found = await inspection(text, flags.values ?? false);
    process.stdout.write(flags.json ? `${JSON.stringify(found)}\n` : `${inWords(text, found).join('\n')}\n`);
  });
}

async function inspection(text: string, values: boolean): Promise<Inspection> {
  const { path, inner } = splitInner(text);
  const start = await readStart(path, START).catch(() => new Uint8Array());
  if (arrayFormatOf(start, basename(path)) === undefined) return ofPicture(path);
  const file = await openArrays(path);
  try {
    const wanted = inner === undefined ? file.arrays : [chooseArray(file, inner)];
    const arrays: ArrayNote[] = [];
    for (const array of wanted) arrays.push(noteOf(array, values ? await statisticsOf(array) : undefined));
    const scan = recogniseScan(file);
    const numbers: Record<string, number> = {};
    for (const [name, array] of Object.entries(scan?.numbers ?? {}))
      [numbers[name]] = await array.read(
        array.shape.map(() => 0),
        array.shape,
      );
    return {
      format: file.format,
      arrays,
      texts: file.texts,
      ...(scan && {
        scan: {
          layout: scan.layout,
          data: scan.data.name,
          flats: scan.flats?.name,
          darks: scan.darks?.name,
          angles: scan.angles?.name,
          angleUnit: scan.angleUnit,
          numbers,
        },
      }),
      notices: [],
    };
  } finally {
    await file.close();
  }
}

function noteOf({ name, shape, type, about }: NumericArray, values?: Statistics): ArrayNote {
  const { axes, spacingCm, directions, unit, rescale } = about;
  return {
    name,
    shape,
    type: typeName(type),
    ...(axes && { axes }),
    ...(spacingCm?.some((cm) => cm !== undefined) && { spacingCm: spacingCm.map((cm) => cm ?? null) }),
    ...(directions && { directions: directions.map((direction) => direction ?? null) }),
    ...(unit && { unit }),
    ...(rescale && { rescale }),
    ...(values && { values }),
  };
}

async function ofPicture(path: string): Promise<Inspection> {
  const { source, notices, pixelSizeCm } = await readPicture(path);
  const { format, channels, height, width, depth } = source;
  const shape = [height, width, ...(channels > 1 ? [channels] : [])];
  const note = { name: '', shape, type: `${depth} bits`, ...(pixelSizeCm && { spacingCm: [...pixelSizeCm] }) };
  return { format: format.toUpperCase(), arrays: [note], texts: {}, notices };
}

function inWords(text: string, { format, arrays, texts, scan, notices }: Inspection): string[] {
  const lines = [`${text}: ${format}`];
  for (const array of arrays) {
    const { axes, spacingCm, directions, unit, rescale, values, ...described } = array;
    const more = [
      axes && `axes ${axes.join(', ')}`,
      spacingCm && `spacing ${spacingCm.map((cm) => (cm === null ? '?' : cm)).join(' x ')} cm`,
      directions && `leading to ${directions.map((direction) => direction ?? '?').join(', ')} of the patient`,
      unit && `unit ${unit}`,
      rescale && `stored numbers times ${rescale.slope} plus ${rescale.intercept}`,
      values && sizeOf(described.shape) > 0 && `${short(values.least)} to ${short(values.most)}, mean ${short(values.mean)}`,
      values && values.broken > 0 && `${values.broken} NaN or infinite`,
    ].filter((part) => part);
    const { name, shape, type } = described;
    const size = `${name === '' ? '' : `${printable(name)} `}[${shape.join(',')}] ${type}`;
    lines.push(`  ${[size, ...more].join('; ')}`);
  }
  for (const [name, value] of Object.entries(texts)) lines.push(`  ${name}: "${value}"`);
  if (scan) {
    const parts = { data: scan.data, flats: scan.flats, darks: scan.darks, [`angles (${scan.angleUnit})`]: scan.angles };
    lines.push(`a scan: ${scan.layout}`);
    for (const [part, name] of Object.entries(parts)) if (name !== undefined) lines.push(`  ${part}: ${name}`);
    for (const [name, value] of Object.entries(scan.numbers)) lines.push(`  ${name} = ${short(value)}`);
  }
  return [...lines, ...notices];
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}
