import { expect, test } from 'vitest';
import { openBytes } from '../testing/array-files.js';
import { metaHeader, niftiBytes } from '../testing/volume-bytes.js';
import { chooseArray, imageNumbers, readSlice } from './index.js';
import { type Direction, directionsOf, upright } from './upright.js';

/** A patient in numbers: 1 to his left, 10 to his back, 100 to his head, at each place of a 2 x 2 x 2 volume that is stored as is said. */
const worth: Record<Direction, number> = { L: 1, R: -1, P: 10, A: -10, S: 100, I: -100 };
function stored(axes: readonly Direction[]): Int16Array {
  // [z, y, x], the last fastest
  return Int16Array.from({ length: 8 }, (_, i) =>
    axes.reduce((sum, direction, axis) => sum + worth[direction] * ((i >> (2 - axis)) & 1 ? 1 : -1), 0),
  );
}

/** Rows of the matrix to [right, front, head] of axes [z, y, x]. */
function matrixOf(axes: readonly Direction[], mm: number): number[][] {
  return ['RL', 'AP', 'SI'].map((pair) => [
    ...[...axes].reverse().map((direction) => (pair[0] === direction ? mm : pair[1] === direction ? -mm : 0)),
    -7,
  ]);
}

const ways: Direction[][] = [
  ['S', 'P', 'L'],
  ['S', 'A', 'R'],
  ['I', 'A', 'L'],
  ['S', 'L', 'P'],
  ['L', 'S', 'A'],
  ['P', 'I', 'R'],
  ['A', 'R', 'S'],
];
/** What a slice along each kind of axis shows from left to right, and from top to bottom: the convention of radiology. */
const planes: Record<string, readonly [across: number, down: number]> = { S: [2, 20], A: [2, -200], L: [20, -200] };
const kindOf = (direction: Direction) => ({ L: 'L', R: 'L', P: 'A', A: 'A', S: 'S', I: 'S' })[direction];

test.each(ways)('a volume stored along %s, %s, %s is shown as radiology shows it, along every axis', async (...axes) => {
  const nifti = { little: true, sizes: [2, 2, 2], spacing: [1, 1, 1], units: 2, matrix: matrixOf(axes, 1.5) } as const;
  const rows = [...axes]
    .reverse()
    .map((direction) =>
      Object.values(planes).map((_, k) => Math.sign(worth[direction]) * Number('LPS'.indexOf(positive(direction)) === k)),
    );
  const header = metaHeader({
    NDims: 3,
    DimSize: '2 2 2',
    TransformMatrix: rows.flat().join(' '),
    ElementType: 'MET_SHORT',
    ElementDataFile: 'LOCAL',
  });
  const files = [
    niftiBytes(stored(axes), { ...nifti, version: 1 }),
    niftiBytes(stored(axes), { ...nifti, version: 2 }),
    Buffer.concat([header, new Uint8Array(stored(axes).buffer)]),
  ];
  for (const bytes of files) {
    const opened = await openBytes(bytes);
    const array = chooseArray(opened);
    expect(array.about.directions).toEqual(axes);
    for (const axis of [0, 1, 2]) {
      const choice = [0, 1, 2].map((k) => (k === axis ? 1 : undefined));
      const { data, shape } = upright(await readSlice(array, 'v', choice), array.about.directions);
      expect(shape).toEqual([2, 2]);
      expect([data[1] - data[0], data[2] - data[0]]).toEqual(planes[kindOf(axes[axis])]);
    }
    await opened.close();
  }
});

function positive(direction: Direction): Direction {
  return ({ L: 'L', R: 'L', P: 'P', A: 'P', S: 'S', I: 'S' } as const)[direction];
}

test('axes that lead aslant go by what is nearest; a file that states nothing, or nonsense, is left as it is', async () => {
  expect(
    directionsOf([
      [0.9, 0.4, 0],
      [-0.4, 0.9, 0.1],
      [0, -0.1, -1],
    ]),
  ).toEqual(['L', 'P', 'I']);
  expect(
    directionsOf([
      [0.7, 0.72, 0],
      [0.72, -0.7, 0],
      [0, 0, 1],
    ]),
  ).toEqual(['P', 'L', 'S']);
  expect(
    directionsOf([
      [0, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]),
  ).toBeUndefined();
  const slice = { shape: [1, 2], data: Float32Array.of(1, 2), axes: [1, 2], notices: [] } as const;
  expect(upright(slice, undefined)).toBe(slice);
  expect(upright(slice, [undefined, 'A', undefined])).toBe(slice);
  const plain = await openBytes(
    niftiBytes(stored(['S', 'A', 'R']), { version: 1, little: true, sizes: [2, 2, 2], spacing: [1, 1, 1], units: 2 }),
  );
  expect(chooseArray(plain).about.directions).toBeUndefined();
});

test('a slice of other sides is turned with them', () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  const slice = { shape: [2, 3], data, axes: [0, 1], notices: [] } as const;
  expect(upright(slice, ['R', 'A'])).toMatchObject({ shape: [3, 2], axes: [1, 0], data: Float32Array.of(6, 3, 5, 2, 4, 1) });
  expect(upright(slice, ['A', 'L'])).toMatchObject({ shape: [2, 3], axes: [0, 1], data: Float32Array.of(4, 5, 6, 1, 2, 3) });
});

test('an image is turned, and says so; numbers that are a measurement are not', async () => {
  const axes: Direction[] = ['S', 'A', 'L'];
  const opened = await openBytes(
    niftiBytes(stored(axes), { version: 1, little: true, sizes: [2, 2, 2], spacing: [1, 2, 3], units: 2, matrix: matrixOf(axes, 1) }),
  );
  const { numbers, origin } = await imageNumbers(opened, chooseArray(opened), 'v', 1);
  const measured = await readSlice(chooseArray(opened), 'v', 1);
  expect([...numbers.data]).toEqual([...measured.data.subarray(2), ...measured.data.subarray(0, 2)]);
  expect(origin.pixelSizeCm).toEqual([0.2, 0.1]);
  expect(origin.notices).toEqual([expect.stringMatching(/^v was turned to lie as radiology shows it/)]);
});
