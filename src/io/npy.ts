import { UserError } from '../tensor/errors.js';
import { formatShape, type Shape, sizeOf, type Tensor, tensor } from '../tensor/tensor.js';
import type { ByteSource } from './byte-source.js';
import { bytesOf, decodeNumbers, isNumberType, type NumberType, numbersFor } from './number-types.js';
import { printable } from './printable.js';

/** The number types of the NPY format that are read, without byte order. */
export type NpyType = NumberType;

/** An array out of an NPY file, in row-major order whatever the order in the file; 64-bit types become float64 (exact up to 2^53). */
export interface NpyArray {
  readonly shape: Shape;
  readonly dtype: NpyType;
  readonly data: Float32Array | Float64Array;
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // "\x93NUMPY"

/** Whether the bytes start as an NPY file does. */
export function isNpy(bytes: Uint8Array): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}

/** How the numbers of an NPY file lie in it. */
export interface NpyLayout {
  readonly shape: Shape;
  readonly dtype: NpyType;
  readonly little: boolean;
  readonly fortran: boolean;
  /** Where the numbers start, bytes. */
  readonly offset: number;
}

/**
 * The header of an NPY file, versions 1 to 3 (NumPy Enhancement Proposal 1); no number is read.
 * @throws UserError when the bytes are no NPY file, end before its numbers do, or hold a type that is not read (complex, text, records)
 */
export async function readNpyLayout(source: Pick<ByteSource, 'name' | 'size' | 'read'>): Promise<NpyLayout> {
  const { name, size } = source;
  const first = await source.read(0, Math.min(12, size));
  if (!isNpy(first)) throw notNpy(name);
  if (first.length < 12) throw cutShort(name);
  const { start, length } = headerPlace(first, name);
  if (start + length > size) throw cutShort(name);
  return layoutOf(first[6], await source.read(start, length), start + length, size, name);
}

/**
 * Read an NPY file, versions 1 to 3 (NumPy Enhancement Proposal 1): bool, integers and floats of any byte order, C or Fortran order.
 * @param name what to call the file in messages
 * @throws UserError as {@link readNpyLayout}
 */
export function parseNpy(bytes: Uint8Array, name = 'the array'): NpyArray {
  if (!isNpy(bytes)) throw notNpy(name);
  if (bytes.length < 12) throw cutShort(name);
  const { start, length } = headerPlace(bytes, name);
  if (start + length > bytes.length) throw cutShort(name);
  const layout = layoutOf(bytes[6], bytes.subarray(start, start + length), start + length, bytes.length, name);
  const { shape, dtype, little, fortran, offset } = layout;
  const size = sizeOf(shape);
  const data = numbersFor(dtype, size);
  const order = fortran ? fortranOrder(shape) : undefined;
  decodeNumbers(bytes.subarray(offset, offset + size * bytesOf(dtype)), dtype, little, data, 0, order && ((k) => order[k]));
  return { shape, dtype, data };
}

function notNpy(name: string): UserError {
  return new UserError(`${name} is not an NPY file: it does not start with the NPY signature. Write it with numpy.save.`);
}

function cutShort(name: string): UserError {
  return new UserError(`${name} is cut short: an NPY file that ends before its data do. Copy or write it again.`);
}

/** Where the text of the header stands, by the first 12 bytes. */
function headerPlace(bytes: Uint8Array, name: string): { start: number; length: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6];
  if (version < 1 || version > 3)
    throw new UserError(`${name} is an NPY file of version ${version}; versions 1 to 3 are read. Write it again with numpy.save.`);
  return version === 1 ? { start: 10, length: view.getUint16(8, true) } : { start: 12, length: view.getUint32(8, true) };
}

function layoutOf(version: number, header: Uint8Array, offset: number, size: number, name: string): NpyLayout {
  const parsed = parseHeader(new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(header), name);
  if (offset + sizeOf(parsed.shape) * bytesOf(parsed.dtype) > size) throw cutShort(name);
  return { ...parsed, offset };
}

/** The array as a tensor of the same shape: float32, so whole numbers are exact up to 2^24. */
export function npyTensor(array: NpyArray): Tensor {
  return tensor(array.shape, array.data instanceof Float32Array ? array.data : Float32Array.from(array.data));
}

/** A tensor as the bytes of an NPY file: version 1.0, little-endian float32, C order, as `numpy.save` writes it. */
export function formatNpy(x: Tensor): Uint8Array {
  const header = npyHeader(x.shape);
  const bytes = new Uint8Array(header.length + 4 * x.data.length);
  bytes.set(header);
  const view = new DataView(bytes.buffer, header.length);
  for (let i = 0; i < x.data.length; i++) view.setFloat32(4 * i, x.data[i], true);
  return bytes;
}

/** What stands before the numbers of such a file, which follow as little-endian float32 in C order. */
export function npyHeader(shape: Shape): Uint8Array {
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${axes}), }`;
  const bytes = new Uint8Array(Math.ceil((10 + text.length + 1) / 64) * 64); // the data start on a multiple of 64 bytes
  bytes.set([...magic, 1, 0]);
  new DataView(bytes.buffer).setUint16(8, bytes.length - 10, true);
  bytes.set(new TextEncoder().encode(`${text.padEnd(bytes.length - 11)}\n`), 10);
  return bytes;
}

/** The header is a Python dict literal with three known keys in any order. */
function parseHeader(text: string, name: string): { shape: number[]; dtype: NpyType; little: boolean; fortran: boolean } {
  const descr = /['"]descr['"]\s*:\s*['"]([^'"]*)['"]/.exec(text)?.[1];
  const fortran = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text)?.[1];
  const shapeText = /['"]shape['"]\s*:\s*\(([\d\s,L]*)\)/.exec(text)?.[1];
  if (fortran === undefined || shapeText === undefined || (descr === undefined && !/['"]descr['"]/.test(text))) {
    throw new UserError(`${name} has a damaged NPY header. Write it again with numpy.save.`);
  }
  const dtype = descr?.slice(1).replace('?', 'b1');
  if (dtype === undefined || !/^[<>|=]/.test(descr as string) || !isNumberType(dtype)) {
    throw new UserError(
      `${name} holds numbers of type ${printable(descr ?? 'record')}, which is not read; bool, integers and floats of 16 to 64 bits are. Convert it with array.astype('float32') and save it again.`,
    );
  }
  const shape = shapeText
    .split(',')
    .map((n) => n.replace('L', '').trim())
    .filter((n) => n !== '')
    .map(Number);
  if (!Number.isSafeInteger(sizeOf(shape)))
    throw new UserError(`${name} claims the impossible shape ${formatShape(shape)}. Write it again with numpy.save.`);
  return { shape, dtype, little: (descr as string)[0] !== '>', fortran: fortran === 'True' };
}

/** For each element in file order (first axis fastest), its place in row-major order. */
function fortranOrder(shape: Shape): Uint32Array {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const index = shape.map(() => 0);
  const order = new Uint32Array(sizeOf(shape));
  for (let i = 0, at = 0; i < order.length; i++) {
    order[i] = at;
    for (let axis = 0; axis < shape.length; axis++) {
      at += strides[axis];
      if (++index[axis] < shape[axis]) break;
      at -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return order;
}
