import { expect, test } from 'vitest';
import { methods } from '../solvers/methods/index.js';
import { withUsualPrior } from './usual-prior.js';

type Choice = { method: string; preset?: string; prior?: string };

test('where no prior is named, it is one that method and preset can use', () => {
  const usual = (method: string, preset?: string) => withUsualPrior<Choice>({ method, preset }, 'ct').prior;
  expect(usual('resample')).toBe('ct-pixel');
  expect(usual('resample', 'fast')).toBe('ct');
  expect(usual('resample-as-published')).toBe('ct');
  expect(withUsualPrior<Choice>({ method: 'resample', prior: 'mine' }, 'photo').prior).toBe('mine');
  expect([usual('fbp-unet'), usual('admm-pnp'), usual('pnp-unet')]).toEqual(['ct-fbp-unet', 'ct-dncnn', 'ct-pixel']);
  expect(withUsualPrior<Choice>({ method: 'admm-pnp' }, 'photo').prior).toBe('photo-dncnn');
  const shipped = new Map([
    ['ct', 'latent'],
    ['ct-pixel', 'pixel'],
    ['ct-dncnn', 'pixel'],
    ['ct-fbp-unet', 'restorer'],
  ]);
  for (const { name, needs, variants } of methods.filter(({ needs }) => needs.prior))
    expect([name, needs.prior, variants.some(({ space }) => space === shipped.get(usual(name)))]).toEqual([name, true, true]);
});
