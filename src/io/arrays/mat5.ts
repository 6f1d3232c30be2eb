import { UserError } from '../../tensor/errors.js';
import { sizeOf } from '../../tensor/tensor.js';
import type { ByteSource } from '../byte-source.js';
import { startsWith } from '../formats/format.js';
import { inflatedSource, MAX_RATIO } from '../inflated-source.js';
import { bytesOf, type NumberType } from '../number-types.js';
import { printable } from '../printable.js';
import type { ArrayFormat } from './array-format.js';
import type { NumericArray } from './numeric-array.js';
import { rawArray } from './raw-array.js';

// MAT-File Format, The MathWorks, "Level 5 MAT-File Format".

const COMPRESSED = 15;
const MATRIX = 14;
/** How numbers are stored, by the type of a data element. */
const stored: Readonly<Record<number, NumberType>> = {
  1: 'i1',
  2: 'u1',
  3: 'i2',
  4: 'u2',
  5: 'i4',
  6: 'u4',
  7: 'f4',
  9: 'f8',
  12: 'i8',
  13: 'u8',
};
/** What an array is in MATLAB, by its class. */
const classes: Readonly<Record<number, NumberType>> = {
  6: 'f8',
  7: 'f4',
  8: 'i1',
  9: 'u1',
  10: 'i2',
  11: 'u2',
  12: 'i4',
  13: 'u4',
  14: 'i8',
  15: 'u8',
};
const [CELL, STRUCT, OBJECT, CHAR] = [1, 2, 3, 4];
const LOGICAL = 0x02;
const COMPLEX = 0x08;
const MOST_TEXT = 4096;
const MOST_ARRAYS = 10_000;
const MOST_DEPTH = 16;

/** MATLAB's files of versions 5 to 7: numeric arrays, in structs and cells too, packed or not, as MATLAB shows them. */
export const mat5: ArrayFormat = {
  name: 'mat',
  title: 'MATLAB .mat',
  extensions: ['.mat'],
  is: (start) => start.length >= 128 && startsWith(start, [0x4d, 0x41, 0x54, 0x4c, 0x41, 0x42, 0x20, 0x35]),
  async open(source) {
    const header = await source.read(0, 128);
    const little = header[126] === 0x49 && header[127] === 0x4d;
    if (!little && !(header[126] === 0x4d && header[127] === 0x49)) throw damaged(source, 'its byte order is not stated');
    const walk: Walk = { little, arrays: [], texts: {}, left: MOST_ARRAYS, name: source.name };
    for (let at = 128; at + 8 <= source.size; ) {
      const element = await elementAt(source, at, source.size, walk);
      if (element.type === COMPRESSED) {
        const length = Math.min(element.length * MAX_RATIO, 2 ** 52);
        const unpacked = inflatedSource(source, { offset: element.at, length: element.length, format: 'deflate', size: length });
        const inner = await elementAt(unpacked, 0, length, walk);
        if (inner.type === MATRIX) await readMatrix(unpacked, inner, '', 0, walk);
        await unpacked.close();
      } else if (element.type === MATRIX) await readMatrix(source, element, '', 0, walk);
      at = element.next;
    }
    const { arrays, texts } = walk;
    if (arrays.length === 0) throw new UserError(`${source.name} is a MATLAB file without an array of numbers in it. Name another file.`);
    return { format: 'MATLAB 5', name: source.name, arrays, texts, close: () => source.close() };
  },
};

interface Walk {
  readonly little: boolean;
  readonly arrays: NumericArray[];
  readonly texts: Record<string, string>;
  /** So many elements may still be read. */
  left: number;
  readonly name: string;
}

interface Element {
  readonly type: number;
  /** Where its data stand, and how many bytes they are. */
  readonly at: number;
  readonly length: number;
  /** Where the next element stands. */
  readonly next: number;
}

/** The tag of a data element: eight bytes, or four with the data in the other four. */
async function elementAt(source: ByteSource, at: number, end: number, walk: Walk): Promise<Element> {
  if (at + 8 > end) throw damaged(walk, 'an element reaches beyond its end');
  const view = viewOf(await source.read(at, 8));
  const first = view.getUint32(0, walk.little);
  if (first >>> 16 !== 0) {
    const length = first >>> 16;
    if (length > 4) throw damaged(walk, 'a short element is too long');
    return { type: first & 0xffff, at: at + 4, length, next: at + 8 };
  }
  const length = view.getUint32(4, walk.little);
  if (at + 8 + length > end) throw damaged(walk, 'an element reaches beyond its end');
  // all but packed ones are filled up to a multiple of eight bytes
  return { type: first, at: at + 8, length, next: at + 8 + (first === COMPRESSED ? length : Math.ceil(length / 8) * 8) };
}

async function readMatrix(source: ByteSource, matrix: Element, parent: string, depth: number, walk: Walk): Promise<void> {
  if (matrix.length === 0) return; // an empty one
  if (--walk.left < 0 || depth > MOST_DEPTH) throw damaged(walk, `it has more than ${MOST_ARRAYS} parts, or structs too deep`);
  const end = matrix.at + matrix.length;
  let at = matrix.at;
  const next = async () => {
    const element = await elementAt(source, at, end, walk);
    at = element.next;
    return element;
  };
  const bytesOfNext = async (most: number) => {
    const element = await next();
    if (element.length > most) throw damaged(walk, 'a name or size is too long');
    return source.read(element.at, element.length);
  };
  const flags = await bytesOfNext(64);
  if (flags.length < 4) throw damaged(walk, 'the kind of an array is missing');
  const word = viewOf(flags).getUint32(0, walk.little);
  const [kind, marks] = [word & 255, (word >>> 8) & 255];
  if (kind > CHAR && !(kind in classes)) return; // sparse, functions, objects of classes
  const sizes = viewOf(await bytesOfNext(256));
  const shape = Array.from({ length: sizes.byteLength >> 2 }, (_, k) => sizes.getInt32(4 * k, walk.little));
  if (shape.length === 0 || !shape.every((n) => n >= 0) || !Number.isSafeInteger(sizeOf(shape)))
    throw damaged(walk, 'an array has impossible sizes');
  const own = text(await bytesOfNext(256));
  const name = parent === '' ? own : parent;
  const count = sizeOf(shape);
  if (kind === CELL) {
    for (let k = 0; k < count && at < end; k++) await readPart(source, await next(), `${name}{${k + 1}}`, depth, walk);
  } else if (kind === STRUCT || kind === OBJECT) {
    if (kind === OBJECT) await bytesOfNext(256);
    const lengthOfName = viewOf(await bytesOfNext(8));
    const width = lengthOfName.byteLength >= 4 ? lengthOfName.getInt32(0, walk.little) : 0;
    const names = await bytesOfNext(2 ** 20);
    if (width < 1) throw damaged(walk, 'the fields of a struct have no names');
    const fields = Array.from({ length: Math.floor(names.length / width) }, (_, k) => text(names.subarray(k * width, (k + 1) * width)));
    for (let k = 0; k < count && at < end; k++)
      for (const field of fields) await readPart(source, await next(), `${name}${count > 1 ? `(${k + 1})` : ''}.${field}`, depth, walk);
  } else if (kind === CHAR) {
    const data = await next();
    if (data.length <= MOST_TEXT && shape[0] <= 1)
      walk.texts[name] = printable(characters(await source.read(data.at, data.length), data.type, walk));
  } else if (count > 0) {
    const data = await next();
    const type = stored[data.type];
    if (type === undefined || data.length < count * bytesOf(type))
      throw damaged(walk, `"${printable(name)}" has fewer numbers than its sizes say`);
    const layout = { shape, type, little: walk.little, offset: data.at, columnMajor: true };
    // slices follow one another along MATLAB's last axis, which is the first of the numbers as they lie
    const about = shape.length > 2 ? { sliceAxis: 0 } : {};
    const array = rawArray(source, layout, marks & COMPLEX ? `${name} (real part)` : name, about);
    // small numbers are stored in few bytes whatever their class
    walk.arrays.push({ ...array, type: marks & LOGICAL ? 'b1' : classes[kind] });
  }
}

async function readPart(source: ByteSource, element: Element, name: string, depth: number, walk: Walk): Promise<void> {
  if (element.type === MATRIX) await readMatrix(source, element, name, depth + 1, walk);
}

function characters(bytes: Uint8Array, type: number, { little }: Walk): string {
  if (type === 16 || type === 1 || type === 2) return new TextDecoder().decode(bytes);
  return new TextDecoder(little ? 'utf-16le' : 'utf-16be').decode(bytes);
}

function text(bytes: Uint8Array): string {
  return printable(new TextDecoder('latin1').decode(bytes).split('\0')[0]);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function damaged({ name }: { readonly name: string }, what: string): UserError {
  return new UserError(`${name} is a MATLAB file that is cut short or damaged: ${what}. Copy or save it again.`);
}
