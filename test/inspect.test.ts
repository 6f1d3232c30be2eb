import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { formatNpy } from '../src/io/index.js';
import { encodePng } from '../src/io/node/index.js';
import { hdf5Bytes, zipBytes } from '../src/io/testing/array-files.js';
import { packedMat5 } from '../src/io/testing/mat-files.js';
import { tensor } from '../src/tensor/tensor.js';
import { inProcess } from './in-process.js';

const folder = await mkdtemp(join(tmpdir(), 'posteriori-inspect-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const file = async (name: string, bytes: Uint8Array) => {
  await writeFile(join(folder, name), bytes);
  return join(folder, name);
};

test('a scan in Data Exchange: its arrays, and which of them is what', async () => {
  const scan = await hdf5Bytes((root) => {
    const exchange = root.create_group('exchange');
    exchange.create_dataset({ name: 'data', data: Uint16Array.from({ length: 24 }, (_, i) => i), shape: [3, 2, 4] });
    exchange.create_dataset({ name: 'data_white', data: new Uint16Array(8).fill(30), shape: [1, 2, 4] });
    exchange.create_dataset({ name: 'data_dark', data: new Uint16Array(8), shape: [1, 2, 4] });
    exchange.create_dataset({ name: 'theta', data: Float32Array.of(0, 60, 120) });
  });
  const path = await file('scan.h5', scan);
  const { code, stdout } = await inProcess('inspect', path);
  expect(code).toBe(0);
  expect(stdout).toContain('  /exchange/data [3,2,4] uint16; axes view, row, bin\n');
  expect(stdout).toContain('a scan: Data Exchange');
  expect(stdout).toContain('  flats: /exchange/data_white\n  darks: /exchange/data_dark\n  angles (degrees): /exchange/theta\n');
  const one = JSON.parse((await inProcess('inspect', `${path}:/exchange/data`, '--values', '--json')).stdout);
  expect(one.arrays).toEqual([
    {
      name: '/exchange/data',
      shape: [3, 2, 4],
      type: 'uint16',
      axes: ['view', 'row', 'bin'],
      values: { least: 0, most: 23, mean: 11.5, broken: 0 },
    },
  ]);
});

test('a struct of a scan, with its numbers and texts', async () => {
  const { stdout } = await inProcess('inspect', await file('scan.mat', packedMat5));
  expect(stdout).toContain('MATLAB 5\n  CtDataFull.sinogram [3,4] float32\n');
  expect(stdout).toContain('  CtDataFull.parameters.geometryType: "fan"\n');
  expect(stdout).toContain('  angles (degrees): CtDataFull.parameters.angles\n  distanceSourceDetector = 553.74\n');
});

test('broken values are counted; pictures are described too; what is no file of the kind is refused', async () => {
  const npz = await file('d.npz', await zipBytes({ 'a.npy': formatNpy(tensor([3], [1, Number.NaN, 3])) }, 6));
  expect((await inProcess('inspect', npz, '--values')).stdout).toContain('a [3] float32; 1 to 3, mean 2; 1 NaN or infinite');
  const png = await file('p.png', await encodePng(tensor([4, 6])));
  expect((await inProcess('inspect', png)).stdout).toContain('PNG\n  [4,6] 8 bits\n');
  const other = await inProcess('inspect', await file('text.txt', Buffer.from('nothing')));
  expect(other).toMatchObject({ code: 1, stdout: '' });
  expect(other.stderr).toMatch(/text\.txt is not an image that can be read/);
  expect((await inProcess('inspect', join(folder, 'none.h5'))).stderr).toMatch(/none\.h5: it does not exist/);
});
