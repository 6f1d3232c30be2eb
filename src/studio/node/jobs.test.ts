import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { formatNpy } from '../../io/index.js';
import { encodePng } from '../../io/node/index.js';
import { tensor } from '../../tensor/tensor.js';
import type { JobView, JobWish } from '../api.js';
import { answer, disc, refusal, testStudio, Visitor } from '../testing/test-studio.js';
import { openStudio, type Studio } from './studio-server.js';

const quick: Partial<JobWish> = { method: 'fbp', size: 48, angles: 6, baseline: 'none' };
const long: Partial<JobWish> = { method: 'sirt', set: { iterations: 100_000 }, sigma: 0, size: 64, angles: 20, baseline: 'none' };

const visitorOf = ({ app }: Pick<Studio, 'app'>) => new Visitor((url, init) => app.request(url, init));
const running = (visitor: Visitor, id: string) =>
  vi.waitUntil(async () => (await visitor.job(id)).progress, { timeout: 60_000, interval: 50 });

describe('a job', () => {
  test('from upload to report: events, figures, files, history', async () => {
    const visitor = visitorOf(await testStudio());
    const { id: image } = await visitor.uploaded(await disc(), '<b>disc</b>.png');
    const job = await visitor.submitted({ image, method: 'tv', size: 48, angles: 12, set: { iterations: 20 } });
    const events = await visitor.events(job.id);
    expect(events.at(-1)?.type).toBe('done');
    const done = await visitor.job(job.id);
    expect(done).toMatchObject({ status: 'done', restarts: 0, title: 'CT by parallel beams by TV' });
    expect(done.result?.figures.map(({ method }) => method)).toEqual(['fbp', 'tv']);
    expect(done.result?.figures[1].psnr).toBeGreaterThan(20);
    expect(done.notices[0]).toMatch(/State its width with `fieldOfView`/);

    const file = (name: string) => visitor.fetch(`/api/jobs/${job.id}/${name}`);
    for (const name of done.result!.files) {
      const response = await file(name);
      expect([name, response.status]).toEqual([name, 200]);
      expect((await response.arrayBuffer()).byteLength).toBe(Number(response.headers.get('Content-Length')));
    }
    expect(done.result!.files).toEqual(
      expect.arrayContaining([
        'reconstruction.png',
        'reconstruction.npy',
        'fbp.png',
        'truth.png',
        'measurement.png',
        'manifest.json',
        'report.html',
      ]),
    );
    const report = await file('report.html');
    expect(report.headers.get('Content-Security-Policy')).toMatch(/^sandbox allow-scripts; default-src 'none'/);
    expect(await report.text()).not.toContain('<b>disc');
    for (const name of ['state.json', '..%2fstate.json', '..%2f..%2f..%2ffiles', '%2e%2e', 'reconstruction.png%00', 'result%2freport.html'])
      expect([400, 404]).toContain((await file(name)).status);

    const history = (await (await visitor.fetch('/api/jobs')).json()) as JobView[];
    expect(history.map(({ id, status }) => [id, status])).toEqual([[job.id, 'done']]);
    expect((await visitor.fetch(`/api/jobs/${job.id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await file('report.html')).status).toBe(404);
  });

  test('many at once: every one is done, in the order they came', async () => {
    const visitor = visitorOf(await testStudio());
    await visitor.fetch('/api/jobs'); // a browser has its cookie before it sends many at once
    const picture = await disc();
    const files = await Promise.all(Array.from({ length: 6 }, (_, k) => visitor.uploaded(picture, `${k}.png`)));
    const jobs = await Promise.all(files.map(({ id: image }) => visitor.submitted({ image, ...quick })));
    const ends = await Promise.all(jobs.map(({ id }) => visitor.events(id)));
    expect(ends.map((events) => events.at(-1)?.type)).toEqual(jobs.map(() => 'done'));
    const history = (await (await visitor.fetch('/api/jobs')).json()) as JobView[];
    expect(history.map(({ request }) => request.image).sort()).toEqual(files.map(({ id }) => id).sort());
    // the history has them as they came, the last first; which that is of six at once is the network's doing
    expect(
      history
        .map(({ started }) => started)
        .sort()
        .reverse(),
    ).toEqual(history.map(({ started }) => started));
  });

  test('a line that breaks: events go on after the last id, and none comes twice', async () => {
    const visitor = visitorOf(await testStudio());
    const { id: image } = await visitor.uploaded(await disc());
    const { id } = await visitor.submitted({ image, ...long });
    const first = await visitor.events(id, { enough: (events) => events.some(({ estimate }) => estimate) });
    expect(first.map(({ type }) => type)).toEqual(expect.arrayContaining(['started', 'step']));
    expect(first.find(({ estimate }) => estimate)?.estimate).toMatch(/^data:image\/png;base64,/);
    const after = first.at(-1)!.id;
    const second = await visitor.events(id, { after, enough: (events) => events.length > 3 });
    const number = (event: { id: string }) => Number(event.id.split('.')[1]);
    expect(number(second[0])).toBe(Number(after.split('.')[1]) + 1);
    expect(second.every(({ type }) => type === 'step')).toBe(true);

    // cancelled while nobody listens
    const cancelled = await answer<JobView>(await visitor.fetch(`/api/jobs/${id}`, { method: 'DELETE' }), 200);
    expect(cancelled.status).toBe('cancelled');
    const third = await visitor.events(id, { after: second.at(-1)!.id });
    expect(third.at(-1)?.type).toBe('cancelled');
    // and a browser that comes again is told to stop
    expect((await visitor.fetch(`/api/jobs/${id}/events`, { headers: { 'Last-Event-ID': third.at(-1)!.id } })).status).toBe(204);
    expect((await visitor.job(id)).status).toBe('cancelled');
  });

  test('a process that is killed is replaced and the job started again; one that always dies fails with a sentence', async () => {
    const studio = await testStudio();
    const visitor = visitorOf(studio);
    const { id: image } = await visitor.uploaded(await disc());
    const { id } = await visitor.submitted({ image, ...long, set: { iterations: 600 } });
    await running(visitor, id);
    process.kill(studio.jobs.processes[0], 'SIGKILL');
    const events = await visitor.events(id);
    expect(events.at(-1)?.type).toBe('done');
    expect(await visitor.job(id)).toMatchObject({ status: 'done', restarts: 1 });

    const other = await visitor.submitted({ image, ...long });
    for (let k = 0; k < 3; k++) {
      await running(visitor, other.id);
      const [pid] = studio.jobs.processes;
      process.kill(pid, 'SIGKILL');
      await vi.waitUntil(() => studio.jobs.processes[0] !== pid, { timeout: 30_000 });
    }
    expect((await visitor.events(other.id)).at(-1)).toMatchObject({
      type: 'failed',
      message: expect.stringMatching(/SIGKILL.*Choose a smaller image/),
    });
    expect(await visitor.job(other.id)).toMatchObject({ status: 'failed', restarts: 2 });
    // and the queue goes on
    const { id: next } = await visitor.submitted({ image, ...quick });
    expect((await visitor.events(next)).at(-1)?.type).toBe('done');
  });

  test('the queue: places, its length, and what one user may have', async () => {
    const studio = await testStudio({ limits: { queue: 4, queuePerUser: 3 } });
    const [one, other] = [visitorOf(studio), visitorOf(studio)];
    const { id: image } = await one.uploaded(await disc());
    const { id: theirs } = await other.uploaded(await disc());
    const jobs = [];
    for (let k = 0; k < 3; k++) jobs.push(await one.submitted({ image, ...(k === 0 ? long : quick) }));
    expect(jobs.map(({ place }) => place)).toEqual([undefined, 1, 2]);
    expect(await refusal(await one.submit({ image, ...quick }))).toMatch(/^429 3 jobs of yours/);
    await other.submitted({ image: theirs, ...quick });
    const full = await other.submit({ image: theirs, ...quick });
    expect(full.headers.get('Retry-After')).toBe('10');
    expect(await refusal(full)).toMatch(/^429 4 jobs wait or run/);
    expect(await refusal(await one.fetch(`/api/files/${image}`, { method: 'DELETE' }))).toMatch(
      /^409 A job that waits or runs needs this file/,
    );
    const removed = await answer<JobView>(await one.fetch(`/api/jobs/${jobs[1].id}`, { method: 'DELETE' }), 200);
    expect(removed.status).toBe('cancelled');
    await one.fetch(`/api/jobs/${jobs[0].id}`, { method: 'DELETE' });
    expect((await one.events(jobs[2].id)).at(-1)?.type).toBe('done');
    expect((await one.job(jobs[1].id)).status).toBe('cancelled');
  });

  test('what takes too long is ended with a sentence', async () => {
    const visitor = visitorOf(await testStudio({ limits: { minutes: 0.05 } }));
    const { id: image } = await visitor.uploaded(await disc());
    const { id } = await visitor.submitted({ image, ...long });
    expect((await visitor.events(id)).at(-1)).toMatchObject({
      type: 'failed',
      message: expect.stringMatching(/longer than 0\.05 minutes/),
    });
  });

  test('results that cannot be written, as on a full disk, fail the job with a sentence', async () => {
    const studio = await testStudio();
    const visitor = visitorOf(studio);
    const { id: image } = await visitor.uploaded(await disc());
    const { id } = await visitor.submitted({ image, ...long, set: { iterations: 600 } });
    await running(visitor, id);
    const user = (await readdir(join(studio.data, 'users')))[0];
    // a folder where a file ought to go: what the system says of it is another word than ENOSPC, the way is the same
    await mkdir(join(studio.data, 'users', user, 'jobs', id, 'result', 'report.html'), { recursive: true });
    const end = (await visitor.events(id)).at(-1);
    expect(end).toMatchObject({ type: 'failed', message: expect.stringMatching(/the studio's folder/) });
    expect(end?.message).not.toContain(studio.data);
  });

  test('a disk that gets full: uploads, requests and results say so, and no job is stuck', async (context) => {
    const data = await mkdtemp(join(tmpdir(), 'posteriori-full-'));
    onTestFinished(() => rm(data, { recursive: true, force: true, maxRetries: 5 }));
    const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', data]);
    if (mount.status !== 0) return context.skip('a small disk can be made by root on Linux alone');
    const studio = await openStudio({ data, spare: 0 });
    onTestFinished(async () => {
      await studio.close();
      spawnSync('umount', ['-l', data]);
    });
    const visitor = visitorOf(studio);
    const { id: image } = await visitor.uploaded(await disc());
    const { id } = await visitor.submitted({ image, ...long, set: { iterations: 600 } });
    await running(visitor, id);
    await writeFile(join(data, 'filler'), Buffer.alloc(2 ** 20)).catch(() => {});
    expect(await refusal(await visitor.upload(await disc()))).toMatch(/^507 The disk of the server is full/);
    expect(await refusal(await visitor.submit({ image, ...quick }))).toMatch(/^507/);
    expect((await visitor.events(id)).at(-1)).toMatchObject({ type: 'failed', message: expect.stringMatching(/disk.* full/) });
    expect((await visitor.job(id)).status).toBe('failed');
    await rm(join(data, 'filler'));
    expect((await visitor.job(id)).status).toBe('failed');
    const { id: next } = await visitor.submitted({ image, ...quick });
    expect((await visitor.events(next)).at(-1)?.type).toBe('done');
  });

  test('a server that ends and begins anew: what was done is there, what ran and waited goes on in its order', async () => {
    const data = await mkdtemp(join(tmpdir(), 'posteriori-studio-'));
    onTestFinished(() => rm(data, { recursive: true, force: true, maxRetries: 5 }));
    const first = await openStudio({ data });
    let { app } = first;
    const visitor = new Visitor((url, init) => app.request(url, init));
    const { id: image } = await visitor.uploaded(await disc());
    const done = await visitor.submitted({ image, ...quick });
    await visitor.events(done.id);
    const ran = await visitor.submitted({ image, ...long, set: { iterations: 600 } });
    const waited = await visitor.submitted({ image, ...quick });
    const heard = await visitor.events(ran.id, { enough: (events) => events.some(({ type }) => type === 'step') });
    await expect(openStudio({ data })).rejects.toThrow(/Another studio is at work/);
    await first.close();

    const second = await testStudio({ data });
    ({ app } = second);
    expect(second.resumed).toBe(2);
    expect((await visitor.fetch(`/api/jobs/${done.id}/reconstruction.png`)).status).toBe(200);
    expect((await visitor.events(done.id)).map(({ type }) => type)).toEqual(['done']);
    // who comes back with an id of the first server hears the run from its beginning
    const again = await visitor.events(ran.id, { after: heard.at(-1)!.id });
    expect(again.at(-1)?.type).toBe('done');
    await visitor.events(waited.id);
    const [b, a] = [await visitor.job(waited.id), await visitor.job(ran.id)];
    expect([a.status, b.status]).toEqual(['done', 'done']);
    expect(Date.parse(b.started!)).toBeGreaterThanOrEqual(Date.parse(a.finished!));
    const [user] = await readdir(join(data, 'users'));
    expect(JSON.parse(await readFile(join(data, 'users', user, 'jobs', ran.id, 'state.json'), 'utf8')).status).toBe('done');
  });
});

describe('what cannot be done is said before it waits', () => {
  let visitor: Visitor;
  let close: () => Promise<void>;
  let data: string;
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'posteriori-studio-'));
    const studio = await openStudio({ data, limits: { side: 200 } });
    close = studio.close;
    visitor = visitorOf(studio);
    const put = async (name: string, bytes: Uint8Array) => {
      ids[name] = (await visitor.uploaded(bytes, name)).id;
    };
    await put('image', await disc());
    await put('large', await disc(300));
    await put('wide', await encodePng(tensor([1, 20, 40])));
    await put('mask', await encodePng(tensor([30, 30])));
    await put('y', formatNpy(tensor([6, 70])));
  });
  afterAll(async () => {
    await close();
    await rm(data, { recursive: true, force: true, maxRetries: 5 });
  });

  const geometry = { size: [48, 48], pixelSize: 0.5, angles: [0, 0.5, 1, 1.5, 2, 2.5], bins: 70, binSize: 0.5, axis: 34.5 };
  test.each<[object, RegExp]>([
    [{}, /^422 There is nothing to reconstruct from/],
    [{ image: 'image', measurement: 'y' }, /^422 Both/],
    [{ image: 'image', task: 'nope' }, /^422 There is no task "nope"/],
    [{ image: 'image', method: 'nope' }, /^422 There is no method "nope"/],
    [{ image: 'image', method: 'tv', set: { nope: 1 } }, /^422 .*no option "nope"/],
    [{ image: 'image', method: 'tv', preset: 'nope' }, /^422 .*no preset "nope"/],
    [{ image: 'image', method: 'fbp', task: 'sr4' }, /^422 FBP is for CT/],
    [{ image: 'image', method: 'tv', task: 'inpaint' }, /^422 The task inpaint needs a mask/],
    [{ image: 'image', method: 'tv', task: 'inpaint', mask: 'mask' }, /^422 The mask has 30 x 30 pixels, and the image 48 x 48/],
    [
      { image: 'image', method: 'tv', task: 'inpaint', mask: 'mask', size: 64 },
      /^422 The mask has 30 x 30 pixels, and what is reconstructed 64 x 64/,
    ],
    [{ image: 'image', method: 'tv', mask: 'mask' }, /^422 The task ct takes no mask/],
    [{ image: 'image', method: 'tv', task: 'sr4', param: { nope: 1 } }, /^422 .*no option "nope"/],
    [{ image: 'large', size: 'native', method: 'tv' }, /^422 300 x 300 pixels .*at most 200 x 200/],
    [{ image: 'image', size: 256, method: 'tv' }, /^422 256 x 256 pixels/],
    [{ image: 'wide', size: 'native', method: 'tv' }, /^422 .*square/],
    [{ image: 'image', size: 48, prior: '/etc/passwd' }, /^422 This studio has no prior "\/etc\/passwd"/],
    [{ image: 'image', size: 48, prior: 'hf:some/body' }, /^422 This studio has no prior/],
    [{ image: 'image', size: 48, method: 'tv', baseline: 'resample' }, /^422 The baseline is a classical method/],
    [{ image: 'image', size: 48, method: 'tv', window: 'nope' }, /^422 "nope" is no window/],
    [{ measurement: 'y', method: 'tv' }, /^422 .*needs its geometry/],
    [{ measurement: 'image', method: 'tv', geometry }, /^422 .*NPY of line integrals/],
    [{ measurement: 'y', method: 'tv', geometry: { ...geometry, bins: -1 } }, /^422 The geometry does not describe/],
    [{ measurement: 'y', method: 'tv', geometry: { ...geometry, size: [1000, 1000] } }, /^422 The geometry has 1000 x 1000/],
    [{ image: '../../etc', method: 'tv' }, /^400 The request is wrong: image: is no id/],
    [{ image: 'mf3k2q9x-00112233aabbccdd', method: 'tv' }, /^404 There is no such file/],
    [{ image: 'image', angles: 1e9 }, /^400 .*angles/],
    [{ image: 'image', unknown: 1 }, /^400 .*unknown/],
    [{ image: 'image', size: 1e9 }, /^400 .*size/],
  ])('%j', async (wish, sentence) => {
    const named = Object.fromEntries(Object.entries(wish).map(([key, value]) => [key, ids[value as string] ?? value]));
    expect(await refusal(await visitor.submit(named as JobWish))).toMatch(sentence);
    expect(await (await visitor.fetch('/api/jobs')).json()).toEqual([]);
  });

  test('a request that is no JSON, or endless', async () => {
    const send = (body: string, type = 'application/json') =>
      visitor.fetch('/api/jobs', { method: 'POST', body, headers: { 'Content-Type': type } });
    expect(await refusal(await send('{ "image": '))).toMatch(/^400 .*JSON/);
    expect(await refusal(await send('x=1', 'application/x-www-form-urlencoded'))).toMatch(/^4\d\d /);
    expect(await refusal(await send(JSON.stringify({ task: 'x'.repeat(2 ** 21) })))).toMatch(/^413/);
    expect(await refusal(await visitor.fetch('/api/jobs?most=1e9'))).toMatch(/^400/);
    expect(await refusal(await visitor.fetch('/api/nothing'))).toMatch(/^404/);
    expect((await visitor.fetch('/api/jobs', { method: 'PUT' })).status).toBe(404);
  });

  test('what shows only in its turn fails the job with a sentence, and a measurement is taken as such', async () => {
    const wrong = await visitor.submitted({
      measurement: ids.y,
      method: 'fbp',
      baseline: 'none',
      geometry: { ...geometry, bins: 71, axis: 35 },
    });
    const end = (await visitor.events(wrong.id)).at(-1);
    expect(end).toMatchObject({ type: 'failed', message: expect.stringMatching(/The measurement has shape \[6,70\], but/) });
    const right = await visitor.submitted({ measurement: ids.y, method: 'fbp', baseline: 'none', geometry });
    expect((await visitor.events(right.id)).at(-1)?.type).toBe('done');
    const { result } = await visitor.job(right.id);
    expect(result?.figures[0].psnr).toBeUndefined();
    expect(result?.files).not.toContain('truth.png');
  });

  test('a damaged picture is its own measurement', async () => {
    const holes = tensor(
      [48, 48],
      Array.from({ length: 48 * 48 }, (_, i) => (i % 5 === 0 ? 1 : -1)),
    );
    const { id: mask } = await visitor.uploaded(await encodePng(holes), 'holes.png');
    const { id } = await visitor.submitted({
      measurement: ids.image,
      mask,
      task: 'inpaint',
      method: 'tv',
      set: { iterations: 5 },
      baseline: 'none',
    });
    const events = await visitor.events(id);
    expect(events.at(-1)).toMatchObject({ type: 'done' });
    expect((await visitor.job(id)).result?.files).toEqual(expect.arrayContaining(['picture.png', 'mask.png']));
  });
});

test('what the server has and takes is described', async () => {
  const visitor = visitorOf(await testStudio());
  const get = async (path: string) => (await visitor.fetch(path)).json() as Promise<never>;
  const methods = (await get('/api/methods')) as { name: string }[];
  expect(methods.map(({ name }) => name)).toContain('resample');
  const tasks = (await get('/api/tasks')) as { name: string; options: { properties: object } }[];
  expect(tasks.find(({ name }) => name === 'inpaint-random')?.options.properties).toHaveProperty('missing');
  const priors = (await get('/api/priors')) as { name: string; kind: string }[];
  expect(priors).toContainEqual({ name: 'ct-pixel', kind: 'denoiser', image: expect.anything(), space: 'pixel' });
  const description = (await get('/api/openapi.json')) as { openapi: string; paths: Record<string, Record<string, unknown>> };
  expect(description.openapi).toBe('3.1.0');
  expect(Object.keys(description.paths).sort()).toEqual([
    '/api/files',
    '/api/files/{id}',
    '/api/files/{id}/content',
    '/api/files/{id}/prepared',
    '/api/files/{id}/preview.png',
    '/api/jobs',
    '/api/jobs/{id}',
    '/api/jobs/{id}/events',
    '/api/jobs/{id}/{file}',
    '/api/limits',
    '/api/methods',
    '/api/priors',
    '/api/tasks',
  ]);
  expect(JSON.stringify(description)).toContain('fieldOfView');
});
