import { deflateRawSync } from 'node:zlib';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { UserError } from '../tensor/errors.js';
import { chooseArray } from './arrays/index.js';
import './node/open-jpeg.js';
import { isDicom, openDicom, parseDicom } from './dicom.js';
import { openBytes } from './testing/array-files.js';
import {
  ctSlice,
  type Encapsulated,
  explicitBig,
  explicitLittle,
  implicitLittle,
  packedSlice,
  type SliceOptions,
} from './testing/dicom-bytes.js';
import { extendedJpeg, jpeg2000, jpegLs, losslessJpeg, rle } from './testing/packed-samples.js';

const [rows, columns] = [24, 40];
/** A ramp with a noise that has every bit, and a flat part. */
const words = (bits: number) =>
  Uint16Array.from({ length: rows * columns }, (_, i) => (i < 200 ? 7 : (i * 2654435761) >>> 3) & (2 ** bits - 1));
const read = async (syntax: string, pixels: Encapsulated, options: Partial<SliceOptions> = {}) =>
  (await parseDicom(packedSlice({ rows, columns, signed: false, syntax, ...options }, pixels), 'a.dcm')).values.data;
const hu = (samples: Uint16Array) => Array.from(samples, (n) => n - 1024);
const stored = (bits: number): SliceOptions['extra'] => [
  [0x00280101, 'US', [bits]],
  [0x00280102, 'US', [bits - 1]],
];

test.each([8, 16] as const)('RLE of %i bits', async (bits) => {
  const samples = words(bits);
  const packed = rle(samples, bits === 16 ? 2 : 1);
  expect([...(await read('1.2.840.10008.1.2.5', { fragments: [packed] }, { bits }))]).toEqual(hu(samples));
});

test.each([1, 2, 3, 4, 5, 6, 7])('lossless JPEG, prediction %i, of 12 and 16 bits, with restarts', async (selection) => {
  for (const precision of [12, 16])
    for (const restartRows of [undefined, 5]) {
      const samples = words(precision);
      const packed = losslessJpeg(samples, { width: columns, precision, selection, restartRows });
      expect([...(await read('1.2.840.10008.1.2.4.57', { fragments: [packed] }, { extra: stored(precision) }))]).toEqual(hu(samples));
    }
});

test('signed samples keep their sign, in lossless JPEG and JPEG 2000', async () => {
  const signed = Int16Array.from({ length: rows * columns }, (_, i) => ((i * 977) % 3000) - 1500);
  const samples = new Uint16Array(signed.buffer);
  const expected = Array.from(signed, (n) => n - 1024);
  const lossless = losslessJpeg(samples, { width: columns, precision: 16, selection: 1 });
  expect([...(await read('1.2.840.10008.1.2.4.70', { fragments: [lossless] }, { signed: true }))]).toEqual(expected);
  const wavelets = await jpeg2000(samples, columns, 16, true, 0);
  expect([...(await read('1.2.840.10008.1.2.4.90', { fragments: [wavelets] }, { signed: true }))]).toEqual(expected);
});

test.each([8, 12, 16])('JPEG-LS and JPEG 2000 of %i bits, exactly', async (bits) => {
  const samples = words(bits);
  const options = { bits: bits === 8 ? (8 as const) : (16 as const), extra: stored(bits) };
  expect([...(await read('1.2.840.10008.1.2.4.80', { fragments: [await jpegLs(samples, columns, bits, 0)] }, options))]).toEqual(
    hu(samples),
  );
  expect([...(await read('1.2.840.10008.1.2.4.90', { fragments: [await jpeg2000(samples, columns, bits, false, 0)] }, options))]).toEqual(
    hu(samples),
  );
});

test('what loses something loses little: JPEG-LS within its bound, JPEG 2000, baseline JPEG by another encoder', async () => {
  const smooth = Uint16Array.from({ length: rows * columns }, (_, i) => 128 + Math.round(100 * Math.sin(i / 300)));
  const near = await read('1.2.840.10008.1.2.4.81', { fragments: [await jpegLs(smooth, columns, 8, 3)] }, { bits: 8 });
  expect(near).toBeNear(hu(smooth), { absolute: 3.5 });
  const wavelets = await read('1.2.840.10008.1.2.4.91', { fragments: [await jpeg2000(smooth, columns, 8, false, 2)] }, { bits: 8 });
  expect(wavelets).toBeNear(hu(smooth), { absolute: 4 });
  for (const [quality, width] of [
    [90, columns],
    [30, 37],
  ] as const) {
    const textured = Uint8Array.from({ length: rows * width }, (_, i) => 128 + 60 * Math.sin(i / 3) + 60 * Math.cos(i / 57));
    const jpeg = await sharp(textured, { raw: { width, height: rows, channels: 1 } })
      .toColourspace('b-w')
      .jpeg({ quality })
      .toBuffer();
    const known = await sharp(jpeg).toColourspace('b-w').raw().toBuffer();
    const ours = await read('1.2.840.10008.1.2.4.50', { fragments: [jpeg] }, { bits: 8, columns: width });
    expect(ours).toBeNear(
      Array.from(known, (n) => n - 1024),
      { absolute: 1.5 },
    );
  }
});

test('extended JPEG of 12 bits', async () => {
  const means = Array.from({ length: 3 }, (_, y) => Array.from({ length: 5 }, (_, x) => 300 * x + 900 * y + 5));
  const expected = Array.from(
    { length: rows * columns },
    (_, i) => means[Math.floor(i / columns / 8)][Math.floor((i % columns) / 8)] - 1024,
  );
  expect([...(await read('1.2.840.10008.1.2.4.51', { fragments: [extendedJpeg(means, 12)] }, { extra: stored(12) }))]).toEqual(expected);
});

test('frames in one piece each, in several pieces by the table, and one frame in pieces', async () => {
  const frames = [0, 1, 2].map((k) => words(16).map((n) => n ^ k));
  const packed = frames.map((samples) => rle(samples, 2));
  const single = packedSlice({ rows, columns, signed: false, syntax: '1.2.840.10008.1.2.5' }, { fragments: packed, offsets: [0, 0, 0] });
  const file = await openDicom(single);
  expect(file.frames).toBe(3);
  for (const [k, samples] of frames.entries()) expect([...(await file.frame(k))]).toEqual(hu(samples));
  const array = chooseArray(await openBytes(single));
  expect(array).toMatchObject({ shape: [3, rows, columns], type: 'u2', about: { unit: 'hu', spacingCm: [undefined, 0.08, 0.08] } });
  expect([...(await array.read([1, 2, 3], [1, 1, 4]))]).toEqual(hu(frames[1]).slice(2 * columns + 3, 2 * columns + 7));
  const even = packed.map((bytes) => (bytes.length % 2 ? Uint8Array.from([...bytes, 0]) : bytes));
  const halves = even.flatMap((bytes) => [bytes.subarray(0, 100), bytes.subarray(100)]);
  const starts = [0, 1, 2].map((k) => even.slice(0, k).reduce((sum, bytes) => sum + bytes.length + 16, 0));
  const pieces = packedSlice({ rows, columns, signed: false, syntax: '1.2.840.10008.1.2.5' }, { fragments: halves, offsets: starts });
  expect([...(await parseDicom(pieces, 'a.dcm', 2)).values.data]).toEqual(hu(frames[2]));
  expect([...(await read('1.2.840.10008.1.2.5', { fragments: halves.slice(0, 2) }))]).toEqual(hu(frames[0]));
});

test('a deflated file', async () => {
  const slice = { rows: 2, columns: 3, stored: [0, 24, 1024, 1064, 2024, 3000] };
  const plain = ctSlice(slice);
  const stated = ctSlice({ ...slice, syntax: '1.2.840.10008.1.2.1.99' });
  const start = stated.length - (plain.length - headerEnd(plain));
  const deflated = Buffer.concat([stated.subarray(0, start), deflateRawSync(stated.subarray(start))]);
  const image = await parseDicom(deflated, 'a.dcm');
  expect([...image.values.data]).toEqual(slice.stored.map((n) => n - 1024));
  expect(image.transferSyntax).toBe('1.2.840.10008.1.2.1.99');
  await expect(parseDicom(deflated.subarray(0, -20), 'a.dcm')).rejects.toThrow(UserError);
});

/** Where the header (group 2) ends, by the length that its first element states. */
function headerEnd(bytes: Uint8Array): number {
  return 132 + 12 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(140, true);
}

test.each([
  ['explicit little', explicitLittle],
  ['implicit little', implicitLittle],
  ['explicit big', explicitBig],
])('files that start with their elements, %s endian; and with their header but no preamble', async (_, syntax) => {
  const slice = ctSlice({ rows: 2, columns: 2, stored: [0, 1, 2, 3], syntax, extra: [[0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.2']] });
  for (const bytes of [slice.subarray(headerEnd(slice)), slice.subarray(132)]) {
    expect(isDicom(bytes)).toBe(true);
    const image = await parseDicom(bytes, 'a.dcm');
    expect([...image.values.data]).toEqual([-1024, -1023, -1022, -1021]);
    expect(image.hounsfield).toBe(true);
  }
  expect(isDicom(new TextEncoder().encode('8 columns of numbers, and no image'))).toBe(false);
});

test('damaged and foreign pixels are refused in one sentence', async () => {
  const lossless = losslessJpeg(words(12), { width: columns, precision: 12, selection: 1 });
  const refused = (syntax: string, bytes: Uint8Array) => expect(read(syntax, { fragments: [bytes] })).rejects;
  await refused('1.2.840.10008.1.2.4.70', lossless.subarray(0, 400)).toThrow(
    /a\.dcm .*its pixels \(JPEG\) cannot be unpacked: the samples end too early/,
  );
  await refused('1.2.840.10008.1.2.4.70', losslessJpeg(words(12).subarray(40), { width: columns, precision: 12, selection: 1 })).toThrow(
    /it has 40 x 23 pixels/,
  );
  await refused('1.2.840.10008.1.2.5', rle(words(16), 2).subarray(0, 300)).toThrow(/\(RLE\) cannot be unpacked/);
  await refused('1.2.840.10008.1.2.4.80', (await jpegLs(words(12), columns, 12, 0)).subarray(0, 200)).toThrow(
    /\(JPEG-LS\) cannot be unpacked/,
  );
  await refused('1.2.840.10008.1.2.4.90', (await jpeg2000(words(12), columns, 12, false, 0)).subarray(0, 90)).toThrow(
    /\(JPEG-2000\) cannot be unpacked/,
  );
  const colours = await sharp(new Uint8Array(3 * rows * columns), { raw: { width: columns, height: rows, channels: 3 } })
    .jpeg()
    .toBuffer();
  await refused('1.2.840.10008.1.2.4.50', colours).toThrow(/3 components/);
});
