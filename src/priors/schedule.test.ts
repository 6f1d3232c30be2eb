import { expect, test } from 'vitest';
import { linearAlphaBar, scaledLinearAlphaBar } from './schedule.js';

test('the scaled linear schedule has the values of latent diffusion', () => {
  const alphaBar = scaledLinearAlphaBar();
  expect(alphaBar.length).toBe(1000);
  expect(alphaBar[0]).toBeCloseTo(0.9985, 12);
  expect(alphaBar[1]).toBeCloseTo(0.996994, 6);
  expect(alphaBar[999]).toBeCloseTo(1.423e-4, 7);
});

test('the linear schedule has the values of DDPM', () => {
  const alphaBar = linearAlphaBar();
  expect(alphaBar[0]).toBeCloseTo(1 - 1e-4, 12);
  expect(alphaBar[999] / 4.0358e-5).toBeCloseTo(1, 4);
});

test('schedules fall strictly from below 1 to above 0, at other lengths and end points too', () => {
  for (const alphaBar of [scaledLinearAlphaBar(), linearAlphaBar(), linearAlphaBar({ levels: 7, betaEnd: 0.5 })]) {
    const fenced = [1, ...alphaBar, 0];
    for (let t = 1; t < fenced.length; t++) expect(fenced[t]).toBeLessThan(fenced[t - 1]);
  }
  expect(Array.from(linearAlphaBar({ levels: 1, betaStart: 0.25 }))).toEqual([0.75]);
});
