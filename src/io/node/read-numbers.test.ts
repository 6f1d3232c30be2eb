import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';
import { tensor } from '../../tensor/tensor.js';
import { formatNpy } from '../npy.js';
import { bytesIn, hdf5Bytes, zipBytes } from '../testing/array-files.js';
import { packedMat5 } from '../testing/mat-files.js';
import { tiffBytes } from '../testing/tiff-bytes.js';
import { niftiBytes } from '../testing/volume-bytes.js';
import { readNumbers, readPicture, splitInner } from './index.js';

const folder = await mkdtemp(join(tmpdir(), 'posteriori-numbers-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const file = async (name: string, bytes: Uint8Array) => {
  await writeFile(join(folder, name), bytes);
  return join(folder, name);
};
const count = (n: number) => Float32Array.from({ length: n }, (_, i) => i);

test('what stands after a colon names an array; a file whose name has a colon is itself', async () => {
  const path = await file('a:b.npy', formatNpy(tensor([2, 2])));
  expect(splitInner(path)).toEqual({ path });
  expect(splitInner(`${path}:/x:y`)).toEqual({ path, inner: '/x:y' });
  expect(splitInner(join(folder, 'none.h5:/x'))).toEqual({ path: join(folder, 'none.h5:/x') });
});

test('measurements: an array inside a file; of projections the sinogram that fits the geometry', async () => {
  const mat = await file('scan.mat', packedMat5);
  expect((await readNumbers(`${mat}:CtDataFull.sinogram`, { plane: [3, 4] })).values).toMatchObject({ shape: [3, 4] });
  expect((await readNumbers(mat.replace('.mat', '.mat:CtDataFull/parameters/angles'))).values.shape).toEqual([1, 3]);
  const npy = await file('stack.npy', formatNpy(tensor([3, 5, 4], count(60))));
  expect((await readNumbers(npy)).values.shape).toEqual([3, 5, 4]);
  const middle = await readNumbers(npy, { plane: [3, 4] });
  expect([...middle.values.data]).toEqual([8, 9, 10, 11, 28, 29, 30, 31, 48, 49, 50, 51]);
  expect(middle.notices).toEqual([expect.stringMatching(/slice 2 of 0 to 4 along axis 1 is used/)]);
  expect([...(await readNumbers(npy, { plane: [3, 4], slice: 4 })).values.data].slice(0, 5)).toEqual([16, 17, 18, 19, 36]);
  const h5 = await file(
    'scan.h5',
    await hdf5Bytes((root) => void root.create_group('exchange').create_dataset({ name: 'data', data: count(60), shape: [3, 5, 4] })),
  );
  expect([...(await readNumbers(h5, { plane: [3, 4], slice: 0 })).values.data].slice(0, 5)).toEqual([0, 1, 2, 3, 20]);
  await expect(readNumbers(`${npy}:x`)).rejects.toThrow(/has no array of numbers "x"\. It has one without a name: \[3,5,4\] float32/);
});

test('pictures: a slice of each kind of file, with its spacing, on the scale that is stated', async () => {
  const words = Int16Array.from({ length: 8 }, (_, i) => 250 * i - 1000);
  const nifti = await file('v.nii', niftiBytes(words, { version: 1, little: true, sizes: [2, 2, 2], spacing: [0.5, 1, 2], units: 2 }));
  await expect(readPicture(nifti)).rejects.toThrow(/integers of type i2, whose range is unknown.*hu for Hounsfield units/);
  const ct = await readPicture(nifti, 'hu', 0);
  expect(ct).toMatchObject({ kind: 'ct', pixelSizeCm: [0.1, 0.05], source: { format: 'nifti' }, notices: [] });
  expect(ct.pixels.data).toBeNear([-1, -0.75, -0.5, -0.25], { absolute: 1e-6 });
  expect((await readPicture(nifti, 'hu')).notices).toEqual([
    expect.stringMatching(/slice 1 of 0 to 1 along axis 0 is used, the middle one/),
  ]);
  const npz = await file(
    'd.npz',
    await zipBytes({ 'image.npy': formatNpy(tensor([2, 2], [0, 0.25, 0.5, 1])), 'x.npy': formatNpy(tensor([2, 2])) }, 0),
  );
  expect([...(await readPicture(`${npz}:image`, [0, 1])).pixels.data]).toEqual([-1, -0.5, 0, 1]);
  await expect(readPicture(npz)).rejects.toThrow(/holds 2 arrays: image \[2,2\] float32, x \[2,2\] float32/);
  const cube = await file(
    'cube.npy',
    formatNpy(
      tensor(
        [5, 2, 2],
        count(20).map((x) => x / 20),
      ),
    ),
  );
  expect((await readPicture(cube, [0, 1])).pixels.data).toBeNear([-0.2, -0.1, 0, 0.1], { absolute: 1e-6 });
  const colours = await file(
    'c.npy',
    formatNpy(
      tensor(
        [2, 2, 3],
        count(12).map((x) => x / 12),
      ),
    ),
  );
  expect((await readPicture(colours, [0, 1])).pixels.shape).toEqual([3, 2, 2]);
  await expect(
    readPicture(
      `${await file(
        'p.png',
        await sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } })
          .png()
          .toBuffer(),
      )}:x`,
    ),
  ).rejects.toThrow(/no file with arrays in it: leave out :x/);
});

test('TIFF: pictures of 8 and 16 bits as they were; floats, signed samples and stacks of 16 bits as numbers', async () => {
  const floats = Float32Array.of(0, 0.25, 0.5, 1);
  const float = await file('f.tif', tiffBytes([{ width: 2, height: 2, bits: 32, format: 3, strips: [bytesIn(floats)] }]));
  const picture = await readPicture(float);
  expect(picture.source).toMatchObject({ format: 'tiff', depth: 'f4' });
  expect([...picture.pixels.data]).toEqual([-1, -0.5, 0, 1]);
  const page = (fill: number) => ({ width: 2, height: 2, bits: 16, format: 1, strips: [bytesIn(new Uint16Array(4).fill(fill))] }) as const;
  const stack = await file('s.tif', tiffBytes([page(0), page(65535), page(0)]));
  const middle = await readPicture(stack);
  expect([...middle.pixels.data]).toEqual([1, 1, 1, 1]);
  expect(middle.notices).toEqual([expect.stringMatching(/slice 1 of 0 to 2 along axis 0 is used, the middle one/)]);
  expect([...(await readPicture(stack, undefined, 2)).pixels.data]).toEqual([-1, -1, -1, -1]);
  const eight = await file(
    'e.tif',
    tiffBytes([0, 255].map((fill) => ({ width: 2, height: 2, bits: 8, format: 1, strips: [new Uint8Array(4).fill(fill)] }))),
  );
  expect(await readPicture(eight)).toMatchObject({
    source: { depth: '8' },
    notices: [expect.stringMatching(/has 2 pages; the first is used/)],
  });
  expect([...(await readPicture(eight, undefined, 1)).pixels.data]).toEqual([1, 1, 1, 1]);
  const single = await file('w.tif', tiffBytes([page(65535)]));
  expect(await readPicture(single)).toMatchObject({ source: { depth: '16', channels: 1 }, notices: [] });
});
