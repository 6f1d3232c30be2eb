import { describe, expect, test } from 'vitest';
import { Random } from '../tensor/random.js';
import { reshapeTensor } from '../tensor/tensor.js';
import { angularShares, defaultGeometry, fbp, filterPair, type ParallelBeam, rampFilter, type ScanGeometry } from './index.js';
import { closedFormSinogram, type Ellipse } from './testing/ellipses.js';

/** Rows filtered with a discrete Fourier transform of rows padded to more than twice their length, the kernel transformed from space. */
function filteredByDft(row: Float32Array, binSize: number, hann: boolean): Float64Array {
  const n = 2 * row.length + 2;
  const kernel = Float64Array.from({ length: n }, (_, i) => {
    const k = Math.min(i, n - i);
    return k === 0 ? 1 / (4 * binSize ** 2) : k % 2 ? -1 / (Math.PI * k * binSize) ** 2 : 0;
  });
  const wave = (f: number, i: number): number => (2 * Math.PI * f * i) / n;
  const out = new Float64Array(row.length);
  for (let f = 0; f < n; f++) {
    const response =
      kernel.reduce((total, value, i) => total + value * Math.cos(wave(f, i)), 0) * (hann ? (1 + Math.cos(wave(f, 1))) / 2 : 1);
    const real = row.reduce((total, value, i) => total + value * Math.cos(wave(f, i)), 0);
    const imaginary = row.reduce((total, value, i) => total - value * Math.sin(wave(f, i)), 0);
    for (let i = 0; i < row.length; i++)
      out[i] += (binSize * response * (real * Math.cos(wave(f, i)) - imaginary * Math.sin(wave(f, i)))) / n;
  }
  return out;
}

test.each(['ramlak', 'hann'] as const)('the %s filter equals zero-padded filtering in the frequency domain', (window) => {
  const bins = 21;
  const rows = [4, 5].map((seed) => new Random(seed).normals([bins]).data);
  const out = [new Float64Array(bins), new Float64Array(bins)] as const;
  filterPair(rampFilter(bins, 0.3, { window }), rows[0], rows[1], out);
  for (const [k, row] of rows.entries()) expect(out[k]).toBeNear(filteredByDft(row, 0.3, window === 'hann'), { absolute: 1e-6 });
});

function randomAngles(count: number, range: number): number[] {
  const random = new Random(5);
  return Array.from({ length: count }, () => random.uniform(0, range));
}

describe('the share of the half turn that each view stands for', () => {
  const degrees = (list: number[]): number[] =>
    angularShares(list.map((angle) => (angle * Math.PI) / 180)).map((share) => (share * 180) / Math.PI);
  test.each<[string, number[], number[]]>([
    ['equal spacing: 180 / views', [0, 45, 90, 135], [45, 45, 45, 45]],
    ['both end points measured: they share one angle', [0, 60, 120, 180], [30, 60, 60, 30]],
    ['a whole turn: opposite views share', [0, 90, 180, 270], [45, 45, 45, 45]],
    ['uneven, out of order, negative', [100, -20, 40], [60, 60, 60]],
    ['unequal gaps', [0, 30, 90], [60, 45, 75]],
    ['a missing wedge counts as one usual gap', [0, 10, 20, 30], [10, 10, 10, 10]],
    ['one view', [30], [180]],
    [
      'a missing wedge of a scan that went there and back',
      [0, 10, 20, 30, 30.00001, 20.00001, 10.00001, 0.00001],
      [5, 5, 5, 5, 5, 5, 5, 5],
    ],
    ['three views are no wedge', [0, 60, 120], [60, 60, 60]],
  ])('%s', (_, angles, expected) => {
    expect(degrees(angles)).toBeNear(expected, { absolute: 5e-7 });
  });
});

describe('FBP of the closed-form sinogram of a disc recovers its attenuation', () => {
  const disc: Ellipse = { x: 2.1, y: -3.3, a: 5, b: 5, tilt: 0, mu: 0.24 };
  const base = defaultGeometry({ size: 64, views: 90, muMax: 0.4 });
  /** Mean over the inner disc and over the air around, in units of x, where the disc is 0.2 and air -1. */
  async function means(geometry: ScanGeometry, window?: 'hann'): Promise<{ inside: number; outside: number }> {
    const sinogram = closedFormSinogram([disc], geometry);
    const x = await fbp(reshapeTensor(sinogram, [1, ...sinogram.shape]), geometry, { window });
    expect(x.shape).toEqual([1, 1, 64, 64]);
    const values = { inside: [] as number[], outside: [] as number[] };
    for (let i = 0; i < 64; i++) {
      for (let j = 0; j < 64; j++) {
        const r = Math.hypot((j - 31.5) * geometry.pixelSize - disc.x, (31.5 - i) * geometry.pixelSize - disc.y);
        if (r < 4) values.inside.push(x.data[i * 64 + j]);
        else if (r > 6 && Math.hypot(i - 31.5, j - 31.5) < 31) values.outside.push(x.data[i * 64 + j]);
      }
    }
    const mean = (list: number[]): number => list.reduce((a, b) => a + b) / list.length;
    return { inside: mean(values.inside), outside: mean(values.outside) };
  }

  test.each<[string, Partial<ParallelBeam>]>([
    ['90 equal views', {}],
    ['a rotation axis off the middle', { axis: 49.6, bins: 101 }],
    ['bins of half a pixel', { bins: 183, binSize: base.binSize / 2, axis: 91 }],
    ['uneven views over a whole turn', { angles: Array.from({ length: 180 }, (_, k) => (k + 0.3 * Math.sin(k)) * (Math.PI / 90)) }],
    ['a whole turn, angles of four decimals', { angles: Array.from({ length: 361 }, (_, k) => Number(((k * Math.PI) / 180).toFixed(4))) }],
    ['a turn and a half', { angles: Array.from({ length: 540 }, (_, k) => (k * Math.PI) / 180) }],
    ['60 random angles', { angles: randomAngles(60, Math.PI) }],
    ['150 random angles of a turn', { angles: randomAngles(150, 2 * Math.PI) }],
    ['bursts of five', { angles: Array.from({ length: 200 }, (_, k) => (Math.floor(k / 5) + 0.02 * (k % 5)) * (Math.PI / 40)) }],
    [
      'half of the range twice as dense',
      { angles: Array.from({ length: 150 }, (_, k) => (k < 50 ? k : 50 + (k - 50) / 2) * (Math.PI / 100)) },
    ],
    ['both end points', { angles: Array.from({ length: 91 }, (_, k) => k * (Math.PI / 90)) }],
  ])('%s', async (_, change) => {
    const { inside, outside } = await means({ ...base, ...change });
    expect(Math.abs(inside - 0.2)).toBeLessThan(0.012);
    expect(Math.abs(outside + 1)).toBeLessThan(0.012);
  });

  test('with the Hann window', async () => {
    expect(Math.abs((await means(base, 'hann')).inside - 0.2)).toBeLessThan(0.012);
  });
});
