import { expect, test } from 'vitest';
import { UserError } from '../tensor/errors.js';
import { tensor } from '../tensor/tensor.js';
import { formatNpy, npyTensor, parseNpy } from './npy.js';

/** An NPY file from its header and the hex of its data. */
function npy(header: string, hex: string, version = 1): Uint8Array {
  const text = new TextEncoder().encode(`${header}\n`);
  const length = version === 1 ? [text.length & 255, text.length >> 8] : [text.length & 255, text.length >> 8, 0, 0];
  return Uint8Array.from([
    0x93,
    ...new TextEncoder().encode('NUMPY'),
    version,
    0,
    ...length,
    ...text,
    ...(hex.match(/../g) ?? []).map((b) => Number.parseInt(b, 16)),
  ]);
}
const header = (descr: string, shape: string, fortran = 'False') =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': (${shape}), }`;
const values = (bytes: Uint8Array) => [...parseNpy(bytes).data];

// Bytes as numpy.array([...], dtype).tobytes().hex() prints them.
test.each([
  ['<f4', '0000803f000020c0', [1, -2.5]],
  ['>f4', '3f800000c0200000', [1, -2.5]],
  ['<f8', '000000000000f03f9a9999999999b9bf', [1, -0.1]],
  ['>f8', '3ff0000000000000bfb999999999999a', [1, -0.1]],
  ['<f2', '003c00c1', [1, -2.5]],
  ['<f2', '0100ff7b', [2 ** -24, 65504]],
  ['<f2', '007c00fc', [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
  ['|i1', '01fe', [1, -2]],
  ['<i2', '0100feff', [1, -2]],
  ['>i2', '0001fffe', [1, -2]],
  ['<i4', '01000000feffffff', [1, -2]],
  ['<i8', '0100000000000000feffffffffffffff', [1, -2]],
  ['|u1', '01fe', [1, 254]],
  ['<u2', '0100feff', [1, 65534]],
  ['<u4', '01000000feffffff', [1, 4294967294]],
  ['>u8', '00000000000000010020000000000000', [1, 2 ** 53]],
  ['|b1', '0100', [1, 0]],
])('numbers of type %s (%s)', (descr, hex, expected) => {
  expect(values(npy(header(descr, '2,'), hex))).toEqual(expected);
});

test('fortran order, versions 2 and 3, scalars, empty arrays', () => {
  // numpy.asfortranarray([[1, 2, 3], [4, 5, 6]]) in file order: 1 4 2 5 3 6
  expect(values(npy(header('|u1', '2, 3', 'True'), '010402050306'))).toEqual([1, 2, 3, 4, 5, 6]);
  expect(values(npy(header('|u1', '2, 1, 2', 'True'), '01030204'))).toEqual([1, 2, 3, 4]);
  for (const version of [2, 3]) expect(values(npy(header('|u1', '2,'), '0102', version))).toEqual([1, 2]);
  expect(parseNpy(npy(header('|u1', ''), '07'))).toMatchObject({ shape: [], dtype: 'u1' });
  expect(parseNpy(npy(header('<f4', '0, 3'), '')).shape).toEqual([0, 3]);
});

test('a tensor comes back bit for bit, its data aligned to 64 bytes', () => {
  for (const shape of [[], [3], [2, 3], [1, 2, 3, 4]]) {
    const x = tensor(
      shape,
      new Float32Array(shape.reduce((a, b) => a * b, 1)).map((_, i) => Math.sin(i) * 3),
    );
    const bytes = formatNpy(x);
    expect((bytes.length - 4 * x.data.length) % 64).toBe(0);
    expect(npyTensor(parseNpy(bytes))).toEqual(x);
  }
  const head = new TextDecoder('latin1').decode(formatNpy(tensor([3])).subarray(0, 128));
  expect(head).toBe(`\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }${' '.repeat(60)}\n`); // as numpy 2 writes it
});

test('what cannot be read is a UserError that says why', () => {
  const whole = formatNpy(tensor([2, 2]));
  for (let n = 0; n < whole.length; n += 3) expect(() => parseNpy(whole.subarray(0, n), 'y.npy'), `${n} bytes`).toThrow(UserError);
  expect(() => parseNpy(whole.subarray(0, whole.length - 1), 'y.npy')).toThrow(/y\.npy is cut short/);
  for (const type of ['<c8', '|O', '<U3', '|S4', '<f16', '<M8[s]'])
    expect(() => parseNpy(npy(header(type, '1,'), '00'.repeat(64)))).toThrow(/astype/);
  expect(() => parseNpy(npy(`{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }`, '00000000'))).toThrow(/record/);
  expect(() => parseNpy(npy(header('<f4', '999999999, 999999999, 9'), ''))).toThrow(UserError);
  expect(() => parseNpy(npy('nonsense', ''))).toThrow(/damaged/);
  expect(() => parseNpy(npy(header('<f4', '1,'), '00000000', 4))).toThrow(/version 4/);
});
