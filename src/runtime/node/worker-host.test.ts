import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { awaitEnd } from './worker-host.js';

test('a worker that never ends by itself is ended, and one that says it never does is not waited for', async () => {
  const busy = new Worker('setInterval(() => {}, 1000)', { eval: true });
  await once(busy, 'online');
  const exit = once(busy, 'exit');
  await awaitEnd(busy, new Promise(() => {}), 1);
  expect(await exit).toEqual([1]);
});

test('a worker that ends is left to it', async () => {
  const quick = new Worker('', { eval: true });
  const exited = once(quick, 'exit');
  await awaitEnd(
    quick,
    exited.then(() => {}),
    600_000,
  );
  expect(await exited).toEqual([0]);
});
