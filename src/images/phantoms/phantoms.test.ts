import { expect, test } from 'vitest';
import { Random } from '../../tensor/random.js';
import { Canvas } from './canvas.js';
import { ctPhantom, PHANTOM_KINDS, PHANTOM_VERSION, type PhantomKind } from './index.js';
import { gaussianBlur, smoothNoise, whiteNoise } from './noise.js';
import { Capsule, chain, core, ellipse, halfPlane, minus, type Region } from './regions.js';

const draw = (seed: number, kind?: PhantomKind, size = 96) => ctPhantom(new Random(seed), { kind, size });
const share = (data: Float32Array, low: number, high: number) => data.filter((v) => v >= low && v < high).length / data.length;
const depth = (region: Region, x: number, y: number) => {
  const out = new Float32Array(1);
  region.measure(Float32Array.of(x), Float32Array.of(y), 0, 1, out);
  return out[0];
};

test.each(PHANTOM_KINDS)('%s: same seed same bits, another seed another slice, all within range', (kind) => {
  const first = draw(5, kind);
  expect(first.shape).toEqual([1, 96, 96]);
  expect(draw(5, kind).data).toEqual(first.data);
  const seen = new Set<string>();
  for (let seed = 0; seed < 8; seed++) {
    const { data } = draw(seed, kind, 64);
    expect(data.every((v) => v >= -1 && v <= 1)).toBe(true);
    seen.add(data.subarray(64 * 32, 64 * 33).join());
  }
  expect(seen.size).toBe(8);
});

test('which picture a seed gives is told by the version: another mean asks for another version', () => {
  const means = (kind: PhantomKind) => [0, 1, 2, 3].map((seed) => draw(seed, kind, 64).data.reduce((sum, v) => sum + v / 64 ** 2, 0));
  const known: Record<PhantomKind, number[]> = {
    head: [-0.31216, -0.47424, -0.70706, -0.64483],
    chest: [-0.42942, -0.53076, -0.77429, -0.7155],
    abdomen: [-0.32147, -0.47651, -0.69528, -0.67304],
    object: [-0.35011, -0.43425, -0.9029, -0.70012],
  };
  expect(PHANTOM_VERSION).toBe(2);
  for (const kind of PHANTOM_KINDS) for (const [k, mean] of means(kind).entries()) expect(mean).toBeCloseTo(known[kind][k], 4);
});

test('tissues come in the proportions of their kind', () => {
  const slices = new Map(PHANTOM_KINDS.map((kind) => [kind, Array.from({ length: 10 }, (_, k) => draw(100 + k, kind, 64).data)]));
  const mean = (kind: PhantomKind, low: number, high: number) =>
    slices.get(kind)!.reduce((sum, data) => sum + share(data, low, high) / 10, 0);
  for (const kind of PHANTOM_KINDS) {
    const air = mean(kind, -1, -0.94);
    expect(air).toBeGreaterThan(0.2);
    expect(air).toBeLessThan(0.85);
  }
  expect(mean('head', 0, 0.07)).toBeGreaterThan(0.15); // brain
  expect(mean('head', 0.6, 1.01)).toBeGreaterThan(0.02); // skull
  expect(mean('chest', -0.94, -0.6)).toBeGreaterThan(0.05); // lungs
  expect(mean('abdomen', -0.94, -0.6)).toBeLessThan(mean('chest', -0.94, -0.6));
  expect(mean('abdomen', -0.15, -0.05)).toBeGreaterThan(0.05); // fat
  expect(mean('abdomen', 0.01, 0.2)).toBeGreaterThan(0.1); // organs
});

test('without a kind, patients of every kind and objects are mixed', () => {
  const bone = Array.from({ length: 16 }, (_, seed) => share(ctPhantom(new Random(seed), { size: 64 }).data, 0.4, 1.01));
  expect(Math.max(...bone) - Math.min(...bone)).toBeGreaterThan(0.05);
});

test('a bad size or kind is refused by name', () => {
  expect(() => draw(0, 'knee' as PhantomKind)).toThrow(/knee.*head/);
  expect(() => draw(0, 'head', 10)).toThrow(/32 or more/);
});

test('depths are signed distances, and regions combine', () => {
  const random = new Random(1);
  const disc = ellipse(random, 3, -2, 10, 10, { wobble: 0 });
  for (const [x, y] of [
    [3, -2],
    [8, -2],
    [3, 11],
    [-9, -9],
  ])
    expect(depth(disc, x, y)).toBeCloseTo(10 - Math.hypot(x - 3, y + 2), 1);
  expect(depth(core(disc, 4), 3, -2)).toBeCloseTo(6, 1);
  expect(depth(disc.inset(4), 3, -2)).toBeCloseTo(6, 1);
  expect(depth(new Capsule(0, 0, 2, 10, 0, 2), 5, 3)).toBeCloseTo(-1);
  expect(
    depth(
      chain([
        [0, 0, 1],
        [4, 0, 1],
        [4, 4, 1],
      ]),
      4,
      2,
    ),
  ).toBeCloseTo(1);
  expect(depth(halfPlane(0, 0, Math.PI / 2), 7, 5)).toBeCloseTo(5);
  expect(depth(minus(disc, halfPlane(3, 0, 0)), 8, -2)).toBeCloseTo(-5, 1);
  // An ellipse's edge is where its equation says, and depth grows at unit rate across it.
  const long = ellipse(random, 0, 0, 40, 20, { wobble: 0, angle: 0.5 });
  const [x, y] = [40 * Math.cos(0.5), 40 * Math.sin(0.5)];
  expect(depth(long, x, y)).toBeCloseTo(0, 0);
  expect(depth(long, 0.97 * x, 0.97 * y)).toBeCloseTo(1.2, 0);
});

test('painting covers the area it should, wherever the body lies', () => {
  for (const mirrorX of [false, true]) {
    const random = new Random(2);
    const canvas = new Canvas(random, 128, {
      fieldOfView: 256,
      shiftX: 20,
      shiftY: -15,
      rotation: 0.7,
      mirrorX,
      mirrorY: !mirrorX,
      bend: 0,
    });
    canvas.paint(ellipse(random, 10, 5, 60, 30, { wobble: 0, angle: 0.4 }), { mean: 1 });
    const area = canvas.data.reduce((sum, v) => sum + (v + 1) / 2, 0) * 4;
    expect(area / (Math.PI * 60 * 30)).toBeCloseTo(1, 2);
    const before = canvas.data.slice();
    canvas.paint(ellipse(random, 10, 5, 40, 40, { wobble: 0 }), { mean: -1 }, { within: ellipse(random, 10, 5, 20, 20, { wobble: 0 }) });
    const removed = canvas.data.reduce((sum, v, i) => sum + (before[i] - v) / 2, 0) * 4;
    expect(removed / (Math.PI * 400)).toBeCloseTo(1, 1);
  }
});

test('a small region is found under bending as well as by looking everywhere', () => {
  const place = { fieldOfView: 200, shiftX: 0, shiftY: 0, rotation: 0.3, mirrorX: true, mirrorY: false, bend: 4 };
  const everywhere = (region: Region): Region => ({
    box: [-1e4, -1e4, 1e4, 1e4],
    measure: (x, y, from, to, out) => region.measure(x, y, from, to, out),
  });
  const [a, b] = [new Canvas(new Random(3), 128, place), new Canvas(new Random(3), 128, place)];
  const random = new Random(4);
  for (let k = 0; k < 40; k++) {
    const dot = ellipse(random, random.uniform(-90, 90), random.uniform(-90, 90), random.uniform(1, 12), 3);
    a.paint(dot, { mean: k / 40 });
    b.paint(everywhere(dot), { mean: k / 40 });
  }
  expect(a.data).toEqual(b.data);
});

test('noise has mean 0 and variance 1; blur keeps the sum', () => {
  for (const noise of [whiteNoise(new Random(1), 128 * 128), smoothNoise(new Random(2), 128, 4)]) {
    const mean = noise.reduce((s, v) => s + v) / noise.length;
    const variance = noise.reduce((s, v) => s + (v - mean) ** 2, 0) / noise.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
  }
  const point = new Float32Array(32 * 32);
  point[16 * 32 + 16] = 1;
  gaussianBlur(point, 32, 0.8);
  expect(point.reduce((s, v) => s + v)).toBeCloseTo(1, 5);
  const second = point.reduce((s, v, i) => s + v * ((i % 32) - 16) ** 2, 0);
  expect(second).toBeCloseTo(0.64, 1);
});

test.each(['toString', 'constructor', 'none'])('"%s" is no kind of phantom', (kind) => {
  expect(() => ctPhantom(new Random(0), { size: 32, kind: kind as 'head' })).toThrow(`unknown phantom kind '${kind}'`);
});
