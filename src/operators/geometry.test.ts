import { describe, expect, test } from 'vitest';
import { UserError } from '../tensor/errors.js';
import { tensor } from '../tensor/tensor.js';
import { defaultGeometry, fanGeometry, fbp, parseGeometry, radon, selectViews, spreadViews } from './index.js';

const good = defaultGeometry({ size: 8, views: 4 });
const fan = fanGeometry({ size: 8, views: 4 });

test('the default geometry: 25 angles over [0, pi), the end point excluded, bins of a pixel over the whole diagonal', () => {
  const geometry = defaultGeometry();
  expect(geometry.angles.length).toBe(25);
  expect(geometry.angles[0]).toBe(0);
  expect(geometry.angles[24]).toBeCloseTo((24 / 25) * Math.PI, 12);
  expect(geometry.pixelSize).toBe(25 / 256);
  expect(geometry.bins * geometry.binSize).toBeGreaterThanOrEqual(256 * Math.SQRT2 * geometry.pixelSize);
  expect(geometry.axis).toBe((geometry.bins - 1) / 2);
});

test('a geometry survives JSON', () => {
  expect(parseGeometry(JSON.parse(JSON.stringify(good)))).toEqual(good);
  expect(parseGeometry(JSON.parse(JSON.stringify({ ...good, muMax: 2 }))).muMax).toBe(2);
  for (const one of [fan, { ...fan, tilt: 0.1 }, { ...fan, detector: 'arc' }, { ...good, beam: 'parallel' }])
    expect(parseGeometry(JSON.parse(JSON.stringify(one)))).toEqual(one);
});

describe("an impossible geometry is the user's error, naming the file and the field", () => {
  test.each<[string, unknown, RegExp]>([
    ['no angles', { ...good, angles: [] }, /angles: at least one view/],
    ['an angle that is no number', { ...good, angles: [0, Number.NaN] }, /angles\[1\]/],
    ['degrees', { ...good, angles: [0, 7.2, 14.4] }, /angles\[2\]: in radians/],
    ['negative bin size', { ...good, binSize: -1 }, /binSize/],
    ['pixel size zero', { ...good, pixelSize: 0 }, /pixelSize/],
    ['infinite pixel size', { ...good, pixelSize: Infinity }, /pixelSize/],
    ['half a bin', { ...good, bins: 2.5 }, /bins/],
    ['no size', { ...good, size: undefined }, /size/],
    ['empty image', { ...good, size: [0, 8] }, /size\[0\]/],
    ['axis missing', { ...good, axis: null }, /axis/],
    ['a detector beside the image', { ...good, axis: 500 }, /axis: no ray meets the image/],
    ['a misspelt field', { ...good, binsize: 1 }, /binsize/],
    ['attenuation below zero', { ...good, muMax: -0.4 }, /muMax/],
    ['not an object', 'geometry', /the whole/],
    ['a cone', { ...good, beam: 'cone' }, /beam: "parallel" or "fan".*cone beams are not supported.*single-slice rebinning/],
    ['a helix', { ...good, beam: 'helical' }, /helical beams are not supported/],
    ['another word', { ...good, beam: 'pencil' }, /beam: "parallel" or "fan", not "pencil"/],
    ['a fan without its distances', { ...good, beam: 'fan', detector: 'flat' }, /sourceToAxis.*sourceToDetector/],
    ['a distance without a fan', { ...good, sourceToAxis: 30 }, /sourceToAxis/],
    ['a fan of another detector', { ...fan, detector: 'curved' }, /detector: "flat" or "arc", not "curved". Resample/],
    ['a source within the image', { ...fan, sourceToAxis: 12 }, /sourceToAxis: the source would turn within the image/],
    ['a detector before the axis', { ...fan, sourceToDetector: 40 }, /sourceToDetector: .*larger than sourceToAxis/],
    ['a tilt in degrees', { ...fan, tilt: 5 }, /tilt: in radians/],
    ['a tilted arc', { ...fan, detector: 'arc', tilt: 0.1 }, /tilt: a turned arc/],
    ['rays to the side', { ...fan, binSize: 400 }, /bins: the outermost bins are at more than 85 degrees/],
    ['a detector beside the image, of a fan', { ...fan, axis: 500 }, /axis: no ray meets the image/],
  ])('%s', (_, value, message) => {
    let error: unknown;
    try {
      parseGeometry(value, 'scan.json');
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(message);
    expect((error as UserError).message).toMatch(/^scan\.json does not/);
  });

  test('operators check theirs too', async () => {
    expect(() => radon({ ...good, angles: [] })).toThrow(UserError);
    expect(() => radon(good, { muMax: 0 })).toThrow(/muMax/);
    await expect(fbp(tensor([1, 4, good.bins]), { ...good, binSize: 0 })).rejects.toThrow(/binSize/);
    expect(() => defaultGeometry({ views: 0 })).toThrow(/number of angles/);
  });
});

test('views chosen evenly out of a scan, opposite views counting as one angle', () => {
  const degrees = (list: number[]) => ({ ...good, angles: list.map((angle) => (angle * Math.PI) / 180) });
  const full = degrees(Array.from({ length: 181 }, (_, k) => k));
  expect(spreadViews(full, 4)).toEqual([0, 45, 90, 135]);
  expect(spreadViews(degrees([10, 100, 145, 235]), 3)).toEqual([0, 2, 3]);
  expect(new Set(spreadViews(full, 181)).size).toBe(181);
  expect(() => spreadViews(full, 182)).toThrow(/182 views of a scan of 181/);
});

test('selected views keep their angle and their row', () => {
  const sinogram = tensor(
    [1, 4, good.bins],
    Float32Array.from({ length: 4 * good.bins }, (_, i) => Math.floor(i / good.bins)),
  );
  const part = selectViews(good, sinogram, [3, 1]);
  expect(part.geometry.angles).toEqual([good.angles[3], good.angles[1]]);
  expect(part.sinogram.shape).toEqual([1, 2, good.bins]);
  expect([part.sinogram.data[0], part.sinogram.data[good.bins]]).toEqual([3, 1]);
});
