import { expect, test } from 'vitest';
import { Random } from '../../tensor/random.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import { photograph, SCENE_KINDS, type SceneKind } from './index.js';
import { type PhotographStatistics, photographStatistics } from './statistics.js';

const draw = (seed: number, kind?: SceneKind, size = 64) => photograph(new Random(seed), { kind, size });
const inRange = ({ data }: Tensor) => data.every((v) => v >= -1 && v <= 1);

test.each(SCENE_KINDS)('%s: same seed same bits, another seed another picture, all within range', (kind) => {
  expect(draw(5, kind)).toEqual(draw(5, kind));
  const seen = new Set<string>();
  for (let seed = 0; seed < 8; seed++) {
    const image = draw(seed, kind);
    expect(inRange(image)).toBe(true);
    seen.add(image.data.subarray(64 * 32, 64 * 33).join());
  }
  expect(seen.size).toBe(8);
});

test('any size from 32 pixels, also one that is no power of two', () => {
  for (const size of [32, 50, 160]) {
    const image = draw(3, 'landscape', size);
    expect(image.shape).toEqual([3, size, size]);
    expect(inRange(image)).toBe(true);
  }
  expect(draw(1, 'masonry', 100).shape).toEqual([3, 100, 100]);
  expect(photograph(new Random(1)).shape).toEqual([3, 256, 256]);
});

test('a bad size or kind is refused by name', () => {
  expect(() => draw(0, 'sea' as SceneKind)).toThrow(/sea.*leaves/);
  expect(() => draw(0, 'toString' as SceneKind)).toThrow(/toString/);
  for (const size of [31, 64.5]) expect(() => draw(0, 'leaves', size)).toThrow(/32 or more/);
});

test('statistics are those of photographs', () => {
  const count = 24;
  const all = Array.from({ length: count }, (_, k) => photographStatistics(draw(1000 + k, undefined, 128)));
  const between = (name: keyof PhotographStatistics, low: number, high: number) => {
    const mean = all.reduce((total, s) => total + s[name] / count, 0);
    expect(mean, name).toBeGreaterThan(low);
    expect(mean, name).toBeLessThan(high);
  };
  between('mean', 0.35, 0.6);
  between('deviation', 0.12, 0.24);
  between('exponent', 1.6, 2.6);
  between('kurtosis', 7, 60);
  between('chroma', 0.08, 0.28);
  between('flat', 0.05, 0.45);
  between('detail', 0.04, 0.12);
  // some are black and white
  expect(all.some(({ strongChroma }) => strongChroma < 0.02)).toBe(true);
  expect(all.some(({ strongChroma }) => strongChroma > 0.4)).toBe(true);
});

test('the statistics themselves: of noise, of a grey area, of an edge', () => {
  const side = 128;
  const grey = (value: (i: number, j: number) => number) => {
    const image = tensor([3, side, side]);
    for (let i = 0; i < side; i++) {
      for (let j = 0; j < side; j++) {
        const v = value(i, j);
        for (let c = 0; c < 3; c++) image.data[(c * side + i) * side + j] = v;
      }
    }
    return photographStatistics(image);
  };
  const random = new Random(1);
  const noise = grey(() => 0.2 * random.normal());
  expect(noise.exponent).toBeCloseTo(0, 0);
  expect(noise.kurtosis).toBeCloseTo(3, 0);
  expect(noise.deviation).toBeCloseTo(0.1, 2);
  // 15 of 16 parts of the variance of white noise are gone in means of 16 pixels
  expect(noise.detail).toBeCloseTo(0.1 * Math.sqrt(15 / 16), 2);
  expect(noise.chroma).toBeCloseTo(0, 6);
  const edge = grey((_, j) => (j < 59 ? -0.5 : 0.5));
  expect(edge.mean).toBeCloseTo(0.25 + 0.5 * (69 / 128), 4);
  expect(edge.flat).toBeCloseTo(15 / 16, 6);
  expect(edge.kurtosis).toBeGreaterThan(100);
  const red = tensor([3, side, side]);
  red.data.fill(1, 0, side * side);
  expect(photographStatistics(red)).toMatchObject({ chroma: 0.5, strongChroma: 0.5, flat: 1 });
});
