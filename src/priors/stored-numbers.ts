import { UserError } from '../tensor/errors.js';
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from '../tensor/half-precision.js';
import type { StoredDtype } from './stored-tensor.js';

/* Numbers as files hold them: little-endian, as is every platform this runs on. */

/** Bytes of one number. */
export const storedWidths: Readonly<Record<StoredDtype, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

/** The types that are written. */
export type WrittenDtype = 'F32' | 'F16' | 'BF16';

/** Numbers as float32, to the nearest; a bool is 0 or 1. @param bytes whole numbers; float32 that is aligned is not copied */
export function decodeNumbers(bytes: Uint8Array, dtype: StoredDtype): Float32Array {
  const { buffer, byteOffset: at, byteLength } = bytes.byteOffset % storedWidths[dtype] === 0 ? bytes : new Uint8Array(bytes);
  const count = byteLength / storedWidths[dtype];
  switch (dtype) {
    case 'F64':
      return new Float32Array(new Float64Array(buffer, at, count));
    case 'F32':
      return new Float32Array(buffer, at, count);
    case 'F16':
      return float16ToFloat32(new Uint16Array(buffer, at, count));
    case 'BF16':
      return bfloat16ToFloat32(new Uint16Array(buffer, at, count));
    case 'I64':
      return Float32Array.from(new BigInt64Array(buffer, at, count), Number); // slow, and never weights
    case 'I32':
      return new Float32Array(new Int32Array(buffer, at, count));
    case 'I16':
      return new Float32Array(new Int16Array(buffer, at, count));
    case 'I8':
      return new Float32Array(new Int8Array(buffer, at, count));
    case 'U8':
      return new Float32Array(new Uint8Array(buffer, at, count));
    case 'BOOL':
      return new Float32Array(new Uint8Array(buffer, at, count)).map((v) => (v === 0 ? 0 : 1));
  }
}

/**
 * The bytes of float32 in the precision wanted; halves round to nearest even. F32 is not copied.
 * @param name of the tensor, for the message
 * @throws UserError when a finite value does not fit F16
 */
export function encodeNumbers(values: Float32Array, dtype: WrittenDtype, name: string): Uint8Array {
  if (dtype === 'F16' && values.some((v) => Math.abs(v) >= 65520 && Number.isFinite(v))) {
    throw new UserError(`The tensor "${name}" has values beyond 65504, the largest of F16. Write it as BF16 or F32.`);
  }
  const stored = dtype === 'F32' ? values : dtype === 'F16' ? float32ToFloat16(values) : float32ToBfloat16(values);
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}
