/** The number types of array files, by NumPy's letters without byte order: bool, integers and floats. */
export type NumberType = 'f2' | 'f4' | 'f8' | 'i1' | 'i2' | 'i4' | 'i8' | 'u1' | 'u2' | 'u4' | 'u8' | 'b1';

/** Numbers as they are computed with: float64 where float32 would lose digits. */
export type Numbers = Float32Array | Float64Array;

const readers: Record<NumberType, (view: DataView, at: number, little: boolean) => number> = {
  f2: (view, at, little) => fromHalf(view.getUint16(at, little)),
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
  i1: (view, at) => view.getInt8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  u1: (view, at) => view.getUint8(at),
  u2: (view, at, little) => view.getUint16(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
  b1: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
};

export function isNumberType(text: string): text is NumberType {
  return Object.hasOwn(readers, text);
}

/** Bytes of one number. */
export function bytesOf(type: NumberType): number {
  return Number(type[1]);
}

/** `uint16`, `float32`, `bool`. */
export function typeName(type: NumberType): string {
  if (type === 'b1') return 'bool';
  return `${{ f: 'float', i: 'int', u: 'uint' }[type[0]]}${8 * bytesOf(type)}`;
}

/** Room for numbers of a type: 64-bit ones, and integers of 32 bits, become float64 (exact up to 2^53), others float32. */
export function numbersFor(type: NumberType, length: number): Numbers {
  return bytesOf(type) >= 4 && type !== 'f4' ? new Float64Array(length) : new Float32Array(length);
}

/**
 * Numbers out of bytes.
 * @param bytes of as many numbers as are wanted, and no more
 * @param out where they go
 * @param place of the number k in `out`; k from `from` on where absent
 * @param from place of the first in `out`
 */
export function decodeNumbers(
  bytes: Uint8Array,
  type: NumberType,
  little: boolean,
  out: Numbers,
  from = 0,
  place?: (k: number) => number,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = readers[type];
  const width = bytesOf(type);
  for (let k = 0, at = 0; at + width <= bytes.length; k++, at += width) out[place ? place(k) : from + k] = read(view, at, little);
}

/** IEEE 754 binary16 to a number. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
