import { expect, test } from 'vitest';
import { scheduleSchema } from './config.js';
import { alphaBarOf, linearAlphaBar, scaledLinearAlphaBar, squaredCosineAlphaBar } from './schedule.js';

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

test('the squared cosine has the values of improved DDPM', () => {
  const alphaBar = squaredCosineAlphaBar();
  const share = (u: number) => Math.cos(((u + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
  for (const t of [0, 1, 499, 900]) expect(alphaBar[t]).toBeCloseTo(share((t + 1) / 1000) / share(0), 12);
  // the last steps would lose more than 99.9 %
  expect(alphaBar[999] / alphaBar[998]).toBeCloseTo(0.001, 12);
});

test('a configuration names its schedule or lists it', () => {
  const of = (config: object) => Array.from(alphaBarOf(scheduleSchema.parse(config)));
  expect(of({})).toEqual(Array.from(scaledLinearAlphaBar()));
  expect(of({ kind: 'linear', levels: 10, betaStart: 1e-4, betaEnd: 0.02 })).toEqual(Array.from(linearAlphaBar({ levels: 10 })));
  expect(of({ kind: 'squared-cosine', levels: 10 })).toEqual(Array.from(squaredCosineAlphaBar({ levels: 10 })));
  expect(of({ kind: 'betas', levels: 2, betas: [0.5, 0.25] })).toEqual([0.5, 0.375]);
});

test('schedules fall strictly from below 1 to above 0, at other lengths and end points too', () => {
  for (const alphaBar of [scaledLinearAlphaBar(), linearAlphaBar(), linearAlphaBar({ levels: 7, betaEnd: 0.5 }), squaredCosineAlphaBar()]) {
    const fenced = [1, ...alphaBar, 0];
    for (let t = 1; t < fenced.length; t++) expect(fenced[t]).toBeLessThan(fenced[t - 1]);
  }
  expect(Array.from(linearAlphaBar({ levels: 1, betaStart: 0.25 }))).toEqual([0.75]);
});
