import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { openArrays } from '../node/open-arrays.js';
import { bytesIn, openBytes } from '../testing/array-files.js';
import { metaHeader, niftiBytes } from '../testing/volume-bytes.js';
import { chooseArray, readAll, readSlice } from './index.js';

const folder = await mkdtemp(join(tmpdir(), 'posteriori-volumes-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const words = Int16Array.from({ length: 24 }, (_, i) => 10 * i - 100);
const file = async (name: string, bytes: Uint8Array | string) => {
  await writeFile(join(folder, name), bytes);
  return join(folder, name);
};

test.each([
  [1, true],
  [1, false],
  [2, true],
  [2, false],
] as const)('NIfTI-%i, little endian %s: [z, y, x] through slope and intercept, spacing in cm; packed too', async (version, little) => {
  const bytes = niftiBytes(words, { version, little, sizes: [4, 3, 2], spacing: [0.5, 0.25, 2], units: 2, slope: 2, intercept: -1 });
  for (const [name, content] of [
    ['v.nii', bytes],
    ['v.nii.gz', gzipSync(bytes)],
  ] as const) {
    const opened = await openArrays(await file(name, content));
    const array = chooseArray(opened);
    expect(array).toMatchObject({
      shape: [2, 3, 4],
      type: 'i2',
      about: { axes: ['z', 'y', 'x'], sliceAxis: 0, rescale: { slope: 2, intercept: -1 } },
    });
    expect(array.about.spacingCm).toEqual([0.2, 0.025, 0.05]);
    expect([...(await readSlice(array, name, 1)).data]).toEqual([...words.subarray(12)].map((x) => 2 * x - 1));
    // back, after what comes later
    expect([...(await array.read([0, 0, 0], [1, 1, 4]))]).toEqual([...words.subarray(0, 4)].map((x) => 2 * x - 1));
    await opened.close();
  }
});

test('NIfTI: a pair of header and image; a time axis; complex numbers, gzip of something else, and sizes beyond the file are refused', async () => {
  const sound = { version: 1, little: true, sizes: [4, 3, 2], spacing: [1, 1, 1], units: 0 } as const;
  await file('pair.img', bytesIn(words));
  const pair = await openArrays(await file('pair.hdr', niftiBytes(new Int16Array(), { ...sound, pair: true })));
  expect([...(await readAll(chooseArray(pair)))]).toEqual([...words]);
  await pair.close();
  const times = chooseArray(await openBytes(niftiBytes(words, { ...sound, sizes: [2, 3, 2, 2], spacing: [1, 1, 1, 1] })));
  expect(times).toMatchObject({ shape: [2, 2, 3, 2], about: { axes: ['time', 'z', 'y', 'x'], sliceAxis: 1 } });
  const chosen = await readSlice(times, 't', 0);
  expect([...chosen.data]).toEqual([...words.subarray(12, 18)]);
  expect(chosen.notices).toEqual([expect.stringMatching(/slice 1 of 0 to 1 along axis 0 is used/)]);
  await expect(openBytes(niftiBytes(words, { ...sound, type: 32 }), 'c.nii')).rejects.toThrow(
    /c\.nii is a NIfTI file of the number type 32/,
  );
  await expect(openBytes(gzipSync('text'), 't.gz')).rejects.toThrow(/t\.gz is packed by gzip and holds no NIfTI volume/);
  const huge = { ...sound, sizes: [30_000, 30_000, 30_000] };
  await expect(openBytes(niftiBytes(words, huge), 'h.nii')).rejects.toThrow(/h\.nii is cut short or damaged/);
  await expect(openBytes(gzipSync(niftiBytes(words, huge)), 'h.nii.gz')).rejects.toThrow(/h\.nii\.gz is cut short or damaged/);
  const cut = gzipSync(niftiBytes(words, sound)).subarray(0, -12);
  await expect(openBytes(cut, 'cut.gz').then((opened) => readAll(chooseArray(opened)))).rejects.toThrow(/cut\.gz/);
});

test('MetaImage: numbers in the file, beside it, packed, in several files, in big-endian order', async () => {
  const fields = { NDims: 3, DimSize: '4 3 2', ElementType: 'MET_SHORT', ElementSpacing: '0.5 0.5 2', Modality: 'MET_MOD_CT' };
  const data = bytesIn(words);
  await file('v.raw', data);
  await file('v.zraw', deflateSync(data));
  await file('a.raw', data.subarray(0, 24));
  await file('b.raw', data.subarray(24));
  await file('swapped.raw', Buffer.from(data).swap16());
  await file('tail.raw', Buffer.concat([Buffer.alloc(7), data]));
  const variants: [string, object, Uint8Array?][] = [
    ['v.mha', { ...fields, ElementDataFile: 'LOCAL' }, data],
    ['packed.mha', { ...fields, CompressedData: 'True', ElementDataFile: 'LOCAL' }, deflateSync(data)],
    ['v.mhd', { ...fields, ElementDataFile: 'v.raw' }],
    ['z.mhd', { ...fields, CompressedData: 'True', ElementDataFile: 'v.zraw' }],
    ['list.mhd', { ...fields, ElementDataFile: 'LIST' }, Buffer.from('a.raw\nb.raw\n')],
    ['swapped.mhd', { ...fields, BinaryDataByteOrderMSB: 'True', ElementDataFile: 'swapped.raw' }],
    ['tail.mhd', { ...fields, HeaderSize: -1, ElementDataFile: 'tail.raw' }],
  ];
  for (const [name, header, rest = new Uint8Array()] of variants) {
    const opened = await openArrays(await file(name, Buffer.concat([metaHeader(header), rest])));
    const array = chooseArray(opened);
    expect(array).toMatchObject({ shape: [2, 3, 4], about: { unit: 'hu', spacingCm: [0.2, 0.05, 0.05] } });
    expect([name, ...(await readAll(array))]).toEqual([name, ...words]);
    await opened.close();
  }
});

test('MetaImage: files elsewhere, patterns, and sizes beyond the file are refused', async () => {
  const fields = { NDims: 3, DimSize: '4 3 2', ElementType: 'MET_SHORT' };
  const open = async (header: object) => openArrays(await file('bad.mhd', metaHeader(header)));
  await expect(open({ ...fields, ElementDataFile: '../v.raw' })).rejects.toThrow(
    /names the file \.\.\/v\.raw, which does not lie beside it/,
  );
  await expect(open({ ...fields, ElementDataFile: '/etc/hostname' })).rejects.toThrow(/does not lie beside it/);
  await expect(open({ ...fields, ElementDataFile: 'v%03d.raw 1 2 1' })).rejects.toThrow(/by the pattern/);
  await expect(open({ ...fields, DimSize: '4 3 2000000000', ElementDataFile: 'v.raw' })).rejects.toThrow(/v\.raw is cut short/);
  await expect(open({ ...fields, DimSize: '4 3', ElementDataFile: 'v.raw' })).rejects.toThrow(
    /bad\.mhd is a MetaImage header that is damaged: it states 3 dim/,
  );
  await expect(open({ ...fields, ElementDataFile: 'nowhere.raw' })).rejects.toThrow(/nowhere\.raw/);
});
