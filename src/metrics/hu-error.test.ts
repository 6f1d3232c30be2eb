import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.js';
import { tissueErrors } from './index.js';

test('errors in HU by what the truth is: 1000 times those of the image, edges of the ranges where they belong', () => {
  // air, lung, fat (which is soft tissue too), soft, between soft and bone, bone
  const truth = tensor([1, 1, 1, 6], [-1, -0.7, -0.1, 0.05, 0.28, 0.9]);
  const image = tensor([1, 1, 1, 6], [-0.99, -0.68, -0.07, 0.01, 0.9, 0.4]);
  const errors = tissueErrors(image, truth);
  expect(Object.keys(errors)).toEqual(['air', 'lung', 'fat', 'soft', 'bone']);
  expect(errors.air).toBeCloseTo(10, 3);
  expect(errors.lung).toBeCloseTo(20, 3);
  expect(errors.fat).toBeCloseTo(30, 3);
  expect(errors.soft).toBeCloseTo(Math.sqrt((30 ** 2 + 40 ** 2) / 2), 3);
  expect(errors.bone).toBeCloseTo(500, 3);
  expect(tissueErrors(tensor([1, 1], [0]), tensor([1, 1], [0.01]))).toEqual({ soft: expect.closeTo(10, 3) });
  expect(() => tissueErrors(image, tensor([1], [0]))).toThrow(/one shape/);
});

test('another scale: x = 1 is 0.8 per cm, so a step of the image is twice as many HU', () => {
  const scale = { muWater: 0.2, muMax: 0.8 };
  // water lies at -0.5 there
  expect(tissueErrors(tensor([1, 1], [-0.49]), tensor([1, 1], [-0.5]), scale).soft).toBeCloseTo(20, 3);
});
