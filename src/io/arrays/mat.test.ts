import { inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { bytesIn, hdf5Bytes, openBytes } from '../testing/array-files.js';
import { packedMat5, plainMat4 } from '../testing/mat-files.js';
import { chooseArray, readAll, readSlice, recogniseScan } from './index.js';

/** The same file with its variables not packed. */
function unpacked(bytes: Uint8Array): Uint8Array {
  const parts = [bytes.subarray(0, 128)];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 128; at < bytes.length; at += 8 + view.getUint32(at + 4, true))
    parts.push(inflateSync(bytes.subarray(at + 8, at + 8 + view.getUint32(at + 4, true))));
  return Buffer.concat(parts);
}

test.each([
  ['packed', packedMat5],
  ['plain', unpacked(packedMat5)],
])('MATLAB 5, %s: arrays in structs and cells, texts, as MATLAB shows them', async (_, bytes) => {
  const file = await openBytes(bytes, 'scan.mat');
  expect(file.format).toBe('MATLAB 5');
  expect(file.arrays.map(({ name, shape, type }) => [name, shape, type])).toEqual([
    ['CtDataFull.sinogram', [3, 4], 'f4'],
    ['CtDataFull.parameters.angles', [1, 3], 'f8'],
    ['CtDataFull.parameters.distanceSourceDetector', [1, 1], 'f8'],
    ['vol', [2, 3, 4], 'f8'],
    ['flag', [1, 2], 'b1'],
    ['z (real part)', [1, 1], 'f8'],
    ['c{1}', [1, 3], 'i2'],
  ]);
  expect(file.texts).toEqual({ 'CtDataFull.type': '2D', 'CtDataFull.parameters.geometryType': 'fan', words: 'hello', 'c{2}': 'txt' });
  expect([...(await readAll(chooseArray(file, 'CtDataFull.sinogram')))]).toEqual(Array.from({ length: 12 }, (_, i) => i / 8));
  const volume = chooseArray(file, 'vol');
  expect([...(await volume.read([1, 0, 1], [1, 3, 2]))]).toEqual([13, 14, 17, 18, 21, 22]);
  // MATLAB's slices follow one another along the last axis
  expect([...(await readSlice(volume, 'vol', 3)).data]).toEqual([3, 7, 11, 15, 19, 23]);
  const scan = recogniseScan(file);
  expect(scan).toMatchObject({
    angleUnit: 'degrees',
    data: { name: 'CtDataFull.sinogram' },
    angles: { name: 'CtDataFull.parameters.angles' },
  });
  expect([...(await readAll(scan!.numbers.distanceSourceDetector))]).toEqual([553.74]);
});

test('MATLAB 4', async () => {
  const file = await openBytes(plainMat4, 'old.mat');
  expect(file.arrays.map(({ name, shape, type }) => [name, shape, type])).toEqual([
    ['m', [2, 3], 'f8'],
    ['i', [1, 2], 'i4'],
  ]);
  expect([...(await readAll(chooseArray(file, 'm')))]).toEqual([0, 1, 2, 3, 4, 5]);
  await expect(openBytes(plainMat4.subarray(0, 100), 'old.mat')).rejects.toThrow(
    /old\.mat is a MATLAB file \(version 4\) that is cut short/,
  );
});

test('MATLAB 7.3: HDF5 after a block of its own, axes as MATLAB has them', async () => {
  const inner = await hdf5Bytes((root) => {
    const struct = root.create_group('scan');
    // [2, 3] in MATLAB, column by column
    struct.create_dataset({ name: 'sinogram', data: Float64Array.of(1, 4, 2, 5, 3, 6), shape: [3, 2] });
    const kind = struct.create_dataset({ name: 'kind', data: Uint16Array.from('fan', (c) => c.charCodeAt(0)), shape: [3, 1] });
    kind.create_attribute('MATLAB_class', 'char', [], 'S4');
  });
  const block = new Uint8Array(512);
  block.set(Buffer.from('MATLAB 7.3 MAT-file'));
  const file = await openBytes(Buffer.concat([block, inner]), 'new.mat');
  const array = chooseArray(file);
  expect(array).toMatchObject({ name: 'scan.sinogram', shape: [2, 3] });
  expect([...(await readAll(array))]).toEqual([1, 2, 3, 4, 5, 6]);
  expect(file.texts).toEqual({ 'scan.kind': 'fan' });
  await file.close();
});

test('an array that claims more than there is', async () => {
  const bytes = Uint8Array.from(unpacked(packedMat5));
  const at = Buffer.from(bytes).indexOf(Buffer.from(bytesIn(Int32Array.of(2, 3, 4))));
  new DataView(bytes.buffer).setInt32(at, 2 ** 30, true);
  await expect(openBytes(bytes, 'scan.mat')).rejects.toThrow(/"vol" has fewer numbers than its sizes say/);
});
