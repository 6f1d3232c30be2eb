import { type Tensor, tensor } from '../tensor/tensor.js';
import { formatHeader, headerLength, parseHeader } from './safetensors-header.js';
import { decodeNumbers, encodeNumbers, type WrittenDtype } from './stored-numbers.js';

/* Safetensors files that are held in memory, as the embedded priors are. Large ones are read by `openTensorFile`. */

export type SafetensorsDtype = WrittenDtype;
const READABLE: readonly SafetensorsDtype[] = ['F32', 'F16', 'BF16'];

export interface Safetensors {
  /** By name, in the order of their data. Half precision is widened to float32. */
  readonly tensors: Map<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Read a safetensors file. The whole header is checked (types, shapes against sizes, no overlap, no gap, nothing out
 * of bounds) before anything is allocated.
 * @throws UserError naming the tensor at fault.
 */
export function readSafetensors(bytes: Uint8Array, options: { name?: string } = {}): Safetensors {
  const { name: file = 'the file' } = options;
  const start = 8 + headerLength(bytes, bytes.length, file);
  const { entries, metadata } = parseHeader(bytes.subarray(8, start), bytes.length, file, READABLE);
  const tensors = new Map<string, Tensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    const own = new Uint8Array(bytes.subarray(start + begin, start + end)); // a copy also where it is a Buffer, whose `slice` shares memory
    tensors.set(name, tensor(shape, decodeNumbers(own, dtype)));
  }
  return { tensors, metadata };
}

/**
 * Write tensors, in the order of the map, all in one precision (default F32; halves round to nearest even).
 * @throws UserError when a finite value does not fit F16, naming the tensor.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  options: { dtype?: SafetensorsDtype; metadata?: Readonly<Record<string, string>> } = {},
): Uint8Array {
  const { dtype = 'F32', metadata } = options;
  const pieces = [formatHeader(tensors, dtype, metadata)];
  for (const [name, { data }] of tensors) pieces.push(encodeNumbers(data, dtype, name));
  const bytes = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
