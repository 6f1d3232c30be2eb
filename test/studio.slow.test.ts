import { expect, test } from 'vitest';
import { encodePng } from '../src/io/node/index.js';
import type { JobView } from '../src/studio/api.js';
import { Random } from '../src/tensor/random.js';
import { tensor } from '../src/tensor/tensor.js';
import { memoryOf, studioData, studioProcess } from './studio-process.js';

const quick = { method: 'tv', set: { iterations: 10 }, size: 48, angles: 6, baseline: 'none' } as const;

test('20 uploads at once: all are served, in their order, none is lost, and memory stays bounded', async () => {
  const studio = await studioProcess(await studioData());
  const visitor = studio.visitor();
  await visitor.fetch('/api/jobs'); // a browser has its cookie before it sends many at once
  // as large as a camera's, and of noise, which no format makes small
  const random = new Random(1);
  const picture = await encodePng(
    tensor(
      [3, 1200, 1200],
      Array.from({ length: 3 * 1200 * 1200 }, () => random.uniform(-1, 1)),
    ),
  );
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, memoryOf(studio.pid)?.children ?? 0);
  }, 100);
  try {
    const files = await Promise.all(Array.from({ length: 20 }, (_, k) => visitor.uploaded(picture, `photo-${k}.png`)));
    expect(new Set(files.map(({ id }) => id)).size).toBe(20);
    const jobs = await Promise.all(files.map(({ id: image }) => visitor.submitted({ image, ...quick })));
    const ends = await Promise.all(jobs.map(({ id }) => visitor.events(id)));
    expect(ends.map((events) => events.at(-1)?.type)).toEqual(jobs.map(() => 'done'));
    const history = (await (await visitor.fetch('/api/jobs')).json()) as JobView[];
    expect(history.map(({ id }) => id).sort()).toEqual(jobs.map(({ id }) => id).sort());
    const started = history.map((job) => job.started!);
    expect([...started].sort().reverse()).toEqual(started);
  } finally {
    clearInterval(watch);
  }
  const memory = memoryOf(studio.pid);
  if (process.env.POSTERIORI_MEASURE) console.log(`server ${memory?.peak} MB at most, its processes ${most} MB`);
  // twenty such pictures, decoded, would be 690 MB
  expect(memory?.peak ?? 0).toBeLessThan(350);
  expect(most).toBeLessThan(900);
});
