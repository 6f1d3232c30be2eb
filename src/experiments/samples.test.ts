import { expect, test } from 'vitest';
import { Random } from '../tensor/random.js';
import { mapTensor, tensor } from '../tensor/tensor.js';
import { meanOf, summariseSamples } from './samples.js';
import { residualWarning } from './warnings.js';

test('mean, deviation and quantiles of samples, pixel by pixel', () => {
  const images = [1, 2, 3, 4, 10].map((v) => tensor([1, 1, 1, 2], [v, -v]));
  const { deviation, quantiles } = summariseSamples(images);
  expect([...meanOf(images).data]).toEqual([4, -4]);
  expect(deviation.data[0]).toBeCloseTo(Math.sqrt((9 + 4 + 1 + 0 + 36) / 4), 5);
  expect(quantiles.low.data[0]).toBeCloseTo(1.2, 5);
  expect(quantiles.high.data[0]).toBeCloseTo(8.8, 5);
  expect(quantiles.low.data[1]).toBeCloseTo(-8.8, 5);
});

test('samples whose spread is that of the error are seen to be so', () => {
  const random = new Random(3);
  const scale = mapTensor(tensor([1, 1, 40, 40]), () => Math.exp(random.normal()));
  const draw = () => mapTensor(scale, (s) => s * random.normal());
  const truth = draw();
  const { calibration } = summariseSamples(Array.from({ length: 30 }, draw), truth);
  // the mean of n samples of a calibrated posterior is off by sqrt(1 + 1 / n) of its deviation
  expect(calibration!.errorToSpread).toBeGreaterThan(0.85);
  expect(calibration!.errorToSpread).toBeLessThan(1.2);
  expect(calibration!.correlation).toBeGreaterThan(0.4);
  // of 1600 pixels a share of 0.88 is off by 0.008 by chance, and a rank has 52 of them, give or take 7
  expect(Math.abs(calibration!.coverage.found - calibration!.coverage.expected)).toBeLessThan(0.025);
  expect(calibration!.ranks.reduce((a, b) => a + b)).toBe(1600);
  for (const count of calibration!.ranks) expect(Math.abs(count - 1600 / 31)).toBeLessThan(26);
  const confident = summariseSamples(
    [truth, mapTensor(truth, (v) => v + 1e-3)].map((x) => mapTensor(x, (v) => v + 1)),
    truth,
  );
  expect(confident.calibration!.errorToSpread).toBeGreaterThan(100);
  expect(confident.calibration!.coverage.found).toBe(0);
  expect(confident.calibration!.ranks).toEqual([1600, 0, 0]); // all samples are above the truth
  // the first and last twentieth of two samples are near them: a third draw is between with somewhat less than 1/3
  expect(confident.calibration!.coverage.expected).toBeCloseTo(0.3, 10);
});

test('a residual far from the noise is warned of, with what it may mean; one near is not', () => {
  const at = (ratio: number, ofCt = true) => residualWarning(ratio * 0.04, { sigma: 0.2 }, ofCt);
  for (const ratio of [0.51, 1, 1.99]) expect(at(ratio)).toBeUndefined();
  expect(at(0.3)).toMatch(/0\.30 sigma\^2.*sigma is probably too large/);
  expect(at(80)).toMatch(/80 sigma\^2.*logarithm.*axis/);
  expect(at(80, false)).toMatch(/blur, mask/);
  expect(residualWarning(1, { sigma: 0 }, true)).toBeUndefined();
});
