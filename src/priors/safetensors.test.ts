import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../tensor/errors.js';
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from '../tensor/half-precision.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import { readSafetensors, writeSafetensors } from './safetensors.js';

const named = fc.uniqueArray(
  fc.tuple(
    fc.string({ unit: 'grapheme', maxLength: 12 }).filter((name) => name !== '__metadata__' && name !== '__proto__'),
    fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 }),
  ),
  { selector: ([name]) => name, maxLength: 6 },
);

function file(header: unknown, data: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

describe('half precision', () => {
  test('every F16 and BF16 bit pattern survives widening and narrowing', () => {
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const nan = (wide: Float32Array, i: number) => Number.isNaN(wide[i]);
    for (const [widen, narrow] of [
      [float16ToFloat32, float32ToFloat16],
      [bfloat16ToFloat32, float32ToBfloat16],
    ] as const) {
      const wide = widen(all);
      const back = narrow(wide);
      expect(all.filter((h, i) => (nan(wide, i) ? !Number.isNaN(widen(back.slice(i, i + 1))[0]) : back[i] !== h))).toHaveLength(0);
    }
  });

  test('known values, and ties go to even', () => {
    // IEEE 754-2019 binary16: 1, 1/3, largest, smallest normal, smallest subnormal, overflow, half of the smallest, ties at 2049 and 2051
    const values = Float32Array.of(1, 1 / 3, 65504, 2 ** -14, 2 ** -24, 65520, 2 ** -25, 2049, 2051, 65519, -0);
    expect([...float32ToFloat16(values)]).toEqual([0x3c00, 0x3555, 0x7bff, 0x0400, 0x0001, 0x7c00, 0, 0x6800, 0x6802, 0x7bff, 0x8000]);
    expect([...float32ToBfloat16(Float32Array.of(1, -2, 1 + 2 ** -8, 1 + 3 * 2 ** -8))]).toEqual([0x3f80, 0xc000, 0x3f80, 0x3f82]);
  });
});

describe('safetensors', () => {
  test('what is written is read, in every precision, to that precision', () => {
    fc.assert(
      fc.property(named, fc.constantFrom('F32' as const, 'F16' as const, 'BF16' as const), (list, dtype) => {
        const tensors = new Map<string, Tensor>(
          list.map(([name, shape]) => [
            name,
            tensor(
              shape,
              Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i + 1)),
            ),
          ]),
        );
        const bytes = writeSafetensors(tensors, { dtype, metadata: { format: 'pt' } });
        const read = readSafetensors(bytes);
        expect(read.metadata).toEqual({ format: 'pt' });
        expect(new Set(read.tensors.keys())).toEqual(new Set(tensors.keys()));
        const tolerance = { F32: 0, F16: 2 ** -11, BF16: 2 ** -8 }[dtype];
        for (const [name, { shape, data }] of tensors) {
          const got = read.tensors.get(name)!;
          expect(got.shape).toEqual(shape);
          expect(data.every((v, i) => Math.abs(got.data[i] - v) <= tolerance * Math.abs(v))).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  const good = { a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] }, b: { dtype: 'F16', shape: [2, 1], data_offsets: [8, 12] } };
  const bad: [string, Uint8Array, RegExp][] = [
    ['no header length', new Uint8Array(7), /7 bytes/],
    ['a header length beyond the limit', new Uint8Array(16).fill(0xff, 0, 8), /allowed/],
    ['a header cut short', file(good, 12).slice(0, 30), /inside its header/],
    ['no JSON', file('{"a":', 12), /not JSON/],
    ['an array as header', file('[]', 0), /not a JSON object/],
    ['metadata that are no strings', file({ __metadata__: { a: 1 } }, 0), /__metadata__/],
    ['a negative size', file({ a: { ...good.a, shape: [-2] } }, 8), /"a" is malformed/],
    ['a size that is not whole', file({ a: { ...good.a, shape: [2.5] } }, 8), /"a" is malformed/],
    ['a type we cannot read', file({ a: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }, 8), /"a" is stored as I64/],
    ['a type named like an object property', file({ a: { ...good.a, dtype: 'toString' } }, 8), /"a" is stored as toString/],
    ['a huge shape in a small place', file({ a: { ...good.a, shape: [2 ** 50, 2 ** 50] } }, 8), /"a" .* needs/],
    ['overlap', file({ ...good, b: { ...good.b, data_offsets: [4, 8] } }, 8), /"b" overlaps/],
    ['a gap', file({ ...good, b: { ...good.b, data_offsets: [12, 16] } }, 16), /gap before tensor "b"/],
    ['offsets backwards', file({ a: { ...good.a, data_offsets: [8, 0] } }, 8), /"a"/],
    ['data cut short', file(good, 11), /"b" ends at byte/],
    ['data to spare', file(good, 13), /1 bytes follow/],
  ];
  test.each(bad)('%s is refused', (_, bytes, message) => {
    expect(() => readSafetensors(bytes, { name: 'x.safetensors' })).toThrow(UserError);
    expect(() => readSafetensors(bytes)).toThrow(message);
  });

  test('any damage is read or refused as a user error, never anything else', () => {
    const whole = file(good, 12);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
        fc.nat(whole.length),
        (edits, cut) => {
          const bytes = whole.slice(0, cut % 3 === 0 ? cut : whole.length);
          for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value;
          try {
            readSafetensors(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a view into a larger, unaligned buffer is read, and a value too large for F16 is named', () => {
    const bytes = writeSafetensors(new Map([['w', tensor([2], [1.5, -3])]]));
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect([...readSafetensors(shifted.subarray(3)).tensors.get('w')!.data]).toEqual([1.5, -3]);
    expect(() => writeSafetensors(new Map([['w', tensor([1], [7e4])]]), { dtype: 'F16' })).toThrow(/"w"/);
  });
});
