import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserError } from '../tensor/errors.js';
import { parseDicom } from './dicom.js';
import { ctSlice, type DicomElement, dicomBytes, explicitBig, explicitLittle, implicitLittle } from './testing/dicom-bytes.js';

const stored = [0, 24, 1024, 1064, 2024, 3000];
const plain = { rows: 2, columns: 3, stored };

test.each([
  ['explicit little', explicitLittle],
  ['implicit little', implicitLittle],
  ['explicit big', explicitBig],
])('a 16-bit CT slice, %s endian: HU, spacing, window', async (_, syntax) => {
  const image = await parseDicom(ctSlice({ ...plain, syntax }));
  expect(image.values.shape).toEqual([1, 2, 3]);
  expect([...image.values.data]).toEqual(stored.map((n) => n - 1024));
  expect(image).toMatchObject({ hounsfield: true, modality: 'CT', window: { center: 40, width: 400 }, frames: 1, notices: [] });
  expect(image.pixelSizeCm).toEqual([0.08, 0.08]);
});

test('signed and unsigned, 8 and 16 bits, slope and intercept', async () => {
  const hu = async (options: Parameters<typeof ctSlice>[0]) => [...(await parseDicom(ctSlice(options))).values.data];
  expect(await hu({ ...plain, stored: [-1000, -1, 0, 1, 5, 6] })).toEqual([-2024, -1025, -1024, -1023, -1019, -1018]);
  expect((await hu({ ...plain, signed: false, stored: [65535, 0, 0, 0, 0, 0] }))[0]).toBe(65535 - 1024);
  expect(await hu({ rows: 1, columns: 3, bits: 8, signed: false, stored: [0, 128, 255] })).toEqual([-1024, -896, -769]);
  expect(await hu({ rows: 1, columns: 3, bits: 8, signed: true, stored: [0, -1, 127] })).toEqual([-1024, -1025, -897]);
  const slope: DicomElement[] = [
    [0x00281053, 'DS', '2.5'],
    [0x00281052, 'DS', '-10'],
  ];
  expect((await hu({ ...plain, stored: [0, 4, 0, 0, 0, 0], extra: slope })).slice(0, 2)).toEqual([-10, 0]);
});

test('only the stored bits count: 12 bits with rubbish above them are sign-extended from bit 11', async () => {
  const twelve: DicomElement[] = [
    [0x00280101, 'US', [12]],
    [0x00280102, 'US', [11]],
  ];
  const words = [0xf001, 0x0fff, 0x0800, 0, 0, 0];
  expect([...(await parseDicom(ctSlice({ ...plain, stored: words, extra: twelve }))).values.data].slice(0, 3)).toEqual([
    1 - 1024,
    -1 - 1024,
    -2048 - 1024,
  ]);
  expect((await parseDicom(ctSlice({ ...plain, signed: false, stored: words, extra: twelve }))).values.data[1]).toBe(4095 - 1024);
});

test('8-bit pixels in big-endian words come in swapped pairs', async () => {
  const words: DicomElement[] = [[0x7fe00010, 'OW', [0x0201, 0x0403]]];
  const image = await parseDicom(ctSlice({ rows: 2, columns: 2, bits: 8, signed: false, stored: [], syntax: explicitBig, extra: words }));
  expect([...image.values.data]).toEqual([1, 2, 3, 4].map((n) => n - 1024));
});

test('padding is air', async () => {
  const padding: DicomElement[] = [[0x00280120, 'SS', [-2000]]];
  expect([...(await parseDicom(ctSlice({ ...plain, stored: [-2000, 0, 0, 0, 0, 0], extra: padding }))).values.data].slice(0, 2)).toEqual([
    -1000, -1024,
  ]);
});

test('several frames: the middle one, with a notice, or the one that is asked for; rescale and spacing out of the functional groups of enhanced files', async () => {
  const groups: DicomElement[] = [
    [0x00280008, 'IS', '2'],
    [
      0x52009229,
      'SQ',
      [
        [0x00289110, 'SQ', [[0x00280030, 'DS', '0.5\\0.6']]],
        [
          0x00289145,
          'SQ',
          [
            [0x00281052, 'DS', '-1000'],
            [0x00281053, 'DS', '2'],
          ],
        ],
      ],
    ],
  ];
  const both = [...stored, ...stored.map((n) => n + 1)];
  const twoFrames = ctSlice({ ...plain, stored: both, extra: groups, without: [0x00280030, 0x00281052, 0x00281053] });
  const image = await parseDicom(twoFrames);
  expect([...image.values.data]).toEqual(stored.map((n) => 2 * (n + 1) - 1000));
  expect(image.pixelSizeCm).toEqual([0.05, 0.06]);
  expect(image.notices).toEqual([expect.stringMatching(/2 frames; frame 1 \(from 0\) is used, the middle one/)]);
  const first = await parseDicom(twoFrames, 'a.dcm', 0);
  expect([...first.values.data]).toEqual(stored.map((n) => 2 * n - 1000));
  expect(first.notices).toEqual([]);
  await expect(parseDicom(twoFrames, 'a.dcm', 2)).rejects.toThrow(/a\.dcm has 2 frames: --slice 2 is beyond 0 to 1/);
});

test('another modality is not HU; MONOCHROME1 is noted; a CT without rescale says so', async () => {
  const other: DicomElement[] = [
    [0x00080060, 'CS', 'MR'],
    [0x00280004, 'CS', 'MONOCHROME1'],
  ];
  expect(await parseDicom(ctSlice({ ...plain, extra: other }))).toMatchObject({ hounsfield: false, inverted: true, modality: 'MR' });
  const bare = await parseDicom(ctSlice({ ...plain, without: [0x00281052, 0x00281053, 0x00280030, 0x00281050] }));
  expect([...bare.values.data]).toEqual(stored);
  expect(bare.notices).toEqual([expect.stringContaining('no rescale')]);
  expect([bare.pixelSizeCm, bare.window]).toEqual([undefined, undefined]);
});

test('every truncation of a slice is a UserError, never another error, never an image', async () => {
  const whole = ctSlice(plain);
  for (let n = 0; n < whole.length; n++) await expect(parseDicom(whole.subarray(0, n), 'a.dcm'), `${n} bytes`).rejects.toThrow(UserError);
  await expect(parseDicom(whole.subarray(0, whole.length - 4), 'a.dcm')).rejects.toThrow(/a\.dcm .*cut short.* 8 of the 12 bytes/);
  await parseDicom(whole);
});

test('what is not read is refused by the name of its transfer syntax, with the remedy', async () => {
  const refused = (syntax: string) => expect(parseDicom(ctSlice({ ...plain, syntax }), 'a.dcm')).rejects;
  await refused('1.2.840.10008.1.2.4.201').toThrow(/a\.dcm .*High-Throughput JPEG 2000 Lossless.*gdcmconv/);
  await refused('1.2.840.10008.1.2.4.102').toThrow(/MPEG-4/);
  await refused('1.2.3.4').toThrow(/transfer syntax 1\.2\.3\.4/);
  await refused('1.2.3.4').toThrow(UserError);
});

test('colour, odd bit depths and files without an image are refused', async () => {
  await expect(parseDicom(ctSlice({ ...plain, extra: [[0x00280002, 'US', [3]]] }))).rejects.toThrow(/colour/);
  await expect(parseDicom(ctSlice({ ...plain, extra: [[0x00280100, 'US', [32]]] }))).rejects.toThrow(/32 bits/);
  await expect(parseDicom(dicomBytes([[0x00080060, 'CS', 'SR']]))).rejects.toThrow(/without an image/);
  await expect(parseDicom(ctSlice({ ...plain, extra: [[0x00281053, 'DS', '0']] }))).rejects.toThrow(/slope/);
  await expect(parseDicom(new TextEncoder().encode('no'))).rejects.toThrow(/not a DICOM/);
});

test('a single spacing value is no pixel size', async () => {
  expect((await parseDicom(ctSlice({ ...plain, extra: [[0x00280030, 'DS', '0.8']] }))).pixelSizeCm).toBeUndefined();
});

test('damaged bytes give an image or a UserError, nothing else', async () => {
  const whole = ctSlice(plain);
  const damage = fc.array(fc.tuple(fc.integer({ min: 128, max: whole.length - 1 }), fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 4,
  });
  const read = async (bytes: Uint8Array) => {
    try {
      return (await parseDicom(bytes)).values.data.every(Number.isFinite) ? 'image' : 'not finite';
    } catch (error) {
      return error instanceof UserError ? 'refused' : error;
    }
  };
  await fc.assert(
    fc.asyncProperty(damage, async (changes) => {
      const bytes = whole.slice();
      for (const [at, value] of changes) bytes[at] = value;
      expect(['image', 'refused']).toContain(await read(bytes));
    }),
    { numRuns: 300 },
  );
});
