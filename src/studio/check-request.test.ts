import { expect, test } from 'vitest';
import { jobRequestSchema } from './api.js';
import { checkRequest } from './check-request.js';

const id = 'mf3k2q9x-00112233aabbccdd';
const image = { kind: 'picture', width: 64, height: 64 } as const;
const check = (wish: object, more: object = {}) =>
  checkRequest(jobRequestSchema.parse({ image: id, ...wish }), { image, ...more } as Parameters<typeof checkRequest>[1], {
    priors: ['ct-pixel'],
    limits: { side: 1024 } as Parameters<typeof checkRequest>[2]['limits'],
  });

test.each(['ct', 'ct-fan', 'ct-limited'])('%s is CT: with its methods and its windows', (task) => {
  expect(check({ task, method: 'fbp', window: 'soft', size: 64 }).title).toMatch(/ by FBP/);
});

test('what is for CT alone is refused elsewhere', () => {
  expect(() => check({ task: 'sr4', method: 'fbp', size: 64 })).toThrow(/FBP is for CT/);
  expect(() => check({ task: 'sr4', method: 'tv', window: 'soft', size: 64 })).toThrow(/window is for CT/);
});

test('a run is taken up from an NPY with its place, by a method that can', () => {
  const [from, numbers] = [{ task: 'ct', size: 64, from: id, done: 0.5 }, { from: { kind: 'numbers' } }];
  expect(check({ ...from, method: 'diffpir' }, numbers).request).toMatchObject({ from: id, done: 0.5 });
  expect(() => check({ ...from, done: undefined, method: 'diffpir' }, numbers)).toThrow(/`from` and `done` belong together/);
  expect(() => check({ ...from, method: 'ddrm' }, numbers)).toThrow(/DDRM cannot be taken up/);
  expect(() => check({ ...from, method: 'diffpir' }, { from: image })).toThrow(/is an NPY, and no picture/);
});
