import { describe, expect, test } from 'vitest';
import { parseDicom } from './dicom.js';
import { pictureFromDicom } from './picture.js';
import { ctSlice, type DicomElement } from './testing/dicom-bytes.js';

const stored = [0, 24, 1024, 1064, 2024, 3000];
const plain = { rows: 2, columns: 3, stored };
const read = (options: Partial<Parameters<typeof ctSlice>[0]>) => parseDicom(ctSlice({ ...plain, ...options }), 'a.dcm');
const values = async (options: Partial<Parameters<typeof ctSlice>[0]>) => [...(await read(options)).values.data];
const grey = async (options: Partial<Parameters<typeof ctSlice>[0]>) => [
  ...(await pictureFromDicom(ctSlice({ ...plain, ...options }))).pixels.data,
];

describe('from stored values to HU', () => {
  test('slope and intercept have defaults of their own', async () => {
    expect(await values({ without: [0x00281053] })).toEqual(stored.map((n) => n - 1024));
    expect((await read({ without: [0x00281053] })).notices).toEqual([expect.stringMatching(/a\.dcm states no rescale slope; 1 is taken/)]);
    const two: DicomElement[] = [[0x00281053, 'DS', '2']];
    expect(await values({ without: [0x00281052], extra: two })).toEqual(stored.map((n) => 2 * n));
    expect((await read({ without: [0x00281052] })).notices).toEqual([expect.stringContaining('no rescale intercept; 0 is taken')]);
  });

  test('a modality table in their place', async () => {
    const table = (type: string): DicomElement[] => [
      [
        0x00283000,
        'SQ',
        [
          [0x00283002, 'US', [4, 10, 16]],
          [0x00283004, 'LO', type],
          [0x00283006, 'OW', [5, 60, 700, 8000]],
        ],
      ],
    ];
    const options = { stored: [0, 10, 11, 12, 13, 99], without: [0x00281052, 0x00281053] };
    expect(await values({ ...options, extra: table('HU') })).toEqual([5, 5, 60, 700, 8000, 8000]);
    const other: DicomElement[] = [...table('US'), [0x00080060, 'CS', 'CR']];
    expect(await read({ ...options, extra: other })).toMatchObject({ hounsfield: false });
    const broken: DicomElement[] = [[0x00283000, 'SQ', [[0x00283002, 'US', [4, 10, 16]]]]];
    await expect(read({ ...options, extra: broken })).rejects.toThrow(/lookup table/);
  });

  test.each([
    ['Z_EFF', /effective atomic numbers/],
    ['ED', /electron densities/],
    ['EDW', /relative to water/],
    ['MGML', /mg\/ml/],
    ['PCT', /percentages/],
    ['SUV', /rescale type SUV/],
  ])('a CT object of the rescale type %s is no attenuation', async (type, message) => {
    await expect(read({ extra: [[0x00281054, 'LO', type]] })).rejects.toThrow(message);
  });

  test.each(['HU', 'HU_MOD', 'US', 'hu '])('one of the type %s is', async (type) => {
    expect((await read({ extra: [[0x00281054, 'LO', type]] })).hounsfield).toBe(true);
  });

  test('a localizer is no slice', async () => {
    await expect(read({ extra: [[0x00080008, 'CS', 'ORIGINAL\\PRIMARY\\LOCALIZER']] })).rejects.toThrow(/a\.dcm is a localizer/);
    await read({ extra: [[0x00080008, 'CS', 'ORIGINAL\\PRIMARY\\AXIAL']] });
  });
});

describe('padding is air', () => {
  test('over a range of values, given from either end', async () => {
    for (const [value, limit] of [
      [-2000, -1990],
      [-1990, -2000],
    ]) {
      const range: DicomElement[] = [
        [0x00280120, 'SS', [value]],
        [0x00280121, 'SS', [limit]],
      ];
      expect(await values({ stored: [-2000, -1995, -1990, -1989, 0, 1024], extra: range })).toEqual([
        -1000,
        -1000,
        -1000,
        -1989 - 1024,
        -1024,
        0,
      ]);
    }
  });

  test('beyond the stored bits: 12 of 16 stored, padding -2000', async () => {
    const twelve: DicomElement[] = [
      [0x00280101, 'US', [12]],
      [0x00280102, 'US', [11]],
    ];
    for (const signed of [false, true]) {
      const padding: DicomElement = signed ? [0x00280120, 'SS', [-2000]] : [0x00280120, 'US', [65536 - 2000]];
      const hu = await values({ signed, stored: [65536 - 2000, 1024, 0, 0, 0, 0], extra: [...twelve, padding] });
      expect(hu.slice(0, 2)).toEqual([-1000, 0]);
    }
  });

  test('of other modalities it is black, and does not squeeze the grey values', async () => {
    const extra: DicomElement[] = [
      [0x00080060, 'CS', 'MR'],
      [0x00280120, 'SS', [-32768]],
    ];
    const pixels = await grey({ stored: [-32768, 0, 25, 50, 75, 100], extra, without: [0x00281050, 0x00281051, 0x00281052, 0x00281053] });
    expect(pixels[0]).toBeCloseTo(-1, 5);
    expect(pixels[3]).toBeCloseTo(0, 5);
    expect(pixels[5]).toBeCloseTo(1, 5);
  });
});

describe('what is no CT is shown as the file has it', () => {
  const mr: DicomElement[] = [
    [0x00080060, 'CS', 'MR'],
    [0x00281052, 'DS', '0'],
    [0x00281050, 'DS', '50'],
    [0x00281051, 'DS', '40'],
  ];
  const at = [20, 30, 40, 50, 60, 90];
  const shown = (more: readonly DicomElement[] = []) => grey({ stored: at, extra: [...mr, ...more] });

  test('linear: the ramp of PS3.3 C.11.2.1.2.1', async () => {
    expect((await shown())[3]).toBeCloseTo((2 * (50 - 30)) / 39 - 1, 5);
  });
  test('exact: half the width to either side', async () => {
    expect(await shown([[0x00281056, 'CS', 'LINEAR_EXACT']])).toEqual([-1, -1, -0.5, 0, 0.5, 1]);
  });
  test('sigmoid', async () => {
    for (const [i, value] of (await shown([[0x00281056, 'CS', 'SIGMOID']])).entries())
      expect(value).toBeCloseTo(2 / (1 + Math.exp((-4 * (at[i] - 50)) / 40)) - 1, 5);
  });
  test('a window under 1 wide, of scaled values', async () => {
    const scaled: DicomElement[] = [
      [0x00281053, 'DS', '0.01'],
      [0x00281050, 'DS', '0.5'],
      [0x00281051, 'DS', '0.4'],
    ];
    for (const [i, value] of (await shown(scaled)).entries()) expect(value).toBeCloseTo([-1, -1, -0.5, 0, 0.5, 1][i], 5);
  });
  test('a VOI table before a window', async () => {
    const table: DicomElement[] = [
      [
        0x00283010,
        'SQ',
        [
          [0x00283002, 'US', [3, 39, 8]],
          [0x00283006, 'OW', [0, 51, 255]],
        ],
      ],
    ];
    for (const [i, value] of (await shown(table)).entries()) expect(value).toBeCloseTo([-1, -1, -0.6, 1, 1, 1][i], 5);
  });
});
