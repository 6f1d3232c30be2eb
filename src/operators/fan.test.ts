import { describe, expect, test } from 'vitest';
import { applyMap } from '../graph/sparse-map.js';
import { Random } from '../tensor/random.js';
import { reshapeTensor, type Tensor } from '../tensor/tensor.js';
import {
  continueViews,
  defaultGeometry,
  type FanBeam,
  fanGeometry,
  fbp,
  limitedGeometry,
  parkerWeight,
  radonMap,
  rayOffset,
  type ScanGeometry,
  shortSide,
  sideShare,
  spreadViews,
  truncationOf,
} from './index.js';
import { closedFormSinogram, type Ellipse, ellipses, rasterise } from './testing/ellipses.js';

const size = 128;
const full = fanGeometry({ size, views: 9 });
const arc = fanGeometry({ size, views: 9, detector: 'arc' });
const near = { sourceToAxis: 22, sourceToDetector: 60 };

/** Root mean square of a difference over that of what is expected. */
function relative(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [error, square] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    error += (got[i] - expected[i]) ** 2;
    square += expected[i] ** 2;
  }
  return Math.sqrt(error / square);
}

// as of parallel beams (radon-map.test.ts): the error is at the rims, where a profile's slope is infinite
describe('line integrals of ellipses in closed form along rays from source to bin, 128 x 128 pixels: 1.3 % root mean square', () => {
  test.each<[string, FanBeam]>([
    ['flat', full],
    ['arc', arc],
    ['flat, a source near the image', fanGeometry({ size, views: 9, ...near })],
    ['arc, a source near the image', fanGeometry({ size, views: 9, ...near, detector: 'arc' })],
    ['an axis off the middle', { ...full, axis: full.axis + 7.4 }],
    ['a tilted detector', fanGeometry({ size, views: 9, ...near, tilt: 0.3 })],
    ['tilted the other way, axis off', { ...fanGeometry({ size, views: 9, ...near, tilt: -0.2 }), axis: 80.2 }],
    ['a narrow detector', { ...full, bins: 80, axis: 39.5 }],
    ['any angles', { ...arc, angles: [2.1, -0.4, 0.7853981, 5.9, Math.PI / 2] }],
  ])('%s', (_, geometry) => {
    const expected = closedFormSinogram(ellipses, geometry).data;
    expect(relative(applyMap(radonMap(geometry), rasterise(ellipses, geometry).data), expected)).toBeLessThan(0.013);
  });

  test.each<[string, FanBeam]>([
    ['flat', { ...full, bins: 81, binSize: 3 * full.binSize, axis: 40.2 }],
    ['arc', { ...arc, bins: 81, binSize: 3 * arc.binSize, axis: 40.2 }],
  ])('bins three pixels wide read the mean across them: %s', (_, geometry) => {
    const expected = closedFormSinogram(ellipses, geometry, 60).data;
    expect(relative(applyMap(radonMap(geometry), rasterise(ellipses, geometry).data), expected)).toBeLessThan(0.01);
  });
});

test('where the source is far away, a fan is parallel beams', () => {
  const parallel = defaultGeometry({ size, views: 9 });
  const far = { beam: 'fan', detector: 'flat', sourceToAxis: 1e6, sourceToDetector: 1e6 + 20 } as const;
  const image = rasterise(ellipses, parallel).data;
  const [a, b] = [parallel, { ...parallel, ...far }].map((geometry) => applyMap(radonMap(geometry), image));
  expect(relative(b, a)).toBeLessThan(1e-4);
});

describe('the share of a line that is measured twice', () => {
  const gammaMax = 0.3;
  test.each([
    ['short scan', Math.PI + 2 * gammaMax],
    ['overscan', Math.PI + 2 * gammaMax + 0.7],
    ['too short', Math.PI - 0.4],
  ])('Parker: the two rays of a line have one between them, and none at the ends: %s', (_, range) => {
    const random = new Random(3);
    for (let k = 0; k < 500; k++) {
      const [beta, gamma] = [random.uniform(0, range), random.uniform(-gammaMax, gammaMax)];
      const again = (((beta + Math.PI - 2 * gamma) % (2 * Math.PI)) + 2 * Math.PI) % (2 * Math.PI);
      const both = parkerWeight(beta, gamma, range) + (again <= range ? parkerWeight(again, -gamma, range) : 0);
      expect(both).toBeCloseTo(1, 12);
    }
    if (range > Math.PI + 2 * gammaMax - 1e-9)
      for (const gamma of [-0.29, 0, 0.29])
        expect([parkerWeight(0, gamma, range), parkerWeight(range, gamma, range)]).toBeNear([0, 0], { absolute: 1e-12 });
  });

  test('a detector moved aside: the two sides have one between them', () => {
    for (const axis of [70, 90, 100.3, 130]) {
      const geometry = { ...defaultGeometry({ size, views: 180 }), axis };
      // the same line on the other side is bin 2 axis - bin
      for (let bin = 0; bin < geometry.bins; bin++) {
        const seen = 2 * axis - bin > -0.5 && 2 * axis - bin < geometry.bins - 0.5;
        expect(sideShare(geometry, bin) + (seen ? sideShare(geometry, 2 * axis - bin) : 0)).toBeCloseTo(1, 12);
      }
    }
  });
});

const disc: Ellipse = { x: 2.1, y: -3.3, a: 5, b: 5, tilt: 0, mu: 0.24 };
const small: Ellipse = { x: -4, y: 4.5, a: 1.5, b: 3, tilt: 0.5, mu: 0.16 };
const mu = 0.4;

async function reconstruct(geometry: ScanGeometry): Promise<Tensor> {
  const sinogram = closedFormSinogram([disc, small], geometry);
  return fbp(reshapeTensor(sinogram, [1, ...sinogram.shape]), { ...geometry, muMax: mu });
}

/** Error in units of x (0.012 is 12 HU), apart from rims: root mean square over all, and the mean in disc, small ellipse and air. */
function errors(image: Tensor, geometry: ScanGeometry): { rms: number; disc: number; small: number; air: number } {
  const {
    size: [height, width],
    pixelSize,
  } = geometry;
  const sums = { disc: [0, 0], small: [0, 0], air: [0, 0] };
  let [square, n] = [0, 0];
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++) {
      const [x, y] = [(j - (width - 1) / 2) * pixelSize, ((height - 1) / 2 - i) * pixelSize];
      if (Math.hypot(x, y) > 0.48 * width * pixelSize) continue;
      const radius = (e: Ellipse): number => {
        const [dx, dy] = [x - e.x, y - e.y];
        return Math.hypot((dx * Math.cos(e.tilt) + dy * Math.sin(e.tilt)) / e.a, (dy * Math.cos(e.tilt) - dx * Math.sin(e.tilt)) / e.b);
      };
      const [r1, r2] = [radius(disc), radius(small)];
      const where = r1 < 0.8 ? 'disc' : r2 < 0.6 ? 'small' : r1 > 1.2 && r2 > 1.4 ? 'air' : undefined;
      if (where === undefined) continue;
      const expected = where === 'air' ? -1 : (2 * (where === 'disc' ? disc : small).mu) / mu - 1;
      const error = image.data[i * width + j] - expected;
      sums[where][0] += error;
      sums[where][1]++;
      square += error ** 2;
      n++;
    }
  const mean = ([sum, count]: number[]): number => Math.abs(sum / count);
  return { rms: Math.sqrt(square / n), disc: mean(sums.disc), small: mean(sums.small), air: mean(sums.air) };
}

describe('FBP of closed-form sinograms', () => {
  const of = (options: Parameters<typeof fanGeometry>[0]) => fanGeometry({ size: 64, views: 240, ...options });
  const turn = (views: number): number[] => Array.from({ length: views }, (_, k) => (k * 2 * Math.PI) / views);
  const half = { ...defaultGeometry({ size: 64 }), angles: turn(240) };
  test.each<[string, ScanGeometry]>([
    ['parallel, a whole turn', half],
    ['parallel, a whole turn, the detector moved far aside', { ...half, bins: 60, axis: 14.3 }],
    ['parallel, the same to the other side', { ...half, bins: 60, axis: 45.2 }],
    ['flat', of({})],
    ['arc', of({ detector: 'arc' })],
    ['flat, source near', of(near)],
    ['arc, source near', of({ ...near, detector: 'arc' })],
    ['flat, short scan', of({ scan: 'short', ...near })],
    ['arc, short scan', of({ scan: 'short', ...near, detector: 'arc' })],
    [
      'short scan that starts elsewhere, counted backwards',
      { ...of({ scan: 'short', ...near }), angles: of({ scan: 'short', ...near }).angles.map((a) => 2.2 - a) },
    ],
    ['overscan', { ...of(near), angles: turn(240).map((a) => a * 0.8) }],
    ['flat, an axis off the middle', { ...of(near), axis: 39.7 }],
    ['flat, the detector moved far aside', { ...of(near), bins: 62, axis: 12.6 }],
    ['arc, the detector moved far aside', { ...of({ ...near, detector: 'arc' }), bins: 62, axis: 48.4 }],
    ['flat, tilted', of({ ...near, tilt: 0.25 })],
    ['flat, tilted, short scan', of({ ...near, tilt: -0.25, scan: 'short' })],
  ])('%s', async (_, geometry) => {
    const image = await reconstruct(geometry);
    const { rms, ...means } = errors(image, geometry);
    expect(Math.max(...Object.values(means))).toBeLessThan(0.004); // 4 HU
    expect(rms).toBeLessThan(0.03);
  });
});

describe('a body wider than the detector of a fan', () => {
  const body: Ellipse = { x: 0.5, y: 0.3, a: 9, b: 8, tilt: 0.3, mu: 0.2 };
  const geometry = { ...fanGeometry({ size: 64, views: 120, ...near }), bins: 45, axis: 22 };
  const y = reshapeTensor(closedFormSinogram([body], geometry), [1, 120, 45]);

  test('is known to be, and how far it reaches', () => {
    const { detector, reach } = truncationOf(y, geometry, 0);
    expect(detector).toBe(true);
    expect(reach).toBeGreaterThan(8.5);
    expect(reach).toBeLessThan(10.5);
  });

  test('its views are continued so that the attenuation within comes out', async () => {
    const { geometry: wide, y: continued } = continueViews(y, geometry);
    const expected = closedFormSinogram([body], wide).data;
    expect(relative(continued.data, expected)).toBeLessThan(0.1);
    // 0.2 of 0.4 is 0; near the border of what all views see, where a step at their ends would be bright
    const border = async (rows: Tensor, of: ScanGeometry): Promise<number> => {
      const { data } = await fbp(rows, { ...of, muMax: mu });
      return [0, 1, 2, 3].reduce((sum, k) => sum + data[(30 + k) * 64 + 50] / 4, 0);
    };
    const [mended, plain] = [await border(continued, wide), await border(y, geometry)];
    expect(Math.abs(mended)).toBeLessThan(0.05);
    expect(plain).toBeGreaterThan(0.1);
  });

  test('what a detector that was moved aside does not see on its shorter side is not missing', () => {
    const aside = {
      ...defaultGeometry({ size: 64 }),
      angles: Array.from({ length: 120 }, (_, k) => (k * Math.PI) / 60),
      bins: 50,
      axis: 12,
    };
    expect(shortSide(aside)).toBe(-1);
    expect(shortSide({ ...aside, axis: 37 })).toBe(1);
    expect(shortSide({ ...aside, angles: aside.angles.slice(0, 60) })).toBe(0);
    const rows = reshapeTensor(closedFormSinogram([disc], aside), [1, 120, 50]);
    expect(truncationOf(rows, aside, 0).detector).toBe(false);
    expect(truncationOf(rows, { ...aside, angles: aside.angles.map((angle) => angle / 2) }, 0).detector).toBe(true);
  });
});

test('views of a fan chosen evenly: over the whole turn, or the range that there is', () => {
  const degrees = (list: number[]) => ({ ...full, angles: list.map((angle) => (angle * Math.PI) / 180) });
  const turn = Array.from({ length: 360 }, (_, k) => k);
  expect(spreadViews(degrees(turn), 4)).toEqual([0, 90, 180, 270]);
  expect(spreadViews(degrees(turn.slice(0, 201)), 4)).toEqual([25, 75, 125, 175]);
});

test('geometries made to order: views, range, a detector that the image fits', () => {
  const range = ({ angles }: ScanGeometry): number => angles[1] * angles.length;
  expect(range(fanGeometry({ views: 40 }))).toBeCloseTo(2 * Math.PI, 12);
  const reach = 25 / Math.SQRT2;
  const short = fanGeometry({ views: 40, scan: 'short', detector: 'arc', sourceToAxis: 40 });
  expect(range(short)).toBeCloseTo(Math.PI + 2 * Math.asin(reach / 40), 12);
  for (const geometry of [short, fanGeometry({ ...near, tilt: 0.4 }), fanGeometry()]) {
    const [first, last] = [0, geometry.bins - 1].map((bin) => rayOffset(geometry, bin));
    expect(-first).toBeGreaterThan(reach - 0.2);
    expect(last).toBeGreaterThan(reach - 0.2);
  }
  const limited = limitedGeometry({ views: 30, range: 1, start: 0.3 });
  expect([limited.angles[0], limited.angles[29]]).toBeNear([0.3, 0.3 + 29 / 30], { absolute: 1e-12 });
  expect(() => fanGeometry({ sourceToAxis: 10 })).toThrow(/corners of the image/);
});
