import { UserError } from '../../tensor/errors.js';
import type { ByteSource } from '../byte-source.js';
import { startsWith } from '../formats/format.js';
import { inflatedSource } from '../inflated-source.js';
import type { NumberType } from '../number-types.js';
import { printable } from '../printable.js';
import type { ArrayFormat, Surroundings } from './array-format.js';
import { rawArray } from './raw-array.js';
import { directionsOf } from './upright.js';

const gzip = [0x1f, 0x8b];
/** Length of the header by version, which its first word states as well. */
const lengths = { 1: 348, 2: 540 } as const;
/** Of the fourth dimension on they are not named. */
const axisNames = ['x', 'y', 'z', 'time'];

/** The codes of NIfTI's number types. */
const types: Readonly<Record<number, NumberType>> = {
  2: 'u1',
  4: 'i2',
  8: 'i4',
  16: 'f4',
  64: 'f8',
  256: 'i1',
  512: 'u2',
  768: 'u4',
  1024: 'i8',
  1280: 'u8',
};

/** NIfTI-1 and -2, packed by gzip or not, in one file or as .hdr with .img: [.., z, y, x], stored numbers through slope and intercept. */
export const nifti: ArrayFormat = {
  name: 'nifti',
  title: 'NIfTI',
  extensions: ['.nii', '.nii.gz'],
  is: (start) => startsWith(start, gzip) || versionOf(start) !== undefined,
  async open(source, around) {
    const packed = startsWith(await source.read(0, Math.min(2, source.size)), gzip);
    const unpack = (size?: number) => inflatedSource(source, { offset: 0, length: source.size, format: 'gzip', size });
    const peek = packed ? unpack() : source;
    const bytes = await peek.read(0, Math.min(lengths[1], peek.size)).catch((error) => {
      throw packed ? notNifti(source, error) : error;
    });
    const version = versionOf(bytes);
    if (version === undefined) throw notNifti(source);
    const header = await headerOf(peek, version);
    if (packed) await peek.close();
    const { shape, type, offset } = layoutOf(source.name, header);
    const numbers = packed ? unpack() : header.magic.startsWith('ni') ? await imageBeside(source, around) : source;
    const known = axisNames.slice(0, shape.length).reverse();
    const sliceAxis = Math.max(0, shape.length - 3);
    const array = rawArray(numbers, { shape, type, little: header.littleEndian, offset }, '', {
      axes: [...shape.slice(known.length).map((_, k) => `axis${k}`), ...known],
      spacingCm: spacingOf(header.pixDims, header.xyzt_units, shape.length),
      ...rescaleOf(source.name, header),
      ...(shape.length > 2 && { directions: directionsIn(header, shape.length) }),
      ...(shape.length > 2 && { sliceAxis }),
    });
    const description = printable(header.description.trim());
    const texts: Record<string, string> = description === '' ? {} : { description };
    return {
      format: `NIfTI-${version}`,
      name: source.name,
      arrays: [array],
      texts,
      close: async () => {
        if (numbers !== source) await numbers.close();
        await source.close();
      },
    };
  },
};

type Header = Awaited<ReturnType<typeof headerOf>>;

async function headerOf(source: ByteSource, version: 1 | 2) {
  const { readHeader } = await import('nifti-reader-js');
  const bytes = await source.read(0, Math.min(lengths[version], source.size));
  try {
    const header = readHeader(bytes.buffer as ArrayBuffer, true);
    return { ...header, magic: version === 1 ? ascii(bytes, 344) : ascii(bytes, 4) };
  } catch (cause) {
    throw damaged(source.name, 'its header cannot be read', cause);
  }
}

function layoutOf(name: string, { dims, datatypeCode, vox_offset: offset, magic }: Header) {
  const [rank, ...sizes] = dims;
  const type = types[datatypeCode];
  if (!(rank >= 1 && rank <= 7) || !sizes.slice(0, rank).every((n) => Number.isSafeInteger(n) && n >= 1))
    throw damaged(name, `it states the sizes ${sizes.slice(0, Math.max(1, Math.min(7, rank))).join(' x ')}`);
  if (type === undefined)
    throw new UserError(
      `${name} is a NIfTI file of the number type ${datatypeCode} (complex numbers or colours, perhaps), which is not read. Convert it to int16 or float32.`,
    );
  const least = magic.startsWith('ni') ? 0 : lengths[1];
  if (!(Number.isSafeInteger(offset) && offset >= least)) throw damaged(name, `its numbers start at byte ${offset}`);
  return { shape: sizes.slice(0, rank).reverse(), type, offset };
}

/** Outermost first, cm. The file states its unit of length in the lowest three bits. */
function spacingOf(sizes: readonly number[], units: number, rank: number): (number | undefined)[] {
  const centimetres = { 1: 100, 2: 0.1, 3: 1e-4 }[units & 7];
  const along = (k: number) => {
    const size = Math.abs(sizes[k]);
    return centimetres !== undefined && k <= 3 && size > 0 && Number.isFinite(size)
      ? Number((size * centimetres).toPrecision(7))
      : undefined;
  };
  return Array.from({ length: rank }, (_, k) => along(k + 1)).reverse();
}

/** Outermost first, of the last three axes; the file's own coordinates lead to the right, the front and the head. */
function directionsIn({ affine, qform_code: quaternion, sform_code: matrix }: Header, rank: number) {
  if (!(quaternion > 0 || matrix > 0)) return undefined;
  const [right, front, head] = affine;
  const found = directionsOf([0, 1, 2].map((axis) => [-right[axis], -front[axis], head[axis]]));
  return found && [...Array.from({ length: rank - 3 }, () => undefined), ...[...found].reverse()];
}

/** A slope of 0 means that there is none. */
function rescaleOf(name: string, { scl_slope: slope, scl_inter: intercept }: Header) {
  if (slope === 0 || Number.isNaN(slope) || (slope === 1 && intercept === 0)) return {};
  if (!Number.isFinite(slope) || !Number.isFinite(intercept)) throw damaged(name, 'its slope or intercept is no usable number');
  return { rescale: { slope, intercept } };
}

function imageBeside({ name }: ByteSource, around: Surroundings): Promise<ByteSource> {
  const [file] = name.split(/[\\/]/).slice(-1);
  return around.sibling(file.replace(/\.hdr$/i, '.img'));
}

/** By the length that the first word states and by the letters that stand for the format. */
function versionOf(bytes: Uint8Array): 1 | 2 | undefined {
  if (bytes.length < lengths[1]) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const version of [1, 2] as const) {
    const sized = [true, false].some((little) => view.getInt32(0, little) === lengths[version]);
    if (sized && /^n[i+]/.test(ascii(bytes, version === 1 ? 344 : 4))) return version;
  }
  return undefined;
}

function ascii(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 3));
}

function notNifti({ name }: ByteSource, cause?: unknown): UserError {
  return new UserError(
    `${name} is packed by gzip and holds no NIfTI volume, the one format that is read packed. Unpack it first (gunzip), or copy it again.`,
    { cause },
  );
}

function damaged(name: string, what: string, cause?: unknown): UserError {
  return new UserError(`${name} is a NIfTI file that is damaged: ${what}. Copy or convert it again.`, { cause });
}
