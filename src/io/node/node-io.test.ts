import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UserError } from '../../tensor/errors.js';
import { Random } from '../../tensor/random.js';
import { mapTensor, tensor } from '../../tensor/tensor.js';
import { npyTensor } from '../npy.js';
import { ctSlice } from '../testing/dicom-bytes.js';
import {
  encodePng,
  ensureWritableFolder,
  findImages,
  readImage,
  readNpy,
  readPicture,
  writeAtomically,
  writeJson,
  writeNpy,
  writePng,
} from './index.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posteriori-io-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const file = async (name: string, content: Uint8Array | string) => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};
/** The error of a promise that must fail by the user's fault, in one paragraph that names the file. */
const complaint = async (promise: Promise<unknown>, name: string): Promise<string> => {
  const error = await promise.then(
    () => new Error('it succeeded'),
    (e: unknown) => e as Error,
  );
  expect(error).toBeInstanceOf(UserError);
  expect(error.message).not.toContain('\n');
  expect(error.message).toContain(name);
  return error.message;
};
const grey = mapTensor(new Random(1).normals([1, 1, 5, 7]), (x) => Math.tanh(x));
const colour = mapTensor(new Random(2).normals([3, 5, 7]), (x) => Math.tanh(x));

test.each([
  ['8-bit grey', grey, 8],
  ['16-bit grey', grey, 16],
  ['8-bit colour', colour, 8],
  ['16-bit colour', colour, 16],
] as const)('PNG out and in: %s within half a step', async (_, x, bits) => {
  const path = join(folder, 'a.png');
  await writePng(path, x, { bits });
  const { pixels, source } = await readPicture(path);
  expect(source).toMatchObject({ format: 'png', width: 7, height: 5, depth: String(bits), channels: x === grey ? 1 : 3 });
  const step = 2 / (2 ** bits - 1);
  pixels.data.forEach((value, i) => void expect(Math.abs(value - x.data[i])).toBeLessThanOrEqual(step / 2 + 1e-6));
});

test('PNG range: black and white are where they are said to be, the rest is clipped', async () => {
  const png = await encodePng(tensor([1, 4], [-0.5, 0, 0.25, 0.5]), { range: [0, 0.5] });
  expect([...(await sharp(png).toColourspace('b-w').raw().toBuffer())]).toEqual([0, 0, 128, 255]);
  await expect(encodePng(tensor([1, 1], [Number.NaN]))).rejects.toThrow(UserError);
  await expect(encodePng(tensor([2, 1, 1]))).rejects.toThrow(RangeError);
});

test('the format is told by content, not by name; every format is read', async () => {
  const raw = sharp(
    Uint8Array.from({ length: 24 }, (_, i) => 10 * i),
    { raw: { width: 6, height: 4, channels: 1 } },
  );
  const wide = sharp(
    Uint16Array.from({ length: 24 }, (_, i) => 2000 * i),
    { raw: { width: 6, height: 4, channels: 1 } },
  );
  const files = {
    tiff8: await raw.clone().toColourspace('b-w').tiff({ compression: 'none' }).toBuffer(),
    tiff16: await wide.clone().toColourspace('grey16').tiff({ compression: 'lzw' }).toBuffer(),
    jpeg: await raw.clone().toColourspace('b-w').jpeg({ quality: 100 }).toBuffer(),
    png: await raw.clone().toColourspace('b-w').png().toBuffer(),
  };
  for (const [name, bytes] of Object.entries(files)) {
    const { pixels, source } = await readPicture(await file(`${name}.dcm`, bytes));
    expect(source.format).toBe(name.replace(/\d+/, ''));
    expect(pixels.shape).toEqual([1, 4, 6]);
    const white = name === 'tiff16' ? 65535 / 2000 : 25.5;
    pixels.data.forEach((value, i) => void expect(Math.abs(value - ((2 * i) / white - 1))).toBeLessThan(name === 'jpeg' ? 0.05 : 1e-5));
  }
});

test('a photo lying on its side is turned upright; alpha is kept through decoding', async () => {
  const sideways = sharp(Uint8Array.of(0, 0, 0, 255, 255, 255), { raw: { width: 2, height: 1, channels: 3 } });
  const path = await file('side.tif', await sideways.withMetadata({ orientation: 6 }).tiff({ compression: 'none' }).toBuffer());
  const { pixels } = await readPicture(path);
  expect(pixels.shape).toEqual([3, 2, 1]);
  expect([...pixels.data.subarray(0, 2)]).toEqual([-1, 1]);
  const veil = sharp(Uint8Array.of(255, 0, 255, 255), { raw: { width: 2, height: 1, channels: 2 } })
    .toColourspace('b-w')
    .png();
  const image = await readImage(await file('veil.png', await veil.toBuffer()), { channels: 1, size: 'native' });
  expect([...image.tensor.data]).toEqual([-1, 1]);
  expect(image.notices).toEqual([expect.stringContaining('transparent')]);
});

test('a DICOM slice and an NPY image through readImage; NPY is bit for bit', async () => {
  const stored = Array.from({ length: 64 }, (_, i) => 24 + 31 * i);
  const image = await readImage(await file('slice', ctSlice({ rows: 8, columns: 8, stored })), { channels: 1, size: [4, 4] });
  expect(image).toMatchObject({ kind: 'ct', tensor: { shape: [1, 1, 4, 4] } });
  expect(image.pixelSizeCm).toBeCloseTo(0.16, 9);
  const mean = (stored[0] + stored[1] + stored[8] + stored[9]) / 4 - 1024;
  expect(image.tensor.data[0]).toBeCloseTo(mean / 1000, 5);
  const path = join(folder, 'x.npy');
  await writeNpy(path, grey);
  expect(npyTensor(await readNpy(path))).toEqual(grey);
  expect((await readImage(path, { channels: 1, size: 'native' })).tensor).toEqual(grey);
});

test('bad input: each a UserError of one paragraph that names the file', async () => {
  const read = (path: string) => readImage(path, { channels: 1, size: [4, 4] });
  expect(await complaint(read(join(folder, 'nowhere.png')), 'nowhere.png')).toContain('does not exist');
  expect(await complaint(read(folder), folder)).toContain('folder');
  expect(await complaint(read(await file('empty.png', '')), 'empty.png')).toContain('empty');
  expect(await complaint(read(await file('text.png', 'not an image at all')), 'text.png')).toContain('no PNG');
  const png = await encodePng(mapTensor(new Random(3).normals([64, 64]), Math.tanh));
  expect(await complaint(read(await file('half.png', png.subarray(0, png.length / 2))), 'half.png')).toContain('cannot be decoded');
  expect(await complaint(read(await file('head.png', png.subarray(0, 12))), 'head.png')).toContain('cannot be decoded');
  const slice = ctSlice({ rows: 2, columns: 2, stored: [0, 0, 0, 0] });
  expect(await complaint(read(await file('half.dcm', slice.subarray(0, -2))), 'half.dcm')).toContain('cut short');
  const packed = ctSlice({ rows: 2, columns: 2, stored: [0], syntax: '1.2.840.10008.1.2.4.80' });
  expect(await complaint(read(await file('packed.dcm', packed)), 'packed.dcm')).toContain('packed pixels are missing');
  await writeNpy(join(folder, 'bad.npy'), tensor([2, 2], [0, 1, Number.NaN, 0]));
  expect(await complaint(read(join(folder, 'bad.npy')), 'bad.npy')).toContain('NaN');
  await writeNpy(join(folder, 'list.npy'), tensor([5]));
  expect(await complaint(read(join(folder, 'list.npy')), 'list.npy')).toContain('[5]');
  expect(await complaint(readImage(await file('big.png', png), { channels: 1, resize: false }), 'big.png')).toContain('256 x 256');
});

test.skipIf(process.platform === 'win32')('what never ends is given up', async () => {
  expect(await complaint(readImage('/dev/zero', { channels: 1 }), '/dev/zero')).toContain('without an end');
});

test('writing is atomic: a failure leaves neither the file nor a temporary, and an old file as it was', async () => {
  const sub = join(folder, 'atomic');
  await mkdir(join(sub, 'taken'), { recursive: true });
  await writeFile(join(sub, 'taken', 'inside'), '1');
  expect(await complaint(writeAtomically(join(sub, 'taken'), 'x'), 'taken')).toContain('Cannot write');
  expect(await complaint(writeAtomically(join(sub, 'no', 'such'), 'x'), 'such')).toContain('folder does not exist');
  await writeJson(join(sub, 'a.json'), { a: [1] });
  await expect(writePng(join(sub, 'a.json'), tensor([1, 1], [Number.NaN]))).rejects.toThrow(UserError);
  expect(await readFile(join(sub, 'a.json'), 'utf8')).toBe('{\n  "a": [\n    1\n  ]\n}\n');
  expect((await readdir(sub)).sort()).toEqual(['a.json', 'taken']);
});

test('an output folder is made, or refused when a file stands in its way', async () => {
  const deep = join(folder, 'out', 'run', '1');
  await ensureWritableFolder(deep);
  await ensureWritableFolder(deep);
  expect(await readdir(deep)).toEqual([]);
  const blocked = await file('blocked', 'x');
  expect(await complaint(ensureWritableFolder(blocked), 'blocked')).toContain('in the way');
  expect(await complaint(ensureWritableFolder(join(blocked, 'out')), 'blocked')).toContain('a file, not a folder');
});

test('images of a folder are found by content, in order; none is an error', async () => {
  const sub = join(folder, 'album');
  await mkdir(join(sub, 'b'), { recursive: true });
  await writeFile(join(sub, 'c.txt'), 'hello');
  expect(await complaint(findImages(sub), 'album')).toContain('no image');
  await writePng(join(sub, 'b', 'z'), grey);
  await writeNpy(join(sub, 'a.dat'), grey);
  expect(await findImages(sub)).toEqual([join(sub, 'a.dat'), join(sub, 'b', 'z')]);
  await complaint(findImages(join(folder, 'nowhere')), 'nowhere');
});
