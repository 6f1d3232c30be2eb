import { expect, test } from 'vitest';
import { tensor } from '../../tensor/tensor.js';
import { meaningOf } from './number-range.js';

const of = (type: 'i2' | 'u2' | 'f4', ...values: number[]) => meaningOf(tensor([values.length], values), type, 'x.nii');

test('what the command line knows is taken as there; what is stated is not doubted', () => {
  expect(of('f4', -0.5, 0.5)).toEqual({ range: [-1, 1], notices: [] });
  expect(of('u2', 0, 60_000)).toEqual({ range: [0, 65_535], notices: [] });
  expect(of('f4', 0, 0.9)).toMatchObject({ range: [0, 1], notices: [expect.stringContaining('taken on [0, 1]')] });
  expect(meaningOf(tensor([2], [-1000, 40]), 'i2', 'x.nii', [0, 40])).toEqual({ range: [0, 40], notices: [] });
});

test('what it refuses is guessed, and said', () => {
  expect(of('i2', -1024, 40, 1500)).toMatchObject({ range: 'hu', notices: [expect.stringContaining('look like Hounsfield units')] });
  expect(of('u2', 0, 4000).range).toEqual([0, 4095]);
  expect(of('i2', 0, 700).range).toEqual([0, 700]);
  expect(of('f4', -20_000, 5).range).toEqual([-20_000, 5]);
  expect(of('i2', 7, 7).range).toEqual([7, 8]);
  expect(of('i2', 0, 700).notices).toEqual([
    'x.nii does not say what its numbers mean. Those from 0 to 700 are shown with the least as black and the most as white; "More settings" has fields to say otherwise.',
  ]);
});
