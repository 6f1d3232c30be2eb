import { expect, test } from 'vitest';
import { UserError } from '../tensor/errors.js';
import { tensor } from '../tensor/tensor.js';
import { formatNpy } from './npy.js';
import { type Picture, pictureFromDicom, pictureFromNpy, pictureFromSamples } from './picture.js';
import { overBlack, prepare } from './prepare.js';
import { ctSlice, type DicomElement } from './testing/dicom-bytes.js';

const ct = (pixels: number[][], pixelSizeCm?: readonly [number, number]): Picture => ({
  pixels: tensor([1, pixels.length, pixels[0].length], pixels.flat()),
  kind: 'ct',
  pixelSizeCm,
  notices: [],
  source: { format: 'dicom', width: pixels[0].length, height: pixels.length, channels: 1, depth: '16' },
});

test('samples: black -1, white 1, channels apart, alpha apart from the colours', () => {
  expect(pictureFromSamples(Uint8Array.of(0, 51, 255), 3, 1, 1, 'png').pixels.data).toBeNear([-1, -0.6, 1], { absolute: 5e-6 });
  expect(pictureFromSamples(Uint16Array.of(0, 13107, 65535), 3, 1, 1, 'png').pixels.data).toBeNear([-1, -0.6, 1], { absolute: 5e-6 });
  expect(pictureFromSamples(Uint8Array.of(0, 255, 51, 255, 0, 204), 2, 1, 3, 'png').pixels.data).toBeNear([-1, 1, 1, -1, -0.6, 0.6], {
    absolute: 5e-6,
  });
  const half = pictureFromSamples(Uint8Array.of(255, 51, 255, 255), 2, 1, 2, 'png');
  expect(half.pixels.data).toBeNear([1, 1], { absolute: 5e-6 });
  expect(half.alpha?.shape).toEqual([1, 2]);
  expect(half.alpha?.data ?? []).toBeNear([0.2, 1], { absolute: 5e-6 });
  const wide = pictureFromSamples(Uint16Array.of(65535, 0, 13107, 13107), 1, 1, 4, 'png');
  expect(wide.pixels.data).toBeNear([1, -1, -0.6], { absolute: 5e-6 });
  expect(wide.alpha?.data ?? []).toBeNear([0.2], { absolute: 5e-6 });
  expect(pictureFromSamples(Uint8Array.of(255, 255), 1, 1, 2, 'png')).not.toHaveProperty('alpha');
});

test('transparent pixels are laid over black for a model, with a notice; opaque pictures stay as they are', () => {
  const half = pictureFromSamples(Uint8Array.of(255, 51, 255, 255, 204, 0), 3, 1, 2, 'png');
  const image = prepare(half, { channels: 1, size: 'native' }, 'a.png');
  expect(image.tensor.data).toBeNear([-0.6, 1, -1], { absolute: 5e-6 });
  expect(image.notices).toEqual([expect.stringMatching(/a\.png .*transparent.*black/)]);
  const colour = overBlack(pictureFromSamples(Uint8Array.of(255, 51, 0, 51), 1, 1, 4, 'png'));
  expect(colour.pixels.data).toBeNear([-0.6, -0.92, -1], { absolute: 5e-6 });
  expect(colour).not.toHaveProperty('alpha');
  const opaque = pictureFromSamples(Uint8Array.of(7), 1, 1, 1, 'png');
  expect(overBlack(opaque)).toBe(opaque);
});

test('at its own size, too, pixels come to be square: those of their shorter side', async () => {
  const slice = ctSlice({ rows: 4, columns: 2, stored: [1024, 1024, 1024, 1024, 24, 24, 24, 24], extra: [[0x00280030, 'DS', '0.9\\1.8']] });
  const image = prepare(await pictureFromDicom(slice), { channels: 1, size: 'native' }, 'a.dcm');
  expect(image.tensor.shape).toEqual([1, 1, 4, 4]);
  expect(image.pixelSizeCm).toBeCloseTo(0.09, 12);
  expect(image.notices).toEqual([expect.stringMatching(/a\.dcm has 2 x 4 pixels that are not square; it was resized to 4 x 4/)]);
  for (const column of [0, 1, 2, 3]) expect(image.tensor.data[column]).toBeCloseTo(0, 1);
  const long = ctSlice({ rows: 4, columns: 4, stored: new Array(16).fill(1024), extra: [[0x00280030, 'DS', '0.9\\1.8']] });
  expect(prepare(await pictureFromDicom(long), { channels: 1, size: 'native' }).tensor.shape).toEqual([1, 1, 8, 8]); // air above and below
  const tall = await pictureFromDicom(long);
  expect(() => prepare(tall, { channels: 1, size: 'native', resize: false })).toThrow(/not square/);
});

test('a CT slice is on the CT scale, a dense part clipped with a notice', async () => {
  const picture = await pictureFromDicom(ctSlice({ rows: 1, columns: 4, stored: [24, 1024, 1524, 3024] }), 'a.dcm');
  expect(picture.pixels.data).toBeNear([-1, 0, 0.5, 1], { absolute: 5e-6 });
  expect(picture).toMatchObject({
    kind: 'ct',
    pixelSizeCm: [0.08, 0.08],
    source: { format: 'dicom', window: { center: 40, width: 400 }, modality: 'CT' },
  });
  expect(picture.notices).toEqual([expect.stringMatching(/25 % .*1000 HU/)]);
});

test('another modality is a grey picture through its window, inverted for MONOCHROME1', async () => {
  const extra: DicomElement[] = [
    [0x00080060, 'CS', 'MR'],
    [0x00281050, 'DS', '1000.5'],
    [0x00281051, 'DS', '2001'],
    [0x00281052, 'DS', '0'],
  ];
  const slice = { rows: 1, columns: 3, stored: [0, 1500, 3000] };
  const picture = await pictureFromDicom(ctSlice({ ...slice, extra }), 'a.dcm');
  expect(picture.pixels.data).toBeNear([-1, 0.5, 1], { absolute: 5e-6 });
  expect(picture.kind).toBe('photo');
  expect(picture.notices).toEqual([expect.stringMatching(/modality MR/)]);
  expect((await pictureFromDicom(ctSlice({ ...slice, extra: [...extra, [0x00280004, 'CS', 'MONOCHROME1']] }))).pixels.data).toBeNear(
    [1, -0.5, -1],
    { absolute: 5e-6 },
  );
  expect((await pictureFromDicom(ctSlice({ ...slice, extra, without: [0x00281050] }))).pixels.data).toBeNear([-1, 0, 1], {
    absolute: 5e-6,
  }); // no window: its span
});

test('NPY: floats on [-1, 1] unless stated; every layout', () => {
  const read = (shape: number[], data: number[], range?: Parameters<typeof pictureFromNpy>[2]) =>
    pictureFromNpy(formatNpy(tensor(shape, data)), 'a.npy', range);
  expect(read([1, 2], [-0.5, 1]).pixels.data).toBeNear([-0.5, 1], { absolute: 5e-6 });
  expect(read([1, 2], [0, 0.75], [0, 1]).pixels.data).toBeNear([-1, 0.5], { absolute: 5e-6 });
  const told = read([1, 2], [0, 0.75]);
  expect(told.pixels.data).toBeNear([-1, 0.5], { absolute: 5e-6 });
  expect(told.notices).toEqual([expect.stringMatching(/a\.npy has values from 0 to 0\.75; they are taken on \[0, 1\]/)]);
  for (const either of [
    [0.2, 0.9],
    [0, 0.3],
  ])
    expect(() => read([1, 2], either)).toThrow(/part of \[0, 1\] or of \[-1, 1\].*--range/);
  expect(read([1, 2], [0.2, 0.9], [-1, 1]).pixels.data).toBeNear([0.2, 0.9], { absolute: 5e-6 });
  expect(read([1, 2], [0, 0]).pixels.data).toBeNear([0, 0], { absolute: 5e-6 });
  const hu = read([1, 3], [-1000, 0, 700], 'hu');
  expect(hu.pixels.data).toBeNear([-1, 0, 0.7], { absolute: 5e-6 });
  expect(hu.kind).toBe('ct');
  const clipped = read([1, 2], [-1.05, 0.5]);
  expect(clipped.pixels.data).toBeNear([-1, 0.5], { absolute: 5e-6 });
  expect(clipped.notices).toEqual([expect.stringContaining('clipped')]);
  expect(() => read([1, 2], [-1, 255])).toThrow(/from -1 to 255.*State the range/);
  for (const shape of [
    [3, 1, 2],
    [1, 3, 1, 2],
  ])
    expect(read(shape, [0, 1, 2, 3, 4, 5], [0, 5]).pixels.shape).toEqual([3, 1, 2]);
  expect(read([2, 2, 3], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [0, 11]).pixels.data.map((x) => ((x + 1) * 11) / 2)).toBeNear(
    [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11],
    { absolute: 5e-5 },
  );
  for (const shape of [[4], [2, 2, 2], [2, 1, 2, 1], [0, 3]])
    expect(() => read(shape, new Array(shape.reduce((a, b) => a * b)).fill(0))).toThrow(/shape \[.*no single image/);
  expect(() => read([1, 3], [Number.NaN, 0, Number.POSITIVE_INFINITY])).toThrow(/2 pixels that are NaN or infinite/);
  expect(() => read([1, 3], [Number.NaN, 0, 0], 'hu')).toThrow(UserError);
  expect(() => read([1, 1], [0], [1, 1])).toThrow(/no extent/);
});

test('integer NPY: bytes on their full range, other integers only with a range', () => {
  const bytes = (descr: string, data: number[]) => {
    const text = new TextEncoder().encode(`{'descr': '${descr}', 'fortran_order': False, 'shape': (1, 2), }\n`);
    return Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length, 0, ...text, ...data]);
  };
  expect(pictureFromNpy(bytes('|u1', [51, 255])).pixels.data).toBeNear([-0.6, 1], { absolute: 5e-6 });
  expect(pictureFromNpy(bytes('|b1', [0, 1])).pixels.data).toBeNear([-1, 1], { absolute: 5e-6 });
  expect(pictureFromNpy(bytes('<i2', [0x18, 0xfc, 0, 0]), 'a', 'hu').pixels.data).toBeNear([-1, 0], { absolute: 5e-6 });
  expect(() => pictureFromNpy(bytes('<i2', [0, 0, 0, 0]))).toThrow(/type i2.*State it/);
});

test('channels: colour to grey by luma with a notice, grey in RGB without one, grey repeated', () => {
  const rgb = pictureFromSamples(Uint8Array.of(255, 0, 0, 51, 51, 51), 2, 1, 3, 'png');
  const grey = prepare(rgb, { channels: 1, size: 'native' }, 'a.png');
  expect(grey.tensor.data).toBeNear([2 * 0.299 - 1, -0.6], { absolute: 5e-6 });
  expect(grey.tensor.shape).toEqual([1, 1, 1, 2]);
  expect(grey.notices).toEqual([expect.stringMatching(/a\.png is in colour/)]);
  expect(prepare(pictureFromSamples(Uint8Array.of(9, 9, 9), 1, 1, 3, 'png'), { channels: 1, size: 'native' }).notices).toEqual([]);
  const three = prepare(pictureFromSamples(Uint8Array.of(51), 1, 1, 1, 'png'), { channels: 3, size: 'native' });
  expect(three.tensor.data).toBeNear([-0.6, -0.6, -0.6], { absolute: 5e-6 });
  expect(three.notices).toEqual([expect.stringContaining('repeated')]);
});

test('a CT is fitted whole, air around it, by area means; the new pixel size is returned', () => {
  const even = prepare(
    ct(
      [
        [0, 0.2, 1, 1],
        [0.4, 0.2, 1, 1],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ],
      [0.05, 0.05],
    ),
    { channels: 1, size: [2, 2] },
  );
  expect(even.tensor.data).toBeNear([0.2, 1, 0, 0], { absolute: 5e-6 });
  expect(even.pixelSizeCm).toBeCloseTo(0.1, 9);
  expect(even.notices).toEqual([expect.stringMatching(/4 x 4 pixels; it was resized to 2 x 2/)]);
  const wide = prepare(
    ct(
      [
        [0, 0, 1, 1],
        [0, 0, 1, 1],
      ],
      [0.05, 0.05],
    ),
    { channels: 1, size: [4, 2] },
  );
  expect(wide.tensor.data).toBeNear([-1, -1, 0, 1, -1, -1, -1, -1], { absolute: 5e-6 });
  expect(wide.pixelSizeCm).toBeCloseTo(0.1, 9);
  expect(wide.notices[0]).toContain('padded with air');
  const larger = prepare(
    ct(
      [
        [0.5, 0.5],
        [0.5, 0.5],
      ],
      [0.2, 0.2],
    ),
    { channels: 1, size: [4, 4] },
  );
  expect(larger.tensor.data).toBeNear(new Array(16).fill(0.5), { absolute: 5e-6 });
  expect(larger.pixelSizeCm).toBeCloseTo(0.1, 9);
});

test('pixels that are not square become so, even at the right count', () => {
  const tall = prepare(
    ct(
      [
        [0, 0, 1, 1],
        [0, 0, 1, 1],
        [0, 0, 1, 1],
        [0, 0, 1, 1],
      ],
      [0.1, 0.05],
    ),
    { channels: 1, size: [4, 4] },
    'a.dcm',
  );
  expect(tall.tensor.data).toBeNear(new Array(4).fill([-1, 0, 1, -1]).flat(), { absolute: 5e-6 });
  expect(tall.pixelSizeCm).toBeCloseTo(0.1, 9);
  expect(tall.notices[0]).toMatch(/not square.*padded/);
});

test('a photo is cut at the centre; the right size passes untouched; resizing can be refused', () => {
  const strip = pictureFromSamples(Uint8Array.of(0, 255, 51, 51, 255, 0, 0, 255, 51, 51, 255, 0), 6, 2, 1, 'png');
  const cut = prepare(strip, { channels: 1, size: [2, 2] }, 'a.png');
  expect(cut.tensor.data).toBeNear([-0.6, -0.6, -0.6, -0.6], { absolute: 5e-6 });
  expect(cut.notices).toEqual([expect.stringMatching(/6 x 2 pixels; it was cut at the centre and resized to 2 x 2/)]);
  expect(cut.pixelSizeCm).toBeUndefined();
  const same = prepare(strip, { channels: 1, size: [2, 6], resize: false });
  expect(same.tensor.data).toEqual(strip.pixels.data);
  expect(same.notices).toEqual([]);
  expect(() => prepare(strip, { channels: 1, resize: false }, 'a.png')).toThrow(/a\.png has 6 x 2 pixels, the model takes 256 x 256/);
  const enlarged = prepare(strip, { channels: 1, size: [8, 24] });
  expect(Math.max(...enlarged.tensor.data.map(Math.abs))).toBeLessThanOrEqual(1); // bicubic overshoot is clipped
});

test.each([
  ['photo', 1, 1],
  ['photo', 1, 7],
  ['photo', 7, 1],
  ['ct', 1, 1],
  ['ct', 1, 7],
  ['ct', 7, 1],
] as const)('a %s of %i x %i pixels is brought to size without harm', (kind, height, width) => {
  const picture = {
    ...ct(
      Array.from({ length: height }, () => new Array(width).fill(0.5)),
      kind === 'ct' ? [0.1, 0.1] : undefined,
    ),
    kind,
  };
  for (const size of [
    [1, 1],
    [4, 4],
    [5, 3],
  ] as const) {
    const { data, shape } = prepare(picture, { channels: 3, size }).tensor;
    expect(shape).toEqual([1, 3, ...size]);
    const air = data.filter((x) => x === -1).length;
    expect(data.filter((x) => Math.abs(x - 0.5) < 1e-6).length).toBe(data.length - air); // nothing but the picture, and air around a CT
    if (kind === 'photo' || height === width) expect(air).toBeLessThan(kind === 'photo' ? 1 : data.length / 2);
  }
});
