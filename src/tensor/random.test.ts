import { expect, test } from 'vitest';
import { Random } from './random.js';

test('the generator is Philox 4x32-10: known-answer vectors of the paper (Random123)', () => {
  // kat_vectors: philox4x32-10, counter 0, key 0 -> 6627e8d5 e169c58d bc57ac4c 9b00dbd8
  const zero = new Random(0);
  expect([zero.bits(), zero.bits(), zero.bits(), zero.bits()].map((n) => n.toString(16))).toEqual([
    '6627e8d5',
    'e169c58d',
    'bc57ac4c',
    '9b00dbd8',
  ]);
});

test('moments of uniform, normal and Poisson', () => {
  const random = new Random(7);
  const n = 40000;
  const moments = (draw: () => number) => {
    const values = Array.from({ length: n }, draw);
    const mean = values.reduce((a, b) => a + b) / n;
    return [mean, values.reduce((a, b) => a + (b - mean) ** 2, 0) / n];
  };
  const [um, uv] = moments(() => random.uniform());
  expect(Math.abs(um - 0.5)).toBeLessThan(0.01);
  expect(Math.abs(uv - 1 / 12)).toBeLessThan(0.003);
  const [nm, nv] = moments(() => random.normal());
  expect(Math.abs(nm)).toBeLessThan(0.025);
  expect(Math.abs(nv - 1)).toBeLessThan(0.04);
  for (const mean of [3, 40, 1e5]) {
    const [pm, pv] = moments(() => random.poisson(mean));
    expect(Math.abs(pm / mean - 1)).toBeLessThan(0.03);
    expect(Math.abs(pv / mean - 1)).toBeLessThan(0.05);
  }
});

test('a fork is independent of how far its parent went, and seeds differ', () => {
  const a = new Random(3);
  const before = a.fork('noise').normal();
  a.normal();
  expect(a.fork('noise').normal()).toBe(before);
  expect(a.fork('mask').normal()).not.toBe(before);
  expect(new Random(4).fork('noise').normal()).not.toBe(before);
  expect(() => new Random(-1)).toThrow(/seed/);
});
