import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { npyTensor, parseNpy } from '../../io/index.js';
import type { FileView, JobView } from '../api.js';
import { answer, disc, discNpy, refusal, testStudio, Visitor } from '../testing/test-studio.js';
import { timeOf } from './ids.js';
import { openStudio, type Studio } from './studio-server.js';

const visitorOf = ({ app }: Pick<Studio, 'app'>) => new Visitor((url, init) => app.request(url, init));
const DAY = 24 * 3600 * 1000;

/** Give what lies in a folder ids of so many days ago: by them the studio knows how old it is. */
async function age(folder: string, days: number): Promise<void> {
  for (const id of await readdir(folder)) {
    const older = `${(timeOf(id) - days * DAY).toString(36)}-${id.split('-')[1]}`;
    await rename(join(folder, id), join(folder, older));
  }
}

test('uploads and jobs of long ago are removed when the studio starts; what a job needs stays, and all of it without a limit', async () => {
  const first = await testStudio({ limits: { keepDays: null } });
  const { data } = first;
  const visitor = visitorOf(first);
  const { id: image } = await visitor.uploaded(await disc());
  const job = await visitor.submitted({ image, method: 'fbp', size: 48, angles: 6, baseline: 'none' });
  await visitor.events(job.id);
  await first.close();
  const [user] = await readdir(join(data, 'users'));
  const folder = (kind: string) => join(data, 'users', user, kind);
  await age(folder('files'), 40);
  const counts = async (keepDays: number | null) => {
    const studio = await openStudio({ data, page: join(data, 'no-page'), limits: { keepDays } });
    await studio.close();
    return Promise.all(['files', 'jobs'].map(async (kind) => (await readdir(folder(kind))).length));
  };
  expect(await counts(null)).toEqual([1, 1]);
  expect(await counts(41)).toEqual([1, 1]);
  // the job is as old as its end, which was today
  await age(folder('jobs'), 40);
  expect(await counts(30)).toEqual([0, 1]);
  expect(await counts(1e-9)).toEqual([0, 0]);
});

test('an upload comes back as it was, and is made into an image that a model takes', async () => {
  const visitor = visitorOf(await testStudio());
  const picture = await disc(50);
  const { id } = await visitor.uploaded(picture, 'disc.png');
  const content = await visitor.fetch(`/api/files/${id}/content`);
  expect(content.headers.get('Content-Disposition')).toBe('attachment');
  expect(Buffer.from(await content.arrayBuffer()).equals(Buffer.from(picture))).toBe(true);

  const prepare = (wish: object, of = id) =>
    visitor.fetch(`/api/files/${of}/prepared`, {
      method: 'POST',
      body: JSON.stringify(wish),
      headers: { 'Content-Type': 'application/json' },
    });
  const photo = await answer<FileView>(await prepare({ side: 40 }), 201);
  expect(photo).toMatchObject({ name: 'disc.png', kind: 'numbers', shape: [3, 40, 40], prepared: { ct: false } });
  const slice = await answer<FileView>(await prepare({ side: 64, as: 'ct' }), 201);
  expect(slice).toMatchObject({ shape: [1, 64, 64], prepared: { ct: true } });
  const made = await visitor.fetch(`/api/files/${slice.id}/content`);
  const { shape, data } = npyTensor(parseNpy(new Uint8Array(await made.arrayBuffer())));
  expect(shape).toEqual([1, 64, 64]);
  expect([data[0], data[32 * 64 + 32]].map((x) => x.toFixed(1))).toEqual(['-1.0', '0.2']);
  // and it is an image like any other
  const job = await visitor.submitted({
    image: slice.id,
    method: 'fbp',
    size: 'native',
    range: [-1, 1],
    angles: 6,
    fieldOfView: 25,
    baseline: 'none',
  });
  expect((await visitor.events(job.id)).at(-1)?.type).toBe('done');
  expect((await answer<JobView>(await visitor.fetch(`/api/jobs/${job.id}`), 200)).notices).toEqual([]);

  expect(await refusal(await prepare({ side: 4096 }))).toMatch(/^422 The image would have 4096 pixels a side/);
  expect(await refusal(await prepare({ side: 64, path: '/etc' }))).toMatch(/^400 The request is wrong/);
  const small = await visitor.uploaded(discNpy(16), 'small.npy');
  expect(await refusal(await prepare({ as: 'photo' }, small.id))).toMatch(/^422 The picture has 16 x 16 pixels; 32 a side are the least/);
  const another = visitorOf({ app: (await testStudio()).app });
  expect((await another.fetch(`/api/files/${id}/content`)).status).toBe(404);
});
