import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UserError } from '../../tensor/errors.js';
import { detectFormat } from '../formats/index.js';
import { findImages, readImage, readPicture } from './index.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posteriori-formats-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const read = async (bytes: Uint8Array, name = 'picture') => {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return readPicture(path);
};
const raw = (data: Uint8Array | Uint16Array, width: number, height: number, channels: 1 | 2 | 3 | 4) =>
  sharp(data, { raw: { width, height, channels } });
const u32 = (...values: number[]) => Buffer.from(values.flatMap((n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]));
const chunk = (type: string, data: Uint8Array | number[]) => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), Uint8Array.from(data)]);
  return Buffer.concat([u32(data.length), body, u32(crc32(body))]);
};
/** A PNG from its rows, each after its filter byte; the colour types are 0 grey, 2 RGB, 3 palette. */
const png = (width: number, height: number, bits: number, type: 0 | 2 | 3, rows: number[], ...extra: Buffer[]) =>
  Buffer.concat([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', [...u32(width, height), bits, type, 0, 0, 0]),
    ...extra,
    chunk('IDAT', deflateSync(Uint8Array.from(rows))),
    chunk('IEND', []),
  ]);

test.each(['webp', 'gif', 'avif', 'png', 'tiff'] as const)('%s is read, with its alpha', async (format) => {
  const colours = [250, 20, 20, 255, 20, 250, 20, 255, 0, 0, 0, 0, 128, 128, 128, 255];
  const image = raw(Uint8Array.from(colours), 2, 2, 4);
  const options = { webp: { lossless: true }, avif: { lossless: true }, tiff: { compression: 'lzw' } }[format as string] ?? {};
  const { pixels, alpha, source } = await read(await image.toFormat(format, options).toBuffer());
  expect(source).toMatchObject({ format, width: 2, height: 2, depth: '8' });
  expect([...(alpha?.data ?? [])]).toEqual([1, 1, 0, 1]);
  for (const p of [0, 1, 3])
    for (let c = 0; c < 3; c++) expect(Math.abs(pixels.data[4 * c + p] - (colours[4 * p + c] / 127.5 - 1))).toBeLessThan(0.03);
  const opaque = await read(await image.clone().removeAlpha().toFormat(format, options).toBuffer());
  expect(opaque.pixels.shape).toEqual([3, 2, 2]);
  expect(opaque).not.toHaveProperty('alpha');
});

test('AVIF of 10 bits has white at +1', async () => {
  const white = raw(new Uint8Array(3 * 64).fill(255), 8, 8, 3);
  const { pixels } = await read(await white.avif({ lossless: true, bitdepth: 10 }).toBuffer());
  expect([...pixels.data]).toEqual(new Array(3 * 64).fill(1));
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])('EXIF orientation %i: colours and alpha come upright', async (orientation) => {
  const [height, width] = [2, 3];
  // the upright picture counts its pixels; where the row and column of the upright one lie in the stored one (TIFF 6.0, tag 274)
  const stored: Record<number, (row: number, column: number) => [number, number]> = {
    1: (r, c) => [r, c],
    2: (r, c) => [r, width - 1 - c],
    3: (r, c) => [height - 1 - r, width - 1 - c],
    4: (r, c) => [height - 1 - r, c],
    5: (r, c) => [c, r],
    6: (r, c) => [width - 1 - c, r],
    7: (r, c) => [width - 1 - c, height - 1 - r],
    8: (r, c) => [c, height - 1 - r],
  };
  const [storedWidth, storedHeight] = orientation > 4 ? [height, width] : [width, height];
  const samples = new Uint8Array(4 * 6);
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      const [row, column] = stored[orientation](r, c);
      const i = r * width + c;
      samples.set([10 * i, 0, 255, 50 * i], 4 * (row * storedWidth + column));
    }
  }
  const image = raw(samples, storedWidth, storedHeight, 4).withMetadata({ orientation });
  for (const bytes of [await image.png().toBuffer(), await image.tiff({ compression: 'none' }).toBuffer()]) {
    const { pixels, alpha, source } = await read(bytes);
    expect(pixels.shape).toEqual([3, height, width]);
    expect(source).toMatchObject({ width, height });
    expect([...pixels.data.subarray(0, 6)].map((x) => Math.round((x + 1) * 127.5))).toEqual([0, 10, 20, 30, 40, 50]);
    expect(alpha?.shape).toEqual([height, width]);
    expect([...(alpha?.data ?? [])].map((x) => Math.round(x * 255))).toEqual([0, 50, 100, 150, 200, 250]);
  }
});

test('animations are refused with the number of their frames; one frame is a picture', async () => {
  const frames = sharp(
    Uint8Array.from({ length: 96 }, (_, i) => i),
    { raw: { width: 4, height: 8, channels: 3, pageHeight: 4 } },
  );
  const acTL = (n: number) => chunk('acTL', u32(n, 0));
  const animations = {
    'a.gif': [await frames.clone().gif().toBuffer(), 'GIF of 2 frames'],
    'a.webp': [await frames.clone().webp().toBuffer(), 'WebP of 2 frames'],
    'a.png': [png(1, 1, 8, 0, [0, 7], chunk('tEXt', [65, 0, 66]), acTL(3)), 'PNG of 3 frames'],
  } as const;
  for (const [name, [bytes, words]] of Object.entries(animations)) {
    const error = await read(bytes, name).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toContain(name);
    expect((error as Error).message).toContain(words);
    expect((error as Error).message).toContain('Extract one frame');
  }
  expect((await read(png(1, 1, 8, 0, [0, 51], acTL(1)))).pixels.data[0]).toBeCloseTo(-0.6, 6);
  const sequence = Buffer.from(await raw(new Uint8Array(192), 8, 8, 3).avif().toBuffer());
  sequence.write('avis', 8, 'latin1');
  await expect(read(sequence, 'a.avif')).rejects.toThrow(/a\.avif is an animation \(AVIF\)/);
  const pages = await read(await frames.clone().tiff({ compression: 'none' }).toBuffer(), 'a.tif');
  expect(pages.notices).toEqual([expect.stringMatching(/a\.tif has 2 pages; the first/)]);
});

test.each(['jpeg', 'tiff'] as const)('CMYK %s: sane colours in sRGB, and a notice', async (format) => {
  const stripes = Uint8Array.from({ length: 8 * 32 * 3 }, (_, i) => {
    const stripe = Math.floor((Math.floor(i / 3) % 32) / 8); // white, black, red, blue
    return stripe === 0 || (stripe === 2 && i % 3 === 0) || (stripe === 3 && i % 3 === 2) ? 255 : 0;
  });
  const bytes = await raw(stripes, 32, 8, 3)
    .toColourspace('cmyk')
    .toFormat(format, { quality: 95, ...(format === 'tiff' && { compression: 'none' }) })
    .toBuffer();
  expect((await sharp(bytes).metadata()).space).toBe('cmyk');
  const { pixels, notices } = await read(bytes, 'print');
  expect(pixels.shape).toEqual([3, 8, 32]);
  expect(notices).toEqual([expect.stringMatching(/print is in CMYK.*sRGB/)]);
  const [white, black, red, blue] = [4, 12, 20, 28].map((column) => [0, 1, 2].map((c) => pixels.data[(c * 8 + 4) * 32 + column]));
  expect(Math.min(...white)).toBeGreaterThan(0.98);
  expect(Math.max(...black)).toBeLessThan(-0.8);
  expect(red[0] - Math.max(red[1], red[2])).toBeGreaterThan(1.2);
  expect(blue[2] - Math.max(blue[0], blue[1])).toBeGreaterThan(0.4); // printed blue is dull
});

test.each([8, 16] as const)('colour of %i bits is brought to sRGB by its ICC profile; a profile of sRGB changes nothing', async (bits) => {
  const samples = [0.6, 0.3, 0.15, 0.3, 0.6, 0.35];
  const rows = [
    0,
    ...samples.flatMap((x) => (bits === 8 ? [Math.round(255 * x)] : [Math.round(65535 * x) >> 8, Math.round(65535 * x) & 255])),
  ];
  const tagged = async (profile: 'srgb' | 'p3') => {
    const { icc } = await sharp(await raw(new Uint8Array(3), 1, 1, 3).withIccProfile(profile).png().toBuffer()).metadata();
    return png(2, 1, bits, 2, rows, chunk('iCCP', [...Buffer.from('profile\0\0', 'latin1'), ...deflateSync(icc as Buffer)]));
  };
  const decoded = async (bytes: Uint8Array) => {
    const { pixels, source } = await read(bytes);
    expect(source.depth).toBe(String(bits));
    return [0, 1].flatMap((p) => [0, 1, 2].map((c) => (pixels.data[2 * c + p] + 1) / 2));
  };
  // Display P3 to sRGB: linear light by the primaries of both (CSS Color 4), out of range where sRGB lacks the colour
  const linear = (x: number) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
  const encoded = (x: number) => (x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055);
  const matrix = [
    [1.2249401, -0.2249402, 0],
    [-0.0420569, 1.0420571, 0],
    [-0.0196376, -0.0786361, 1.0982736],
  ];
  const expected = [0, 3].flatMap((at) =>
    matrix.map((row) =>
      encoded(
        Math.max(
          0,
          row.reduce((sum, weight, c) => sum + weight * linear(samples[at + c]), 0),
        ),
      ),
    ),
  );
  const [same, wide] = [await decoded(await tagged('srgb')), await decoded(await tagged('p3'))];
  same.forEach((x, i) => void expect(Math.abs(x - samples[i])).toBeLessThan(0.005));
  wide.forEach((x, i) => void expect(Math.abs(x - expected[i])).toBeLessThan(0.01));
});

test('one bit a pixel: black is -1 and white +1, in PNG with and without palette and in TIFF', async () => {
  const bits = [1, 0, 1, 0, 0, 0, 0, 1];
  const row = raw(
    Uint8Array.from(bits, (bit) => 255 * bit),
    8,
    1,
    1,
  ).toColourspace('b-w');
  const files = {
    grey: png(8, 1, 1, 0, [0, 0b10100001]),
    palette: png(8, 1, 1, 3, [0, 0b10100001], chunk('PLTE', [0, 0, 0, 255, 255, 255])),
    sharpPalette: await row.clone().png({ palette: true, colours: 2 }).toBuffer(),
    tiff: await row.clone().tiff({ bitdepth: 1, compression: 'none' }).toBuffer(),
    fax: await row.clone().tiff({ bitdepth: 1, compression: 'ccittfax4' }).toBuffer(),
    whiteIsZero: await row.clone().tiff({ bitdepth: 1, compression: 'none', miniswhite: true }).toBuffer(),
  };
  for (const [name, bytes] of Object.entries(files)) {
    expect((await sharp(bytes).metadata()).bitsPerSample).toBe(1);
    const path = join(folder, name);
    await writeFile(path, bytes);
    const { tensor, notices } = await readImage(path, { channels: 1, size: 'native' });
    expect([name, ...tensor.data]).toEqual([name, ...bits.map((bit) => 2 * bit - 1)]);
    expect(notices).toEqual([]);
  }
  // a colour declared transparent
  const holes = await read(png(8, 1, 1, 0, [0, 0b10100001], chunk('tRNS', [0, 0])));
  expect([...(holes.alpha?.data ?? [])]).toEqual(bits);
});

test('a picture of one pixel, and of one row', async () => {
  expect([...(await read(png(1, 1, 8, 0, [0, 255]))).pixels.data]).toEqual([1]);
  const path = join(folder, 'row.png');
  await writeFile(path, png(3, 1, 8, 0, [0, 255, 255, 255]));
  expect([...(await readImage(path, { channels: 1, size: [2, 2] })).tensor.data]).toEqual([1, 1, 1, 1]);
});

test('formats are told by the first bytes; damaged files and others are refused by name', async () => {
  const square = raw(new Uint8Array(192).fill(90), 8, 8, 3);
  for (const format of ['webp', 'gif', 'avif'] as const) {
    const bytes = await square.clone().toFormat(format).toBuffer();
    expect(detectFormat(bytes.subarray(0, 132))).toBe(format);
    const error = await read(bytes.subarray(0, bytes.length * 0.6), `cut.${format}`).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(/cut\..*cannot be decoded/);
  }
  const heic = Buffer.concat([u32(24), Buffer.from('ftypheic\0\0\0\0mif1heic', 'latin1'), new Uint8Array(200)]);
  const sound = Buffer.concat([Buffer.from('RIFF....WAVE', 'latin1'), new Uint8Array(200)]);
  for (const bytes of [heic, sound]) {
    expect(detectFormat(bytes)).toBeUndefined();
    await expect(read(bytes, 'other')).rejects.toThrow(/other is not an image .*WebP, TIFF, GIF, AVIF/);
  }
  const album = await mkdtemp(join(folder, 'album-'));
  await writeFile(join(album, 'a'), await square.clone().avif().toBuffer());
  await writeFile(join(album, 'b'), await square.clone().webp().toBuffer());
  await writeFile(join(album, 'c'), heic);
  expect(await findImages(album)).toEqual([join(album, 'a'), join(album, 'b')]);
});

/** A profile of grey whose samples are linear in light: half of it is 188 of 255 in sRGB. */
function linearGrey(): Buffer {
  const s15 = (x: number) => u32(Math.round(x * 65536));
  const white = Buffer.concat([s15(0.9642), s15(1), s15(0.8249)]);
  const description = Buffer.concat([Buffer.from('desc\0\0\0\0', 'latin1'), u32(2), Buffer.from('g\0', 'latin1'), Buffer.alloc(82)]);
  const tags: [string, Buffer][] = [
    ['desc', description],
    ['cprt', Buffer.from('text\0\0\0\0none\0\0\0\0', 'latin1')],
    ['wtpt', Buffer.concat([Buffer.from('XYZ \0\0\0\0', 'latin1'), white])],
    ['kTRC', Buffer.concat([Buffer.from('curv\0\0\0\0', 'latin1'), u32(1), Buffer.from([1, 0, 0, 0])])],
  ];
  let at = 128 + 4 + 12 * tags.length;
  const entries = tags.map(([name, data]) => {
    const entry = Buffer.concat([Buffer.from(name, 'latin1'), u32(at, data.length)]);
    at += data.length;
    return entry;
  });
  const header = Buffer.alloc(128);
  header.set(u32(at), 0);
  header.set(u32(0x02400000), 8);
  header.write('mntrGRAYXYZ ', 12, 'latin1');
  header.write('acsp', 36, 'latin1');
  header.set(white, 68);
  return Buffer.concat([header, u32(tags.length), ...entries, ...tags.map(([, data]) => data)]);
}

test.each([8, 16] as const)('grey of %i bits obeys its ICC profile', async (bits) => {
  const row = [0, ...[0, 0x80, 0xff].flatMap((byte) => (bits === 8 ? [byte] : [byte, byte]))];
  const profile = chunk('iCCP', [...Buffer.from('p\0\0', 'latin1'), ...deflateSync(linearGrey())]);
  const { pixels, source } = await read(png(3, 1, bits, 0, row, profile));
  expect(pixels.shape).toEqual([1, 1, 3]);
  expect(source).toMatchObject({ channels: 1, depth: String(bits) });
  for (const [i, expected] of [0, 188, 255].entries()) expect(Math.abs((pixels.data[i] + 1) * 127.5 - expected)).toBeLessThan(0.6);
});

test('12-bit data in 16 bits are told, and read by their range', async () => {
  const bytes = png(3, 1, 16, 0, [0, 0, 0, 0x08, 0, 0x0f, 0xff]);
  const dark = await read(bytes);
  expect(dark.notices).toEqual([expect.stringMatching(/none above 4095.*--range 0,4095/)]);
  const path = join(folder, 'twelve.png');
  await writeFile(path, bytes);
  const { pixels, notices } = await readPicture(path, [0, 4095]);
  expect(notices).toEqual([]);
  expect(pixels.data).toBeNear([-1, (2 * 2048) / 4095 - 1, 1], { absolute: 5e-6 });
  await expect(readPicture(path, 'hu')).rejects.toThrow(/--range hu is for NPY/);
});
