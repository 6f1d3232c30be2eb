import { expect, test } from 'vitest';
import { methods } from '../solvers/methods/index.js';
import { withUsualPrior } from './flags.js';

type Choice = { method: string; preset?: string; prior?: string };

test('where no prior is named, it is one that method and preset can use', () => {
  const usual = (method: string, preset?: string) => withUsualPrior<Choice>({ method, preset }, 'ct').prior;
  expect(usual('resample')).toBe('ct-pixel');
  expect(usual('resample', 'fast')).toBe('ct');
  expect(usual('resample-as-published')).toBe('ct');
  expect(withUsualPrior<Choice>({ method: 'resample', prior: 'mine' }, 'photo').prior).toBe('mine');
  for (const { name, needs, variants } of methods.filter(({ needs }) => needs.prior))
    expect([name, needs.prior, variants.some(({ space }) => space === (usual(name) === 'ct' ? 'latent' : 'pixel'))]).toEqual([
      name,
      true,
      true,
    ]);
});
