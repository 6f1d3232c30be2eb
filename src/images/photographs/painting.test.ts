import { expect, test } from 'vitest';
import { Random } from '../../tensor/random.js';
import { tensor } from '../../tensor/tensor.js';
import { ellipse } from '../phantoms/regions.js';
import { develop } from './camera.js';
import { type Colour, hsl, linear } from './colours.js';
import { Dice } from './dice.js';
import { Fields } from './fields.js';
import { Film } from './film.js';
import { ball, lambert, mirror, sheet, tube } from './reliefs.js';
import { below, depthAt, disc, everywhere, polygon, rectangle } from './shapes.js';
import { photographStatistics } from './statistics.js';
import { either, grain, patches, skewed, streaks, stripes, sum, type Texture, veins, weave, woodGrain } from './textures.js';

const light = { x: 0, y: 0, z: 1, ambient: 0.5 };
const white: Colour = [1, 1, 1];
const total = (plane: Float32Array) => plane.reduce((a, b) => a + b, 0);
const dice = (seed = 1) => new Dice(new Random(seed));
const moments = (values: ArrayLike<number>) => {
  const all = Array.from(values);
  const mean = all.reduce((a, b) => a + b, 0) / all.length;
  return { mean, variance: all.reduce((a, b) => a + (b - mean) ** 2, 0) / all.length };
};

test('dice: means, variances, and radii as many in every octave of area', () => {
  const d = dice();
  const draws = (make: () => number) => Array.from({ length: 20_000 }, make);
  expect(moments(draws(() => d.uniform(2, 4))).mean).toBeCloseTo(3, 1);
  const normal = moments(draws(() => d.normal()));
  expect(normal.mean).toBeCloseTo(0, 1);
  expect(normal.variance).toBeCloseTo(1, 1);
  const radii = draws(() => d.radius(2, 64));
  expect(Math.min(...radii)).toBeGreaterThanOrEqual(2);
  expect(Math.max(...radii)).toBeLessThanOrEqual(64);
  // density r^-3: three quarters are smaller than twice the smallest
  expect(radii.filter((r) => r < 4).length / radii.length).toBeCloseTo(0.75, 1);
  expect(draws(() => d.scale(1, 100)).filter((r) => r < 10).length / 20_000).toBeCloseTo(0.5, 1);
  expect(new Set(draws(() => d.integer(5)))).toEqual(new Set([0, 1, 2, 3, 4]));
  expect(Array.from({ length: 5 }, () => dice(7).bits())).toEqual(Array.from({ length: 5 }, () => dice(7).bits()));
  expect(dice(7).bits()).not.toBe(dice(8).bits());
});

test('colours of hue, saturation and lightness are those of sRGB', () => {
  expect(hsl(0, 1, 0.5)).toEqual([1, 0, 0]);
  const [r, g, b] = hsl(1 / 3, 0.5, 0.4);
  expect(g).toBeCloseTo(linear(0.6));
  expect(r).toBeCloseTo(linear(0.2));
  expect(b).toBeCloseTo(linear(0.2));
  expect(linear(0.5)).toBeCloseTo(0.21404, 5);
});

test('depths are signed distances', () => {
  const round = disc(10, 20, 5, 5);
  for (const [x, y] of [
    [10, 20],
    [13, 20],
    [10, 30],
    [4, 12],
  ])
    expect(depthAt(round, x, y)).toBeCloseTo(5 - Math.hypot(x - 10, y - 20), 4);
  expect(depthAt(disc(0, 0, 8, 4, Math.PI / 2), 0, 8)).toBeCloseTo(0, 4);
  expect(depthAt(rectangle(0, 0, 4, 2, Math.PI / 2), 1, 0)).toBeCloseTo(1, 4);
  const triangle = [
    [0, 0],
    [0, 10],
    [10, 0],
  ] as const;
  for (const corners of [triangle, triangle.toReversed()]) expect(depthAt(polygon(corners), 2, 3)).toBeCloseTo(2, 4);
  expect(depthAt(below(new Float32Array(16).fill(6)), 100, 9)).toBeCloseTo(3, 4);
});

test('what is painted covers its area, where it should, and an opaque edge mixes two colours', () => {
  for (const [region, area] of [
    [disc(60.3, 50.8, 20, 12, 0.4), Math.PI * 240],
    [ellipse(dice(), 64, 64, 25, 18, { wobble: 0 }), Math.PI * 450],
    [rectangle(50, 70, 30, 6.5, 1), 780],
  ] as const) {
    const film = new Film(128, light);
    film.paint(region, { base: white });
    expect(total(film.planes[0]) / area).toBeCloseTo(1, 1);
    expect(Math.max(...film.planes[0])).toBeCloseTo(1, 5);
    const soft = new Film(128, light);
    soft.paint(region, { base: white }, { soft: 5 });
    expect(total(soft.planes[0]) / area).toBeCloseTo(1, 1);
  }
  const film = new Film(64, light);
  film.paint(everywhere, { base: [0.2, 0.4, 0.6] });
  film.paint(rectangle(32, 32, 10, 10), { base: white }, { opacity: 0.5, within: disc(32, 32, 5, 5) });
  expect(film.planes[0][32 * 64 + 32]).toBeCloseTo(0.6, 5);
  expect(film.planes[2][32 * 64 + 40]).toBeCloseTo(0.6, 5);
});

test('shadows darken where they fall, glow brightens, strokes are as wide as told', () => {
  const film = new Film(64, light);
  film.paint(everywhere, { base: white });
  film.shadow(disc(20, 20, 6, 6), 20, 10, 2, 0.5);
  expect(film.planes[1][30 * 64 + 40]).toBeCloseTo(0.5, 5);
  expect(film.planes[1][20 * 64 + 20]).toBeCloseTo(1, 5);
  film.glow(disc(20, 20, 6, 6), [0.5, 0, 0], 2);
  expect(film.planes[0][20 * 64 + 20]).toBeCloseTo(1.5, 5);
  expect(film.planes[1][20 * 64 + 20]).toBeCloseTo(1, 5);
  for (const [dx, dy] of [
    [30, 0],
    [0, 30],
    [24, 18],
    [-3, 30],
  ]) {
    for (const [r, area] of [
      [2, 4 * Math.hypot(dx, dy) + 4 * Math.PI],
      [0.25, 0.5 * Math.hypot(dx, dy)],
    ]) {
      const drawn = new Film(64, light);
      drawn.stroke(16, 16, r, 16 + dx, 16 + dy, r, white, white);
      expect(Math.abs(total(drawn.planes[0]) / area - 1), `${dx} ${dy} ${r}`).toBeLessThan(0.12);
    }
  }
});

test('out of focus: the sum stays, a point spreads over as many pixels as asked for', () => {
  const film = new Film(64, light);
  film.planes[0][32 * 64 + 32] = 1;
  film.defocus(6);
  expect(total(film.planes[0])).toBeCloseTo(1, 5);
  expect(film.planes[0][32 * 64 + 38]).toBeGreaterThan(0);
  expect(film.planes[0][32 * 64 + 39]).toBe(0);
});

test('forms in space: light from the front is brightest where a ball or tube faces it, the same all over a plain sheet', () => {
  const [x, y] = [Float32Array.of(10, 14, 18), Float32Array.of(10, 10, 10)];
  const [nx, ny, out] = Array.from({ length: 3 }, () => new Float32Array(3));
  for (const form of [ball(10, 10, 10, 10), tube(10, 10, 10, Math.PI / 2)]) {
    form.normals(x, y, 0, 3, nx, ny);
    lambert(light, nx, ny, 3, out);
    expect(nx[2]).toBeCloseTo(0.8, 5);
    expect(out[0]).toBeGreaterThan(out[1]);
    expect(out[1]).toBeGreaterThan(out[2]);
    expect(out[2]).toBeCloseTo(0.5 + 0.625 * 0.6, 5);
  }
  sheet(0, 0, 0, 0, 0).normals(x, y, 0, 3, nx, ny);
  lambert(light, nx, ny, 3, out);
  expect(out[0]).toBe(out[2]);
  mirror(Float32Array.of(0, 1, 2, 3), Float32Array.of(0, 0, 0), Float32Array.of(-1, 0, 1), 3, out.fill(1));
  expect(out[0]).toBeLessThan(out[1]);
  expect(out[1]).toBeLessThan(out[2]);
});

const side = 128;
function drawn(texture: Texture): Float32Array {
  const out = new Float32Array(side * side);
  for (let row = 0; row < side; row++) texture.add(0, row, side, out.subarray(row * side, (row + 1) * side));
  return out;
}

test('grain has the spread and spectrum asked for; streaks have the spread', () => {
  const fields = new Fields(new Random(1), side);
  for (const exponent of [0.5, 2, 3]) {
    const values = drawn(grain(fields, dice(), { amplitude: 0.2, exponent }));
    expect(Math.sqrt(moments(values).variance)).toBeCloseTo(0.2, 1);
    const image = tensor([3, side, side]);
    for (let c = 0; c < 3; c++) image.data.set(values, c * side * side);
    expect(Math.abs(photographStatistics(image).exponent - exponent)).toBeLessThan(0.7);
  }
  expect(moments(drawn(streaks(fields, dice(), 12, 3, 1, 0.5))).variance).toBeCloseTo(0.25, 1);
});

test('a texture is the same wherever a row is begun', () => {
  const fields = new Fields(new Random(1), side);
  const d = dice();
  const noise = grain(fields, d, { amplitude: 1, exponent: 2 });
  for (const texture of [
    noise,
    streaks(fields, d, 20, 2, 0.3, 1),
    woodGrain(fields, d, 6, 0.7),
    weave(d, 3, 0.2, 2),
    stripes(d, 9, 1, 0.4),
    patches(noise, 0, 0.5),
    veins(noise, 0.3),
    skewed(noise, 0.3),
    sum([0.5, noise], [1, stripes(d, 9, 1, 0.4)]),
  ]) {
    const [whole, part] = [new Float32Array(64), new Float32Array(20)];
    texture.add(100, 300, 64, whole);
    texture.add(130, 300, 20, part);
    part.forEach((v, i) => {
      expect(v).toBeCloseTo(whole[30 + i], 3);
    });
    expect(moments(whole).variance).toBeGreaterThan(0);
  }
});

test('patterns keep to their range: stripes cover their duty, checks half, patches what is above the level', () => {
  const fields = new Fields(new Random(2), side);
  const along = stripes(dice(3), 10, 0, 0.3);
  expect(moments(drawn(along)).mean).toBeCloseTo(0.3, 1);
  const checks = drawn(either(stripes(dice(3), 10, 0, 0.5), stripes(dice(4), 10, Math.PI / 2, 0.5)));
  expect(moments(checks).mean).toBeCloseTo(0.5, 1);
  const spots = drawn(patches(grain(fields, dice(), { amplitude: 1, exponent: 1.5 }), 0, 0.1));
  expect(moments(spots).mean).toBeCloseTo(0.5, 1);
  for (const values of [
    checks,
    spots,
    drawn(woodGrain(fields, dice(), 8, 0.5)),
    drawn(veins(grain(fields, dice(), { amplitude: 1, exponent: 2 }), 0.4)),
  ])
    expect(values.every((v) => v >= 0 && v <= 1)).toBe(true);
});

test('a picture of nothing, and one of glaring light, are developed into the range', () => {
  for (const value of [0, 1e-6, 1e4]) {
    const film = new Film(32, light);
    for (const plane of film.planes) plane.fill(value);
    develop(film, new Random(3));
    for (const plane of film.planes) expect(plane.every((v) => v >= -1 && v <= 1)).toBe(true);
  }
});
