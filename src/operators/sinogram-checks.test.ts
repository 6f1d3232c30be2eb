import { expect, test } from 'vitest';
import { Random } from '../tensor/random.js';
import { mapTensor, type Tensor } from '../tensor/tensor.js';
import { gaussianNoise, type ParallelGeometry, parseGeometry, sinogramWarnings, truncationOf } from './index.js';
import { closedFormSinogram } from './testing/ellipses.js';

const views = 60;
const angles = Array.from({ length: views }, (_, k) => (k * Math.PI) / views);
const geometry = parseGeometry({ size: [128, 128], pixelSize: 0.1, angles, bins: 128, binSize: 0.1, axis: 63.5 });

/** A disc, lengths in cm, attenuation per cm. */
function disc(radius: number, { mu = 0.2, x = 0, y = 0 } = {}, from: ParallelGeometry = geometry): Tensor {
  const clean = closedFormSinogram([{ x, y, a: radius, b: radius, mu, tilt: 0 }], from);
  return gaussianNoise(clean, 0.01, new Random(3));
}
const wide = parseGeometry({ ...geometry, bins: 201, axis: 100 });
const transmission = (scale: number) => mapTensor(disc(5), (value) => scale * Math.exp(-value));

test.each<[string, Tensor, ParallelGeometry, RegExp]>([
  ['an object wider than the detector', disc(8), geometry, /wider than the detector: the outermost bins reach 62 %/],
  ['one that sticks out on one side', disc(4, { x: 1.5, y: -2.2 }), geometry, /wider than the detector/],
  ['an object wider than the image', disc(8, {}, wide), wide, /wider than the image \(it reaches 16\.\d cm, the image 12\.8\)/],
  ['an axis six bins off', disc(5), { ...geometry, axis: 57.5 }, /axis seems to be at bin 63\.5, and the geometry has it at 57\.5/],
  ['an axis two bins off', disc(4, { x: 1, y: 0.5 }), { ...geometry, axis: 65.5 }, /axis seems to be at bin 63\.5/],
  ['counts', transmission(1e4), geometry, /look like counts.*-log/],
  ['transmissions', transmission(1), geometry, /transmissions, whose logarithm was forgotten/],
  ['the wrong sign', mapTensor(disc(5), (value) => -value), geometry, /negative in the mean.*sign is turned/],
  ['metal', disc(5, { mu: 0.6 }), geometry, /attenuates by 0\.60 per cm in the mean, and 0\.4 \(muMax\)/],
  ['lengths in mm', disc(5), { ...geometry, pixelSize: 1, binSize: 1 }, /0\.020 per cm in the mean, hardly more than air/],
  [
    'angles of another order',
    disc(3, { x: 2, y: 1 }),
    { ...geometry, angles: angles.map((_, k) => angles[(7 * k) % views]) },
    /centre does not move over the views as their angles say/,
  ],
  [
    'views of half the dose, not divided by it',
    { ...disc(5), data: disc(5).data.map((value, at) => (at < 64 * 60 ? value : 2 * value)) },
    geometry,
    /views' sums differ by 33 %/,
  ],
])('%s is told, once', (_, y, from, message) => {
  expect(sinogramWarnings(y, from, 0.01)).toEqual([expect.stringMatching(message)]);
});

test.each<[string, Tensor, ParallelGeometry]>([
  ['a disc in the middle', disc(5), geometry],
  ['a small one at the border', disc(1, { x: 4, y: 3 }), geometry],
  ['one that fills the detector', disc(6.1), geometry],
  ['few views', disc(5, {}, { ...geometry, angles: angles.slice(0, 3) }), { ...geometry, angles: angles.slice(0, 3) }],
  ['a limited angle', disc(4, { x: 2 }, { ...geometry, angles: angles.slice(0, 20) }), { ...geometry, angles: angles.slice(0, 20) }],
  ['an axis that is off, and known', disc(4, {}, { ...geometry, axis: 57.5 }), { ...geometry, axis: 57.5 }],
  ['metal, and muMax', disc(5, { mu: 0.6 }), { ...geometry, muMax: 1 }],
  ['nothing but noise', disc(5, { mu: 0 }), geometry],
])('nothing is told of %s', (_, y, from) => {
  expect(sinogramWarnings(y, from, 0.01)).toEqual([]);
});

test('how far an object reaches that the detector does not show', () => {
  expect(truncationOf(disc(8), geometry, 0.01).reach).toBeCloseTo(8, 0);
  expect(truncationOf(disc(8, {}, wide), wide, 0.01)).toMatchObject({ detector: false, image: true });
});
