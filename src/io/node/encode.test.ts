import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UserError } from '../../tensor/errors.js';
import { Random } from '../../tensor/random.js';
import { mapTensor, tensor } from '../../tensor/tensor.js';
import type { Picture } from '../picture.js';
import { type EncodeOptions, encodePicture, formatOf, readPicture } from './index.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posteriori-encode-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const grey = mapTensor(new Random(1).normals([1, 5, 7]), Math.tanh);
const colour = mapTensor(new Random(2).normals([3, 5, 7]), Math.tanh);
// from transparent to opaque, both ends included
const alpha = tensor(
  [5, 7],
  Array.from({ length: 35 }, (_, i) => i / 34),
);
const roundTrip = async (x: typeof grey, options: EncodeOptions): Promise<Picture> => {
  const path = join(folder, 'picture');
  await writeFile(path, await encodePicture(x, options));
  return readPicture(path);
};
const expectWithin = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance: number) => {
  expect(a.length).toBe(b.length);
  for (let i = 0; i < a.length; i++) expect(Math.abs(a[i] - b[i])).toBeLessThanOrEqual(tolerance + 1e-6);
};

const lossless = [
  ['png', 8],
  ['png', 16],
  ['tiff', 8],
  ['tiff', 16],
  ['webp', 8],
] as const;
test.each(lossless)('%s of %i bits: colours and alpha within half a step, not multiplied', async (format, bits) => {
  for (const x of [grey, colour]) {
    const step = 1 / (2 ** bits - 1);
    const plain = await roundTrip(x, { format, bits });
    expect(plain.source).toMatchObject({ format, width: 7, height: 5, depth: String(bits) });
    expect(plain).not.toHaveProperty('alpha');
    // WebP has no grey, and grey with alpha is read as RGB: all three planes must then be the grey one
    const planes = (picture: Picture) => Array.from({ length: picture.pixels.shape[0] / x.shape[0] }, () => [...x.data]).flat();
    expectWithin(plain.pixels.data, planes(plain), step);
    const veiled = await roundTrip(x, { format, bits, alpha });
    expectWithin(veiled.pixels.data, planes(veiled), step);
    expect(veiled.alpha?.shape).toEqual([5, 7]);
    expectWithin(veiled.alpha?.data ?? [], alpha.data, step / 2);
  }
});

test('JPEG: close, grey stays grey, alpha over black; quality costs bytes', async () => {
  const ramp = tensor(
    [3, 16, 16],
    Float32Array.from({ length: 768 }, (_, i) => (i % 256) / 128 - 1),
  );
  const read = await roundTrip(ramp, { format: 'jpeg' });
  expect(read.source.format).toBe('jpeg');
  expectWithin(read.pixels.data, ramp.data, 0.06);
  expect((await roundTrip(tensor([16, 16], ramp.data.subarray(0, 256)), { format: 'jpeg' })).pixels.shape).toEqual([1, 16, 16]);
  const white = tensor([1, 8, 8], new Float32Array(64).fill(1));
  const half = tensor([8, 8], new Float32Array(64).fill(0.5));
  for (const x of [white, tensor([3, 8, 8], new Float32Array(192).fill(1))])
    expectWithin((await roundTrip(x, { format: 'jpeg', alpha: half })).pixels.data, new Array(x.data.length).fill(0), 0.02);
  for (const format of ['jpeg', 'webp'] as const) {
    const [coarse, fine] = await Promise.all([20, 90].map((quality) => encodePicture(colour, { format, quality })));
    expect(coarse.length).toBeLessThan(fine.length);
  }
});

test('the range of black and white holds for the colours alone', async () => {
  const bytes = await encodePicture(tensor([1, 2], [0, 0.5]), { format: 'png', range: [0, 0.5], alpha: tensor([1, 2], [0.2, 1]) });
  expect([...(await sharp(bytes).raw().toBuffer())]).toEqual([0, 0, 0, 51, 255, 255, 255, 255]);
});

test('what a format cannot hold is refused', async () => {
  const usage = async (options: EncodeOptions) => {
    const error = await encodePicture(grey, options).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).exitCode).toBe(2);
    return (error as UserError).message;
  };
  expect(await usage({ format: 'jpeg', bits: 16 })).toContain('JPEG holds 8 bits');
  expect(await usage({ format: 'webp', bits: 16 })).toContain('WEBP holds 8 bits');
  expect(await usage({ format: 'jpeg', quality: 0 })).toContain('from 1 to 100');
  expect(await usage({ format: 'webp', quality: 50.5 })).toContain('50.5');
  await expect(encodePicture(tensor([1, 16384]), { format: 'webp' })).rejects.toThrow(/16384 x 1 pixels cannot be written as WEBP/);
  await expect(encodePicture(grey, { format: 'png', alpha: tensor([7, 5]) })).rejects.toThrow(RangeError);
  await expect(encodePicture(tensor([1, 1], [Number.NaN]), { format: 'tiff' })).rejects.toThrow(UserError);
});

test('the format by the extension', () => {
  expect(['a.png', 'out/b.JPG', 'b.jpeg', './c.webp', 'd.x.tif', 'd.TIFF'].map(formatOf)).toEqual([
    'png',
    'jpeg',
    'jpeg',
    'webp',
    'tiff',
    'tiff',
  ]);
  for (const path of ['result', 'result.bmp', 'folder.png/result', '.png']) {
    expect(() => formatOf(path)).toThrow(expect.objectContaining({ exitCode: 2 }));
    expect(() => formatOf(path)).toThrow(/\.png, \.jpg, \.jpeg, \.webp, \.tif, \.tiff/);
  }
});
