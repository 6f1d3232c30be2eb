import { type TensorProto, TensorProto_DataLocation, TensorProto_DataType as Type } from 'onnx-buf';
import { UserError } from '../../tensor/errors.js';
import { bfloat16ToFloat32, float16ToFloat32 } from '../../tensor/half-precision.js';
import { formatShape, type Shape } from '../../tensor/tensor.js';
import type { DType } from '../expr.js';
import { type Known, known } from './values.js';

/** No tensor of more elements is read or computed: 8 GiB of float32. */
export const MAX_ELEMENTS = 2 ** 31;

interface ElementType {
  readonly dtype: DType;
  readonly bytes: number;
  /** Values from little-endian bytes, whose start is a multiple of their size. */
  readonly raw: (buffer: ArrayBufferLike, start: number, count: number) => ArrayLike<number | bigint>;
  /** Values kept as numbers, not as bytes. */
  readonly typed: (proto: TensorProto) => ArrayLike<number | bigint>;
}

const int32 = (proto: TensorProto): number[] => proto.int32Data;
const uint64 = (proto: TensorProto): bigint[] => proto.uint64Data;
const halves = (widen: (bits: Uint16Array) => Float32Array): ElementType => ({
  dtype: 'float32',
  bytes: 2,
  raw: (b, at, n) => widen(new Uint16Array(b, at, n)),
  typed: (proto) => widen(Uint16Array.from(proto.int32Data)),
});

/** Every type of number becomes one of the three of the language: floats of all sizes float32, whole numbers int64. */
const types: ReadonlyMap<number, ElementType> = new Map<number, ElementType>([
  [Type.FLOAT, { dtype: 'float32', bytes: 4, raw: (b, at, n) => new Float32Array(b, at, n), typed: (p) => p.floatData }],
  [Type.DOUBLE, { dtype: 'float32', bytes: 8, raw: (b, at, n) => new Float64Array(b, at, n), typed: (p) => p.doubleData }],
  [Type.FLOAT16, halves(float16ToFloat32)],
  [Type.BFLOAT16, halves(bfloat16ToFloat32)],
  [Type.INT64, { dtype: 'int64', bytes: 8, raw: (b, at, n) => new BigInt64Array(b, at, n), typed: (p) => p.int64Data }],
  [Type.INT32, { dtype: 'int64', bytes: 4, raw: (b, at, n) => new Int32Array(b, at, n), typed: int32 }],
  [Type.INT16, { dtype: 'int64', bytes: 2, raw: (b, at, n) => new Int16Array(b, at, n), typed: int32 }],
  [Type.INT8, { dtype: 'int64', bytes: 1, raw: (b, at, n) => new Int8Array(b, at, n), typed: int32 }],
  [Type.UINT64, { dtype: 'int64', bytes: 8, raw: (b, at, n) => new BigInt64Array(b, at, n), typed: uint64 }],
  [Type.UINT32, { dtype: 'int64', bytes: 4, raw: (b, at, n) => new Uint32Array(b, at, n), typed: uint64 }],
  [Type.UINT16, { dtype: 'int64', bytes: 2, raw: (b, at, n) => new Uint16Array(b, at, n), typed: int32 }],
  [Type.UINT8, { dtype: 'int64', bytes: 1, raw: (b, at, n) => new Uint8Array(b, at, n), typed: int32 }],
  [Type.BOOL, { dtype: 'bool', bytes: 1, raw: (b, at, n) => new Uint8Array(b, at, n).map((v) => (v === 0 ? 0 : 1)), typed: int32 }],
]);

/** The type that stands for an ONNX element type. @throws UserError for one that is not supported (strings, complex, 8-bit floats, ...) */
export function elementType(type: number, what: string): ElementType {
  const found = types.get(type);
  if (found !== undefined) return found;
  const name = Type[type] ?? `number ${type}`;
  throw new UserError(
    `${what} has elements of type ${name}; supported are floats of 16, 32 and 64 bits, whole numbers of 8 to 64 bits and booleans. Export the model in float32.`,
  );
}

/** A shape as a file states it. @throws UserError when it is not a shape, or has more elements than fit */
export function checkedShape(dims: readonly (number | bigint)[], what: string): Shape {
  const shape = dims.map(Number);
  if (!shape.every((n) => Number.isSafeInteger(n) && n >= 0))
    throw new UserError(`${what} has the impossible shape ${formatShape(shape)}.`);
  let size = 1;
  for (const n of shape) if (n > 0) size *= n; // an empty tensor must not hide a size beyond counting
  if (size > MAX_ELEMENTS) throw new UserError(`${what} has shape ${formatShape(shape)}, more than ${MAX_ELEMENTS} elements.`);
  return shape;
}

export function isFloat(proto: TensorProto): boolean {
  return types.get(proto.dataType)?.dtype === 'float32';
}

export function isExternal(proto: TensorProto): boolean {
  return proto.dataLocation === TensorProto_DataLocation.EXTERNAL;
}

/** Bytes that the elements of a tensor take. */
export function byteSize(proto: TensorProto, what: string): number {
  const { bytes } = elementType(proto.dataType, what);
  return checkedShape(proto.dims, what).reduce((a, n) => a * n, bytes);
}

/**
 * A tensor of an ONNX file.
 * @param external its bytes, when they are not in the file itself
 * @throws UserError when the data do not fill the shape, or the type is not supported
 */
export function tensorValue(proto: TensorProto, what: string, external?: Uint8Array): Known {
  const type = elementType(proto.dataType, what);
  const shape = checkedShape(proto.dims, what);
  const size = shape.reduce((a, n) => a * n, 1);
  const raw = external ?? proto.rawData;
  const typed = type.typed(proto);
  if (raw.length === 0 && typed.length === size) return known(type.dtype, shape, typed);
  if (raw.length !== size * type.bytes) {
    const got = raw.length > 0 ? `${raw.length} bytes` : `${typed.length} values`;
    throw new UserError(
      `${what} has shape ${formatShape(shape)}, ${size} values of ${type.bytes} bytes, but holds ${got}. The file is damaged: export it again.`,
    );
  }
  const aligned = raw.byteOffset % type.bytes === 0 ? raw : new Uint8Array(raw); // a copy, which slice() is not of a Buffer
  return known(type.dtype, shape, type.raw(aligned.buffer, aligned.byteOffset, size));
}
