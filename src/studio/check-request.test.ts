import { expect, test } from 'vitest';
import { jobRequestSchema } from './api.js';
import { checkRequest } from './check-request.js';

const image = { kind: 'picture', width: 64, height: 64 } as const;
const check = (wish: object) =>
  checkRequest(jobRequestSchema.parse({ image: 'mf3k2q9x-00112233aabbccdd', ...wish }), { image } as Parameters<typeof checkRequest>[1], {
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
