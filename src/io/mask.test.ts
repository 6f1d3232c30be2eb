import { expect, test } from 'vitest';
import { kernelFromPicture } from './kernel-picture.js';
import { holesFromPicture, observedFromAlpha } from './mask.js';
import { pictureFromSamples } from './picture.js';

const grey = (...samples: number[]) => pictureFromSamples(Uint8Array.from(samples), samples.length / 2, 2, 1, 'png');
const veiled = (...samples: number[]) => pictureFromSamples(Uint8Array.from(samples), samples.length / 2, 1, 2, 'png');
const colour = (...samples: number[]) => pictureFromSamples(Uint8Array.from(samples), samples.length / 3, 1, 3, 'png');

test('white is to be filled in, black is kept, at the half', () => {
  const mask = holesFromPicture(grey(0, 255, 127, 128, 3, 250));
  expect(mask.shape).toEqual([2, 3]);
  expect([...mask.data]).toEqual([1, 0, 1, 0, 1, 0]);
  expect([...holesFromPicture(colour(255, 0, 0, 0, 255, 0, 0, 0, 0, 255, 255, 0)).data]).toEqual([1, 0, 1, 0]); // by luma: red is dark
});

test('a mask that marks nothing or everything is refused', () => {
  expect(() => holesFromPicture(grey(0, 1, 2, 100), 'm.png')).toThrow(/m\.png marks nothing.*Paint white/);
  expect(() => holesFromPicture(grey(255, 255, 200, 200), 'm.png')).toThrow(/m\.png marks everything.*Paint black/);
});

test('transparent pixels are the holes of a mask, whatever their colour; white on transparent is ambiguous', () => {
  expect([...holesFromPicture(veiled(0, 255, 255, 0, 0, 100, 255, 200)).data]).toEqual([1, 0, 0, 1]);
  expect(() => holesFromPicture(veiled(0, 0, 255, 255), 'm.png')).toThrow(/m\.png is white on a transparent ground/);
});

test('what was erased from a picture is missing', () => {
  const observed = observedFromAlpha(veiled(10, 255, 20, 0, 30, 127, 255, 128));
  expect(observed.shape).toEqual([1, 4]);
  expect([...observed.data]).toEqual([1, 0, 0, 1]);
  expect(() => observedFromAlpha(grey(0, 255), 'a.png')).toThrow(/a\.png has no transparent pixel/);
  expect(() => observedFromAlpha(veiled(0, 255, 0, 200), 'a.png')).toThrow(/a\.png has no transparent pixel/); // a mere veil
  expect(() => observedFromAlpha(veiled(9, 0, 9, 0), 'a.png')).toThrow(/a\.png is transparent everywhere/);
});

test('a kernel picture: black 0, white 1, colour by luma, transparent as black, not scaled', () => {
  const kernel = kernelFromPicture(grey(0, 51, 255, 0));
  expect(kernel.shape).toEqual([2, 2]);
  expect([...kernel.data].map((x) => Number(x.toFixed(6)))).toEqual([0, 0.2, 1, 0]);
  expect(kernel.data[0]).toBe(0);
  expect(kernelFromPicture(colour(255, 0, 0)).data[0]).toBeCloseTo(0.299, 6);
  expect([...kernelFromPicture(veiled(255, 0, 255, 51)).data].map((x) => Number(x.toFixed(6)))).toEqual([0, 0.2]);
});
