import { deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { UsageError, UserError } from '../../tensor/errors.js';
import { tensor } from '../../tensor/tensor.js';
import { formatNpy } from '../npy.js';
import { bytesIn, hdf5Bytes, openBytes, zipBytes } from '../testing/array-files.js';
import { tiffBytes } from '../testing/tiff-bytes.js';
import { chooseArray, parseSlice, readAll, readSlice, slicesOf } from './index.js';

const count = (n: number) => Float32Array.from({ length: n }, (_, i) => i);
const volume = formatNpy(tensor([2, 3, 4], count(24)));

test('NPY: blocks of an array, its slices in turn, and one across another axis', async () => {
  const file = await openBytes(volume);
  const array = chooseArray(file);
  expect(array).toMatchObject({ name: '', shape: [2, 3, 4], type: 'f4' });
  expect([...(await array.read([0, 1, 1], [2, 2, 2]))]).toEqual([5, 6, 9, 10, 17, 18, 21, 22]);
  const slices = [];
  for await (const { index, shape, data } of slicesOf(array)) slices.push([index, shape, data[0], data.length]);
  expect(slices).toEqual([
    [0, [3, 4], 0, 12],
    [1, [3, 4], 12, 12],
  ]);
  const across = await readSlice(array, 'v', parseSlice(':,1,:'));
  expect(across).toMatchObject({ shape: [2, 4], axes: [0, 2], notices: [] });
  expect([...across.data]).toEqual([4, 5, 6, 7, 16, 17, 18, 19]);
  await expect(array.read([0, 0, 0], [3, 1, 1])).rejects.toThrow(RangeError);
});

test('column-major NPY is seen in its own order', async () => {
  const text = `{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }`.padEnd(117);
  const bytes = Uint8Array.from([
    ...Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'),
    ...Buffer.from(`${text}\n`),
    ...[0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 255, 255],
  ]);
  const array = chooseArray(await openBytes(bytes));
  expect([...(await readAll(array))]).toEqual([1, 3, 5, 2, 4, -1]);
  expect([...(await array.read([1, 0], [1, 3]))]).toEqual([2, 4, -1]);
});

test('the middle slice is the default, and said; axes of length 1 do not count', async () => {
  const array = chooseArray(await openBytes(formatNpy(tensor([5, 1, 2, 2], count(20)))));
  const { data, notices } = await readSlice(array, 'v.npy');
  expect([...data]).toEqual([8, 9, 10, 11]);
  expect(notices).toEqual([
    'v.npy has the shape [5,1,2,2]; of it slice 2 of 0 to 4 along axis 0 is used, the middle one. Choose another with --slice.',
  ]);
  expect([...(await readSlice(array, 'v.npy', 4)).data]).toEqual([16, 17, 18, 19]);
  await expect(readSlice(array, 'v.npy', 5)).rejects.toThrow(/--slice 5 is beyond its 5 slices .*0 to 4/);
  await expect(readSlice(array, 'v.npy', [undefined, 0, undefined])).rejects.toThrow(/needs 4 of them/);
  expect(() => parseSlice('3:4')).toThrow(UsageError);
  expect(() => parseSlice(':,:,:')).toThrow(UsageError);
});

test.each([0, 6])('NPZ at level %i: chosen by name; without one the arrays are listed', async (level) => {
  const file = await openBytes(
    await zipBytes(
      {
        'image.npy': formatNpy(tensor([2, 2], count(4))),
        'other.npy': volume,
        'angles.npy': formatNpy(tensor([3])),
        'readme.txt': count(3).map(() => 65) as never,
      },
      level,
    ),
    'data.npz',
  );
  expect(file.arrays.map(({ name }) => name)).toEqual(['image', 'other', 'angles']);
  expect([...(await readAll(chooseArray(file, 'image')))]).toEqual([0, 1, 2, 3]);
  expect([...(await readSlice(chooseArray(file, 'other'), 'o', 1)).data]).toEqual([...count(24).subarray(12)]);
  expect(() => chooseArray(file)).toThrow(
    'data.npz holds 3 arrays: image [2,2] float32, other [2,3,4] float32, angles [3] float32. Name one after a colon, as in data.npz:image.',
  );
  expect(() => chooseArray(file, 'imgae')).toThrow(/no array of numbers "imgae". It has image \[2,2\]/);
});

test('HDF5: datasets by path, packed ones by the slice, units and texts; Data Exchange gives sinograms', async () => {
  const bytes = await hdf5Bytes((root) => {
    const exchange = root.create_group('exchange');
    exchange.create_dataset({ name: 'data', data: Uint16Array.from(count(24)), shape: [2, 3, 4], chunks: [1, 3, 4], compression: 4 });
    exchange.create_dataset({ name: 'theta', data: Float32Array.of(0, 90) }).create_attribute('units', 'deg');
    root.create_dataset({ name: 'note', data: 'a tooth' });
    root.create_dataset({ name: 'big', data: BigInt64Array.of(-5n, 2n ** 40n) });
  });
  const file = await openBytes(bytes);
  expect(file.texts).toEqual({ '/note': 'a tooth' });
  expect(file.arrays.map(({ name, shape, type }) => [name, shape, type])).toEqual([
    ['/big', [2], 'i8'],
    ['/exchange/data', [2, 3, 4], 'u2'],
    ['/exchange/theta', [2], 'f4'],
  ]);
  const data = chooseArray(file);
  expect(data.name).toBe('/exchange/data');
  expect([...(await readSlice(data, 'd', 2)).data]).toEqual([8, 9, 10, 11, 20, 21, 22, 23]);
  const theta = chooseArray(file, 'exchange/theta');
  expect(theta.about.unit).toBe('deg');
  expect([...(await readAll(theta))]).toEqual([0, 90]);
  expect([...(await readAll(chooseArray(file, '/big')))]).toEqual([-5, 2 ** 40]);
  await file.close();
});

test('TIFF: 16 bits, signed, floats; stacks; strips; packed with and without prediction', async () => {
  const floats = Float32Array.from({ length: 12 }, (_, i) => 0.1 * i - 0.5);
  const page = { width: 4, height: 3, bits: 32, format: 3 } as const;
  const stack = chooseArray(await openBytes(tiffBytes([0, 1, 2].map((k) => ({ ...page, strips: [bytesIn(floats.map((x) => x + k))] })))));
  expect(stack).toMatchObject({ shape: [3, 3, 4], type: 'f4' });
  expect((await readSlice(stack, 's', 2)).data).toBeNear(
    floats.map((x) => x + 2),
    { absolute: 1e-7 },
  );
  expect([...(await stack.read([1, 1, 1], [2, 2, 1]))].map((x) => Math.round(10 * x))).toEqual([10, 14, 20, 24]);

  const words = Int16Array.from({ length: 12 }, (_, i) => 1000 * i - 6000);
  const strips = [0, 8, 16].map((at) => bytesIn(words).slice(at, at + 8));
  const signed = { width: 4, height: 3, bits: 16, format: 2, rowsPerStrip: 1 } as const;
  const plain = chooseArray(await openBytes(tiffBytes([{ ...signed, strips }])));
  expect(plain).toMatchObject({ shape: [3, 4], type: 'i2' });
  expect([...(await readAll(plain))]).toEqual([...words]);

  const differences = strips.map((strip) => {
    const row = new Int16Array(strip.buffer);
    return deflateSync(bytesIn(row.map((x, i) => x - (i ? row[i - 1] : 0))));
  });
  const packed = chooseArray(await openBytes(tiffBytes([{ ...signed, strips: differences, compression: 8, predictor: 2 }])));
  expect([...(await readAll(packed))]).toEqual([...words]);

  const colours = chooseArray(
    await openBytes(
      tiffBytes([{ width: 2, height: 1, bits: 16, format: 1, samples: 3, strips: [bytesIn(Uint16Array.of(1, 2, 3, 400, 500, 600))] }]),
    ),
  );
  expect(colours.shape).toEqual([1, 2, 3]);
  expect([...(await readAll(colours))]).toEqual([1, 2, 3, 400, 500, 600]);
});

test('TIFF: a smaller copy is left out, pages of several sizes are listed, a stack of ImageJ is one array', async () => {
  const grey = (width: number, fill: number) =>
    ({ width, height: 2, bits: 8, format: 1, strips: [new Uint8Array(2 * width).fill(fill)] }) as const;
  expect(chooseArray(await openBytes(tiffBytes([grey(4, 1), { ...grey(2, 2), reduced: true }]))).shape).toEqual([2, 4]);
  const mixed = await openBytes(tiffBytes([grey(4, 1), grey(2, 2), grey(2, 3)]), 'mixed.tif');
  expect(() => chooseArray(mixed)).toThrow(/page0 \[2,4\] uint8, page1 \[2,2,2\] uint8/);
  const hyper = {
    ...grey(2, 0),
    height: 2,
    strips: [Uint8Array.from({ length: 12 }, (_, i) => i)],
    description: 'ImageJ=1.53\nimages=3\nspacing=0.5\nunit=mm\n',
  };
  const stack = chooseArray(await openBytes(tiffBytes([hyper])));
  expect(stack).toMatchObject({ shape: [3, 2, 2], about: { spacingCm: [0.05, undefined, undefined] } });
  expect([...(await readSlice(stack, 's', 2)).data]).toEqual([8, 9, 10, 11]);
});

test('what claims more than the file can hold is refused before room is made for it', async () => {
  const huge = Buffer.from(volume).toString('latin1').replace('(2, 3, 4)', '(999999,999999,9)');
  await expect(openBytes(Buffer.from(huge, 'latin1'))).rejects.toThrow(UserError);
  const wide = tiffBytes([{ width: 4e9, height: 4e9, bits: 32, format: 3, strips: [new Uint8Array(4)] }]);
  await expect(openBytes(wide)).rejects.toThrow(/TIFF file whose samples cannot be read/);
});

test('HDF5 behind the start of a picture is no HDF5', async () => {
  const bytes = await hdf5Bytes((root) => {
    root.create_dataset({ name: 'x', data: Float32Array.of(1, 2) });
  });
  const behind = (start: number[]) => Uint8Array.from([...start, ...new Array(512 - start.length).fill(0), ...bytes]);
  await expect(openBytes(behind([0x49, 0x49, 0x2a, 0]), 'picture.tif')).rejects.toThrow(/TIFF/);
});
