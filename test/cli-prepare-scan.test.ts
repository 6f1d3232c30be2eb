import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatNpy, npyTensor, parseNpy } from '../src/io/index.js';
import { hdf5Bytes } from '../src/io/testing/array-files.js';
import { matStruct } from '../src/io/testing/mat-struct.js';
import { countsOf, discIntegrals, halfTurn } from '../src/scans/testing/discs.js';
import { type Tensor, tensor } from '../src/tensor/tensor.js';
import { inProcess } from './in-process.js';

const scan = { angles: halfTurn(120), bins: 200, axis: 93.4 };
const degrees = scan.angles.map((angle) => (angle * 180) / Math.PI);
let cwd: string;
const at = (...path: string[]) => join(cwd, ...path);

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'posteriori-scan-'));
  const { projections, flats, darks } = countsOf(discIntegrals(scan), { photons: 4e4, seed: 9 });
  const write = (name: string, x: Tensor) => writeFile(at(name), formatNpy(x));
  await write('counts.npy', projections);
  await write('flats.npy', flats);
  await write('darks.npy', darks);
  await write('angles.npy', tensor([120], degrees));
  const asRows = ({ shape: [n, bins], data }: Tensor) => ({ data: Uint16Array.from([...data, ...data]), shape: [2, n, bins] });
  await writeFile(
    at('scan.h5'),
    await hdf5Bytes((root) => {
      const group = root.create_group('exchange');
      const swap = (x: Tensor) => {
        const { data, shape } = asRows(x);
        const [rows, n, bins] = shape;
        const out = new Uint16Array(data.length);
        for (let r = 0; r < rows; r++)
          for (let k = 0; k < n; k++) out.set(data.subarray((r * n + k) * bins, (r * n + k + 1) * bins), (k * rows + r) * bins);
        return { data: out, shape: [n, rows, bins] };
      };
      group.create_dataset({ name: 'data', ...swap(projections) });
      group.create_dataset({ name: 'data_white', ...swap(flats) });
      group.create_dataset({ name: 'data_dark', ...swap(darks) });
      group.create_dataset({ name: 'theta', data: Float32Array.from(degrees) }).create_attribute('units', 'deg');
    }),
  );
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const prepare = (...args: string[]) => inProcess('prepare-scan', ...args);
const json = async (...path: string[]) => JSON.parse(await readFile(at(...path), 'utf8'));
const read = async (...path: string[]) => npyTensor(parseNpy(await readFile(at(...path))));
const arrays = () => ['--flats', at('flats.npy'), '--darks', at('darks.npy'), '--angles', at('angles.npy')];

describe('a scan out of arrays', () => {
  test('becomes line integrals with their geometry, which reconstruct takes', async () => {
    const { code, stdout } = await prepare(at('counts.npy'), ...arrays(), '--bin-size', '0.1', '--size', '96', '--out', at('one'));
    expect([code, stdout]).toEqual([0, expect.stringContaining('(found)')]);
    const geometry = await json('one', 'geometry.json');
    expect(geometry).toMatchObject({ bins: 100, binSize: 0.2, size: [96, 96] });
    // two bins in one
    expect(2 * geometry.axis + 0.5).toBeCloseTo(scan.axis, 0);
    const y = await read('one', 'sinogram.npy');
    expect(y.shape).toEqual([1, 120, 100]);
    expect(await json('one', 'scan.json')).toMatchObject({ axisFrom: 'found', deadBins: [], emptyRays: 0, views: 120 });
    const command = / (reconstruct --measurement .*)/.exec(stdout)?.[1].split(' ') as string[];
    const run = await inProcess(...command.slice(0, -2), '--method', 'cgls', '--baseline', 'none', '--out', at('image'));
    expect([run.code, run.stderr]).toEqual([0, expect.not.stringContaining('axis seems')]);
    // the middle disc's attenuation, 0.02 a bin of 1 mm
    const image = await read('image', 'reconstruction.npy');
    const mu = ((image.data[48 * 96 + 60] + 1) / 2) * geometry.muMax;
    expect(mu).toBeGreaterThan(0.17);
    expect(mu).toBeLessThan(0.23);
  });

  test('some of its views; the axis is found from all', async () => {
    await prepare(at('counts.npy'), ...arrays(), '--views', '20', '--out', at('few'));
    const geometry = await json('few', 'geometry.json');
    expect([geometry.angles.length, (await read('few', 'sinogram.npy')).shape[1]]).toEqual([20, 20]);
    expect(geometry.axis).toBeCloseTo(scan.axis, 0);
  });

  test('its own files are replaced, those of others are not', async () => {
    const again = (out: string) => prepare(at('counts.npy'), ...arrays(), '--axis', '93', '--out', at(out));
    expect([(await again('twice')).code, (await again('twice')).code]).toEqual([0, 0]);
    await mkdir(at('theirs'));
    await writeFile(at('theirs', 'geometry.json'), '{}');
    expect((await again('theirs')).code).toBe(2);
    expect(await readFile(at('theirs', 'geometry.json'), 'utf8')).toBe('{}');
  });

  test('an axis that is stated is taken', async () => {
    const { stdout } = await prepare(at('counts.npy'), ...arrays(), '--axis', '99', '--out', at('stated'));
    expect(stdout).toContain('bin 99 (as stated)');
  });
});

test('HDF5 of the synchrotrons says all of it; its rows become a stack', async () => {
  const { code, stdout } = await prepare(at('scan.h5'), '--rows', '0:1', '--out', at('stack'), '--json');
  const found = JSON.parse(stdout);
  expect([code, found.rows, found.axisFrom]).toEqual([0, 2, 'found']);
  expect(Math.abs(found.axis - scan.axis)).toBeLessThan(0.2);
  expect((await read('stack', 'sinogram.npy')).shape).toEqual([2, 120, 200]);
  expect(found.notices.join()).toContain('Data Exchange');
});

test('a struct of the Helsinki sets: fan beams, lengths in mm', async () => {
  const fan = { sourceToAxis: 400, sourceToDetector: 600 };
  const angles = Array.from({ length: 180 }, (_, k) => (k * Math.PI) / 90);
  const y = discIntegrals({ angles, bins: 240, axis: 121.2, fan });
  const one = (value: number) => ({ shape: [1, 1] as const, data: [value] });
  const file = matStruct('CtDataFull', {
    sinogram: { shape: [180, 240], data: y.data },
    parameters: {
      angles: { shape: [1, 180], data: angles.map((angle) => (angle * 180) / Math.PI) },
      distanceSourceOrigin: one(fan.sourceToAxis),
      distanceSourceDetector: one(fan.sourceToDetector),
      pixelSizePost: one(1),
    },
  });
  await writeFile(at('htc.mat'), file);
  const { code, stdout } = await prepare(at('htc.mat'), '--size', '96', '--binning', '1', '--out', at('htc'), '--json');
  expect(code).toBe(0);
  expect(Math.abs(JSON.parse(stdout).axis - 121.2)).toBeLessThan(0.5);
  expect(await json('htc', 'geometry.json')).toMatchObject({
    beam: 'fan',
    detector: 'flat',
    sourceToAxis: 40,
    sourceToDetector: 60,
    binSize: 0.1,
  });
});

describe('what does not belong together is named, and nothing is written', () => {
  test.each([
    ['no flats', () => [at('counts.npy'), '--angles', at('angles.npy')], 1, /--flats/],
    [
      'flats of another detector',
      () => [at('counts.npy'), '--flats', at('angles.npy'), '--angles', at('angles.npy')],
      1,
      /flats have the shape \[120\]/,
    ],
    [
      'angles of another scan',
      () => [at('counts.npy'), ...arrays().slice(0, 4), '--angles', at('flats.npy')],
      1,
      /2000 angles for 120 views/,
    ],
    ['axes of other names', () => [at('counts.npy'), ...arrays(), '--order', 'rows,columns'], 2, /views and bins/],
    ['axes that are too many', () => [at('counts.npy'), ...arrays(), '--order', 'views,rows,bins'], 1, /they would have 3 axes/],
    ['rows beyond the detector', () => [at('scan.h5'), '--rows', '2'], 2, /has 2 rows, 0 to 1/],
    ['more views than there are', () => [at('scan.h5'), '--views', '500'], 2, /has 120 views/],
    ['half a fan', () => [at('scan.h5'), '--source-to-axis', '50'], 2, /belong together/],
    ['two kinds of angles', () => [at('counts.npy'), ...arrays(), '--angle-range', '0:180'], 2, /give one of them/],
    [
      'air of line integrals',
      () => [at('counts.npy'), '--line-integrals', '--angles', at('angles.npy'), '--air', '5'],
      2,
      /--air levels counts/,
    ],
    ['a file that is none', () => [at('angles.npx')], 1, /angles.npx/],
  ])('%s', async (_, args, exit, message) => {
    const { code, stderr } = await prepare(...args(), '--out', at('never'));
    expect([code, stderr]).toEqual([exit, expect.stringMatching(message)]);
    expect(stderr).not.toMatch(/Unexpected/);
    expect((await readdir(cwd)).includes('never')).toBe(false);
  });
});
