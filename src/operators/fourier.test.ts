import { describe, expect, test } from 'vitest';
import { evaluate, input } from '../graph/index.js';
import { UserError } from '../tensor/errors.js';
import { Random } from '../tensor/random.js';
import { full, type Tensor, tensor } from '../tensor/tensor.js';
import { lineMask, mri, type Operator, phaseRetrieval } from './index.js';

const apply = (operator: Operator, x: Tensor) => evaluate({ y: operator.apply(input('x', x.shape)) }, { x }).y.data;

/** One entry of the centred, orthonormal transform of a complex image, straight from its definition. */
function entry(re: ArrayLike<number>, im: ArrayLike<number>, [h, w]: readonly [number, number], k: number, l: number): [number, number] {
  let [a, b] = [0, 0];
  for (let i = 0; i < h; i++)
    for (let j = 0; j < w; j++) {
      const angle =
        -2 * Math.PI * (((k - Math.floor(h / 2)) * (i - Math.floor(h / 2))) / h + ((l - Math.floor(w / 2)) * (j - Math.floor(w / 2))) / w);
      const at = i * w + j;
      a += re[at] * Math.cos(angle) - im[at] * Math.sin(angle);
      b += re[at] * Math.sin(angle) + im[at] * Math.cos(angle);
    }
  return [a / Math.sqrt(h * w), b / Math.sqrt(h * w)];
}

describe('MRI', () => {
  const [h, w] = [6, 5];
  const lines = tensor([h], [1, 0, 0, 1, 1, 0]);
  const observed = [0, 3, 4];

  test.each([1, 2])('the observed lines of the transform of an image of %i channel(s)', (channels) => {
    const x = new Random(3).normals([1, channels, h, w]);
    const y = apply(mri([channels, h, w], lines), x);
    const re = channels === 1 ? x.data.map((v) => v + 1) : x.data.subarray(0, h * w);
    const im = channels === 1 ? new Float32Array(h * w) : x.data.subarray(h * w);
    observed.forEach((line, row) => {
      for (let column = 0; column < w; column++) {
        const [a, b] = entry(re, im, [h, w], line, column);
        expect(y[row * w + column]).toBeCloseTo(a, 5);
        expect(y[(observed.length + row) * w + column]).toBeCloseTo(b, 5);
      }
    });
  });

  test('no signal, x = -1, measures as nothing', () => {
    for (const value of apply(mri([1, 16, 16], lineMask(16, new Random(0))), full(-1, [1, 1, 16, 16])))
      expect(Math.abs(value)).toBeLessThan(1e-5);
  });

  test.each(['random', 'equispaced'] as const)('a mask of %s lines: a quarter of them, the centre always, seeded', (pattern) => {
    for (let seed = 0; seed < 10; seed++) {
      const mask = lineMask(256, new Random(seed), { pattern });
      expect(mask.data.reduce((a, b) => a + b, 0)).toBe(64);
      for (let line = 118; line < 138; line++) expect(mask.data[line]).toBe(1); // round(0.08 * 256) = 20 lines about 128
    }
    expect(lineMask(64, new Random(1), { pattern })).toEqual(lineMask(64, new Random(1), { pattern }));
    expect(lineMask(64, new Random(1), { pattern })).not.toEqual(lineMask(64, new Random(2), { pattern }));
    expect(lineMask(9, new Random(1), { pattern, acceleration: 1 }).data.every((v) => v === 1)).toBe(true);
  });

  test('equispaced lines are so, outside the centre', () => {
    const { data } = lineMask(256, new Random(0), { pattern: 'equispaced', center: 0.02 });
    const left = [...data.keys()].filter((line) => data[line] === 1 && line < 124);
    const gaps = left.slice(1).map((line, i) => line - left[i]);
    expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThanOrEqual(1);
  });

  test('what cannot be scanned is refused', () => {
    expect(() => mri([3, 8, 8], full(1, [8]))).toThrow(/one channel/);
    expect(() => mri([1, 8, 8], full(1, [9]))).toThrow(/8 rows/);
    expect(() => mri([1, 8, 8], full(0, [8]))).toThrow(/observes no line/);
    for (const options of [{ acceleration: 0.5 }, { acceleration: 17 }, { center: -1 }, { center: 2 }])
      expect(() => lineMask(16, new Random(0), options)).toThrow(UserError);
  });
});

describe('phase retrieval', () => {
  test('magnitudes of the transform of the image within zeros', () => {
    const [h, w] = [4, 6];
    const operator = phaseRetrieval([1, h, w], { oversample: 4 });
    expect(operator.outputShape).toEqual([1, 8, 12]);
    expect(phaseRetrieval([3, 256, 256]).outputShape).toEqual([3, 384, 384]);
    const x = new Random(1).normals([1, 1, h, w]);
    const padded = new Float64Array(8 * 12);
    for (let i = 0; i < h; i++) for (let j = 0; j < w; j++) padded[(i + 2) * 12 + j + 3] = (x.data[i * w + j] + 1) / 2;
    const y = apply(operator, x);
    for (let k = 0; k < 8; k++)
      for (let l = 0; l < 12; l++) expect(y[k * 12 + l]).toBeCloseTo(Math.hypot(...entry(padded, new Float64Array(96), [8, 12], k, l)), 5);
  });

  test('an image turned by 180 degrees cannot be told apart', () => {
    const x = new Random(2).normals([1, 1, 6, 6]);
    const turned = tensor(x.shape, x.data.slice().reverse());
    const [a, b] = [x, turned].map((image) => apply(phaseRetrieval([1, 6, 6]), image));
    a.forEach((value, i) => {
      expect(value).toBeCloseTo(b[i], 5);
    });
  });

  test('black measures as nothing, and an impossible oversampling is refused', () => {
    for (const value of apply(phaseRetrieval([1, 4, 4]), full(-1, [1, 1, 4, 4]))) expect(value).toBeLessThan(1e-5);
    for (const oversample of [-1, 100, Number.NaN]) expect(() => phaseRetrieval([1, 4, 4], { oversample })).toThrow(UserError);
  });
});
