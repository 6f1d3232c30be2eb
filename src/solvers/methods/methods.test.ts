import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { PixelPrior } from '../../priors/index.js';
import { UsageError } from '../../tensor/errors.js';
import { methodsPage, methodsTable } from './describe.js';
import { findMethod, methods, presetsOf, resolveOptions, variantOf } from './index.js';

const everyPreset = methods.flatMap((method) => presetsOf(method).map((preset) => [method.title, preset, method] as const));

describe.each(everyPreset)('%s, %s', (_, preset, method) => {
  const { options: schema } = variantOf(method, preset);
  const base = resolveOptions(method, preset);

  test('every option has a range and a meaning, and the preset lies within', () => {
    expect(Object.keys(base).sort()).toEqual(Object.keys(schema.shape).sort());
    for (const [name, option] of Object.entries(schema.shape)) {
      const { meaning, range } = (option as { meta(): Record<string, unknown> }).meta() ?? {};
      expect(meaning, name).toBeTypeOf('string');
      expect(range, name).toBeTypeOf('string');
    }
  });

  test('values that no option can take are refused before anything is computed, and those taken are finite', () => {
    for (const name of Object.keys(base)) {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1e300, '1e300', 'text', '', {}, []])
        expect(() => resolveOptions(method, preset, { [name]: value }), `${name} = ${value}`).toThrow(UsageError);
      for (const value of [-1, 0, 0.5, 1e9, '-1', '0.5']) {
        let taken: unknown;
        try {
          taken = resolveOptions(method, preset, { [name]: value })[name];
        } catch (error) {
          expect(error, `${name} = ${value}`).toBeInstanceOf(UsageError);
          expect((error as Error).message, `${name} = ${value}`).toMatch(new RegExp(`${name}|sigmaM`));
          continue;
        }
        expect(taken, name).toBe(Number(value));
        // a step, an iteration or a pair is whole and there are not a thousand million of them
        if (Number.isInteger(base[name]) && /steps|iterations|history|every|lookAhead|plateau/i.test(name)) expect(taken).toBe(0);
      }
    }
  });
});

test('one option is as ready to be wrong as another: whole numbers take no half, words only their words', () => {
  const resample = findMethod('resample');
  for (const name of ['steps', 'cgIterations', 'finalPixelIterations', 'latentIterations'])
    expect(() => resolveOptions(resample, 'fast', { [name]: 0.5 })).toThrow(`${name}: must be a whole number`);
  expect(() => resolveOptions(resample, 'fast', { mapping: 'encode' })).toThrow('resampling, encoding');
  expect(() => resolveOptions(resample, 'fast', { nosuch: 1 })).toThrow('no option "nosuch"');
  expect(() => resolveOptions(resample, 'slow')).toThrow('fast');
  expect(() => findMethod('toString')).toThrow('There is no method');
});

test('a preset for the other kind of prior is refused, and values that the prior cannot take', () => {
  const prior = { space: 'pixel', name: 'p', channels: 1, noise: [0.02, 1], denoise: (x) => x } satisfies PixelPrior as PixelPrior;
  const resample = findMethod('resample');
  expect(() => resolveOptions(resample, 'fast', {}, prior)).toThrow('"fast" is for latent priors, and "p" is a pixel prior');
  expect(() => resolveOptions(resample, 'pixel', {}, prior)).toThrow('knows noise of 0.02 to 1');
  expect(resolveOptions(resample, 'pixel', { sigmaMin: 0.02 }, prior)).toMatchObject({ sigmaMin: 0.02 });
});

test('the table of methods names each with its presets', () => {
  const table = methodsTable();
  for (const method of methods) for (const text of [method.title, method.kind, ...presetsOf(method)]) expect(table).toContain(text);
});

test('docs/methods.md is what the methods say of themselves (posteriori methods --markdown)', () => {
  expect(readFileSync(new URL('../../../docs/methods.md', import.meta.url), 'utf8')).toBe(methodsPage());
});
