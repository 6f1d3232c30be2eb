/** A value of a MATLAB struct: numbers `[rows, columns]` row by row, or another struct. */
export type MatValue =
  | { readonly shape: readonly [rows: number, columns: number]; readonly data: ArrayLike<number> }
  | { readonly [field: string]: MatValue };

/** The bytes of a MAT-file of level 5, not packed, with one struct in it. */
export function matStruct(name: string, value: MatValue): Uint8Array {
  const header = new Uint8Array(128);
  header.set(Buffer.from('MATLAB 5.0 MAT-file'.padEnd(116), 'latin1'));
  header.set([0, 1, 0x49, 0x4d], 124);
  return Buffer.concat([header, matrix(name, value)]);
}

const INT8 = 1;
const INT32 = 5;
const UINT32 = 6;
const DOUBLE = 9;
const MATRIX = 14;
const STRUCT_CLASS = 2;
const DOUBLE_CLASS = 6;
/** Bytes of a field's name. */
const NAME = 32;

function matrix(name: string, value: MatValue): Buffer {
  const isNumbers = 'data' in value && 'shape' in value;
  const [rows, columns] = isNumbers ? (value.shape as readonly [number, number]) : [1, 1];
  const flags = element(UINT32, bytesOf(Uint32Array.of(isNumbers ? DOUBLE_CLASS : STRUCT_CLASS, 0)));
  const dimensions = element(INT32, bytesOf(Int32Array.of(rows, columns)));
  const parts = [flags, dimensions, element(INT8, Buffer.from(name, 'latin1'))];
  if (isNumbers) {
    const data = value.data as ArrayLike<number>;
    const columnMajor = Float64Array.from({ length: rows * columns }, (_, at) => data[(at % rows) * columns + Math.floor(at / rows)]);
    parts.push(element(DOUBLE, bytesOf(columnMajor)));
  } else {
    const fields = Object.entries(value as Record<string, MatValue>);
    const length = Buffer.alloc(8);
    length.writeUInt16LE(INT32, 0);
    length.writeUInt16LE(4, 2); // a short element, its four bytes behind it
    length.writeInt32LE(NAME, 4);
    const names = Buffer.concat(fields.map(([field]) => Buffer.from(field.padEnd(NAME, '\0'), 'latin1')));
    parts.push(length, element(INT8, names), ...fields.map(([, one]) => matrix('', one)));
  }
  return element(MATRIX, Buffer.concat(parts));
}

function element(type: number, data: Buffer): Buffer {
  const tag = Buffer.alloc(8);
  tag.writeUInt32LE(type, 0);
  tag.writeUInt32LE(data.length, 4);
  return Buffer.concat([tag, data, Buffer.alloc((8 - (data.length % 8)) % 8)]);
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}
