import { UserError } from '../../tensor/errors.js';
import { sizeOf } from '../../tensor/tensor.js';
import { type ByteSource, joinedSource } from '../byte-source.js';
import { inflatedSource } from '../inflated-source.js';
import { bytesOf, type NumberType } from '../number-types.js';
import { printable } from '../printable.js';
import type { ArrayFormat, Surroundings } from './array-format.js';
import { rawArray } from './raw-array.js';
import { directionsOf } from './upright.js';

/** A header is text, and no longer than this. */
const MOST_HEADER = 2 ** 16;

const types: Readonly<Record<string, NumberType>> = {
  MET_CHAR: 'i1',
  MET_UCHAR: 'u1',
  MET_SHORT: 'i2',
  MET_USHORT: 'u2',
  MET_INT: 'i4',
  MET_UINT: 'u4',
  MET_LONG: 'i4',
  MET_ULONG: 'u4',
  MET_LONG_LONG: 'i8',
  MET_ULONG_LONG: 'u8',
  MET_FLOAT: 'f4',
  MET_DOUBLE: 'f8',
};

/** MetaImage of ITK: .mha, or .mhd with its numbers in files beside it (.raw, .zraw, or a list); [z, y, x], distances in mm. */
export const metaimage: ArrayFormat = {
  name: 'metaimage',
  title: 'MetaImage',
  extensions: ['.mha', '.mhd'],
  is: (start) => /^\s*(ObjectType|NDims|Comment)\s*=/.test(latin(start.subarray(0, 200))) && /\bNDims\s*=/.test(latin(start)),
  async open(source, around) {
    const header = parseHeader(latin(await source.read(0, Math.min(MOST_HEADER, source.size))), source.name);
    const { fields, end } = header;
    const fail = (what: string) => damaged(source.name, what);
    const sizes = numbers(fields.dimsize);
    if (
      sizes.length !== Number(fields.ndims) ||
      sizes.length < 1 ||
      sizes.length > 8 ||
      !sizes.every((n) => Number.isSafeInteger(n) && n > 0)
    )
      throw fail(`it states ${printable(fields.ndims ?? 'no')} dimensions of the sizes ${printable(fields.dimsize ?? '')}`);
    const type = types[(fields.elementtype ?? '').replace(/_ARRAY$/, '')];
    if (type === undefined) throw fail(`its ElementType is ${printable(fields.elementtype ?? 'missing')}`);
    const channels = Number(fields.elementnumberofchannels ?? 1);
    if (!(Number.isSafeInteger(channels) && channels >= 1)) throw fail('its ElementNumberOfChannels is no number');
    const shape = [...sizes.reverse(), ...(channels > 1 ? [channels] : [])];
    const bytes = sizeOf(shape) * bytesOf(type);
    if (!Number.isSafeInteger(bytes)) throw fail(`it states the impossible sizes ${printable(fields.dimsize)}`);

    const files = await filesOf(source, header, around);
    const stored = files === undefined ? source : files.length === 1 ? files[0] : joinedSource(files);
    const start = files === undefined ? end : 0;
    const skipped = Number(fields.headersize ?? 0);
    if (skipped < -1 || !Number.isSafeInteger(skipped)) throw fail('its HeaderSize is no number of bytes');
    const packed = isTrue(fields.compresseddata);
    const length = stored.size - start;
    const inside = packed ? inflatedSource(stored, { offset: start, length, format: 'deflate' }) : stored;
    // -1: the numbers are the last of the file
    const offset = packed ? 0 : skipped === -1 ? stored.size - bytes : start + skipped;
    if (offset < 0) throw fail('it is shorter than its numbers');
    const spacing = numbers(fields.elementspacing ?? fields.elementsize);
    const spacingCm =
      spacing.length === sizes.length && spacing.every((mm) => mm > 0 && Number.isFinite(mm)) ? spacing.reverse() : undefined;
    const [slope, intercept] = [fields.elementtointensityfunctionslope ?? 1, fields.elementtointensityfunctionoffset ?? 0].map(Number);
    if (!Number.isFinite(slope) || !Number.isFinite(intercept)) throw fail('its slope or offset is no usable number');
    const array = rawArray(
      inside,
      { shape, type, little: !isTrue(fields.binarydatabyteordermsb ?? fields.elementbyteordermsb), offset },
      '',
      {
        ...(sizes.length <= 3 && { axes: [...['z', 'y', 'x'].slice(-sizes.length), ...(channels > 1 ? ['channel'] : [])] }),
        ...(spacingCm && { spacingCm: [...spacingCm.map((mm) => mm / 10), ...(channels > 1 ? [undefined] : [])] }),
        ...((slope !== 1 || intercept !== 0) && { rescale: { slope, intercept } }),
        ...(fields.modality === 'MET_MOD_CT' && { unit: 'hu' }),
        ...(sizes.length > 2 && { sliceAxis: sizes.length - 3 }),
        ...(sizes.length === 3 && channels === 1 && { directions: directionsIn(fields) }),
      },
    );
    const close = async () => {
      if (packed) await inside.close();
      for (const file of files ?? []) await file.close();
      await source.close();
    };
    return { format: 'MetaImage', name: source.name, arrays: [array], texts: {}, close };
  },
};

/** Of [z, y, x]: the matrix has the axes x, y, z as its rows, in coordinates that lead to the left, the back and the head. */
function directionsIn({ transformmatrix, rotation, orientation }: Readonly<Record<string, string>>) {
  const matrix = numbers(transformmatrix ?? rotation ?? orientation);
  const found = matrix.length === 9 ? directionsOf([0, 1, 2].map((axis) => matrix.slice(3 * axis, 3 * axis + 3))) : undefined;
  return found && [...found].reverse();
}

interface Header {
  readonly fields: Readonly<Record<string, string>>;
  /** Where the header ends, bytes. */
  readonly end: number;
  /** The lines after it, as far as they were read. */
  readonly rest: string;
}

/** `Key = value` lines up to that of the data file, which is the last. */
function parseHeader(text: string, name: string): Header {
  const fields: Record<string, string> = {};
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf('\n', at);
    const next = newline < 0 ? text.length : newline + 1;
    const [, key, value] = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(text.slice(at, next)) ?? [];
    if (key === undefined) break;
    at = next;
    fields[key.toLowerCase()] = value;
    if (key.toLowerCase() === 'elementdatafile') return { fields, end: at, rest: text.slice(at) };
  }
  throw damaged(name, 'its header names no ElementDataFile');
}

/** The files that hold the numbers; undefined where they follow the header. */
async function filesOf(source: ByteSource, { fields, rest }: Header, around: Surroundings): Promise<ByteSource[] | undefined> {
  const { elementdatafile: file } = fields;
  if (file === 'LOCAL') return undefined;
  if (file.includes('%'))
    throw new UserError(
      `${source.name} names its files by the pattern ${printable(file)}, which is not read. List them (LIST), or write one .mha.`,
    );
  const names = file.startsWith('LIST')
    ? rest
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '')
    : [file];
  if (names.length === 0) throw damaged(source.name, 'its list of files is empty');
  const files: ByteSource[] = [];
  try {
    for (const name of names) files.push(await around.sibling(name));
  } catch (error) {
    for (const open of files) await open.close();
    throw error;
  }
  return files;
}

function numbers(text = ''): number[] {
  return text
    .split(/\s+/)
    .filter((part) => part !== '')
    .map(Number);
}

function isTrue(text = ''): boolean {
  return /^(true|t|1)$/i.test(text);
}

function latin(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes);
}

function damaged(name: string, what: string): UserError {
  return new UserError(`${name} is a MetaImage header that is damaged: ${what}. Copy or export it again.`);
}
