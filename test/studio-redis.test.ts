import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { encodePng } from '../src/io/node/index.js';
import type { JobWish } from '../src/studio/api.js';
import { openStudio, type Studio } from '../src/studio/node/studio-server.js';
import { disc, testStudio, Visitor } from '../src/studio/testing/test-studio.js';
import { tensor } from '../src/tensor/tensor.js';
import { posteriori } from './command-line.js';
import { freePort, redisServer, startRedis, startWorker } from './redis-server.js';
import { writeTinyPrior } from './tiny-prior.js';

const quick: Partial<JobWish> = { method: 'fbp', size: 48, angles: 6, baseline: 'none' };
const long: Partial<JobWish> = { method: 'sirt', set: { iterations: 100_000 }, sigma: 0, size: 64, angles: 20, baseline: 'none' };
const soon: Partial<JobWish> = { ...long, set: { iterations: 3000 } };

const visitorOf = ({ app }: Pick<Studio, 'app'>) => new Visitor((url, init) => app.request(url, init));
const patient = { timeout: 60_000, interval: 50 };
const running = (visitor: Visitor, id: string) => vi.waitUntil(async () => (await visitor.job(id)).progress, patient);

/** A Redis of the test's own. */
async function queue() {
  const folder = await mkdtemp(join(tmpdir(), 'posteriori-queue-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const port = await freePort();
  const redis = await startRedis(port, folder);
  const url = `redis://127.0.0.1:${port}`;
  const client = new Redis(url);
  client.on('error', () => {});
  onTestFinished(() => client.disconnect());
  return { folder, port, url, redis, client };
}

/** What there is of jobs in Redis: their files, data and locks. */
async function leftOf(client: Redis): Promise<string[]> {
  const keys = await client.keys('posteriori:*');
  return keys.filter((key) => /:object:|:studio:.*-[0-9a-f]{16}/.test(key));
}

const black = () => encodePng(tensor([1, 48, 48], new Float32Array(48 * 48).fill(-1)));

const folders = async (folder: string) => (await readdir(folder)).filter((name) => name.startsWith('posteriori-job-'));

describe.skipIf(redisServer === undefined)('a studio over Redis', () => {
  test('a worker does what this machine would: the same files and words; and nothing is left', async () => {
    const { folder, url, client } = await queue();
    startWorker(url, folder);
    const studios = [await testStudio(), await testStudio({ queue: url })];
    expect(studios[1].jobs.processes).toEqual([]);
    const [here, there] = await Promise.all(
      studios.map(async (studio) => {
        const visitor = visitorOf(studio);
        const { id: image } = await visitor.uploaded(await disc(), 'mine.png');
        const { id } = await visitor.submitted({ image, method: 'tv', size: 48, angles: 12, set: { iterations: 20 } });
        const events = await visitor.events(id);
        const { result, notices, warnings, ...job } = await visitor.job(id);
        const file = async (name: string) => Buffer.from(await (await visitor.fetch(`/api/jobs/${id}/${name}`)).arrayBuffer());
        const files = new Map(await Promise.all(result!.files.map(async (name) => [name, await file(name)] as const)));
        return { events, result, notices, warnings, job, files };
      }),
    );
    expect(there.events.map(({ type }) => type)).toContain('started');
    expect(there.events.at(-1)?.type).toBe('done');
    expect(there.job).toMatchObject({ status: 'done', restarts: 0 });
    expect([there.notices, there.warnings]).toEqual([here.notices, here.warnings]);
    expect(there.notices[0]).toMatch(/State its width with `fieldOfView`/);
    expect(there.result?.files).toEqual(here.result?.files);
    const timed = ['manifest.json', 'report.html'];
    for (const [name, bytes] of here.files)
      if (!timed.includes(name)) expect([name, there.files.get(name)?.equals(bytes)]).toEqual([name, true]);
    const untimed = (bytes?: Buffer) => bytes?.toString().replace(/"(created|seconds|peakMemoryMB|threads|report.html)": [^\n]*/g, '');
    expect(untimed(there.files.get('manifest.json'))).toEqual(untimed(here.files.get('manifest.json')));
    await vi.waitUntil(async () => (await leftOf(client)).length === 0 && (await folders(folder)).length === 0, patient);
  });

  test('the jobs of two users, and one worker: in the order they came, each with its place; what fails says what file', async () => {
    const { folder, url } = await queue();
    const objects = join(folder, 'objects');
    const studio = await testStudio({ queue: url, objects });
    const [one, other] = [visitorOf(studio), visitorOf(studio)];
    const { id: image } = await one.uploaded(await disc());
    const { id: theirs } = await other.uploaded(await disc());
    const { id: mask } = await other.uploaded(await black(), 'their mask.png');
    const jobs = [await one.submitted({ image, ...quick })];
    jobs.push(await other.submitted({ image: theirs, mask, size: 48, task: 'inpaint', method: 'tv' }));
    jobs.push(await one.submitted({ image, ...quick }));
    expect(jobs.map(({ place, status }) => [place, status])).toEqual([1, 2, 3].map((place) => [place, 'queued']));
    const worker = startWorker(url, folder, ['--objects', objects]);
    let lines = '';
    worker.stderr?.on('data', (chunk) => {
      lines += chunk;
    });
    const visitors = [one, other, one];
    const ends = await Promise.all(jobs.map(({ id }, k) => visitors[k].events(id)));
    expect(ends.map((events) => events.at(-1))).toMatchObject([{ type: 'done' }, { type: 'failed' }, { type: 'done' }]);
    expect(ends[1].at(-1)?.message).toMatch(/^their mask\.png marks nothing/);
    await vi.waitUntil(() => lines.trim().split('\n').length === 3, patient);
    expect(lines.split('\n').map((line) => line.split(' ')[0])).toEqual([...jobs.map(({ id }) => id), '']);
    expect((await other.fetch(`/api/jobs/${jobs[0].id}`)).status).toBe(404);
    await vi.waitUntil(async () => (await readdir(objects)).length === 0, patient);
  });

  test('what is cancelled, or takes too long, leaves the worker to the next', async () => {
    const { folder, url, client } = await queue();
    startWorker(url, folder);
    const visitor = visitorOf(await testStudio({ queue: url }));
    const hasty = visitorOf(await testStudio({ queue: url, limits: { minutes: 0.05 } }));
    const { id: image } = await visitor.uploaded(await disc());
    const { id: theirs } = await hasty.uploaded(await disc());
    const { id } = await visitor.submitted({ image, ...long });
    await running(visitor, id);
    const endless = await hasty.submitted({ image: theirs, ...long });
    const next = await visitor.submitted({ image, ...quick });
    await visitor.fetch(`/api/jobs/${id}`, { method: 'DELETE' });
    expect((await visitor.events(id)).at(-1)?.type).toBe('cancelled');
    expect((await hasty.events(endless.id)).at(-1)?.message).toMatch(/longer than 0\.05 minutes/);
    expect((await visitor.events(next.id)).at(-1)?.type).toBe('done');
    await vi.waitUntil(async () => (await leftOf(client)).length === 0 && (await folders(folder)).length === 0, patient);
  });

  test('a worker that is killed, and one that is stopped: the job goes to another', async () => {
    const { folder, url } = await queue();
    const visitor = visitorOf(await testStudio({ queue: url }));
    const { id: image } = await visitor.uploaded(await disc());
    const restarts = (id: string) => vi.waitUntil(async () => (await visitor.job(id)).restarts === 1, patient);
    const endless = await visitor.submitted({ image, ...long });
    const first = startWorker(url, folder);
    await running(visitor, endless.id);
    first.kill('SIGINT');
    await restarts(endless.id);
    const second = startWorker(url, folder);
    await running(visitor, endless.id);
    await visitor.fetch(`/api/jobs/${endless.id}`, { method: 'DELETE' });

    const { id } = await visitor.submitted({ image, ...soon });
    await running(visitor, id);
    second.kill('SIGKILL');
    startWorker(url, folder);
    await restarts(id);
    const events = await visitor.events(id);
    expect(events.at(-1)?.type).toBe('done');
    expect(await visitor.job(id)).toMatchObject({ status: 'done', restarts: 1 });
    // the folder of the killed one went with its process
    await vi.waitUntil(async () => (await folders(folder)).length === 0, patient);
  });

  test('a studio that ends and begins anew takes what was done meanwhile, and goes on with the rest', async () => {
    const { folder, url, client } = await queue();
    const data = join(folder, 'data');
    startWorker(url, folder);
    const first = await openStudio({ data, queue: url });
    let { app } = first;
    const visitor = new Visitor((address, init) => app.request(address, init));
    const { id: image } = await visitor.uploaded(await disc());
    const ran = await visitor.submitted({ image, ...soon });
    const waited = await visitor.submitted({ image, ...quick });
    await running(visitor, ran.id);
    await first.close();
    // both are done while nobody is there to take them
    await vi.waitUntil(async () => (await client.zcard('posteriori:studio:completed')) === 2, patient);
    const second = await testStudio({ data, queue: url });
    ({ app } = second);
    expect(second.resumed).toBe(2);
    for (const { id } of [ran, waited]) {
      expect((await visitor.events(id)).at(-1)?.type).toBe('done');
      expect(await visitor.job(id)).toMatchObject({ status: 'done', restarts: 0 });
      expect((await visitor.fetch(`/api/jobs/${id}/reconstruction.png`)).status).toBe(200);
    }
    await vi.waitUntil(async () => (await leftOf(client)).length === 0, patient);
  });

  // half a minute of waiting
  test.runIf(process.env.TESTS === 'full')(
    'a Redis that goes away and forgets everything: the page says so, and the job is put there again',
    async () => {
      const { folder, port, url, redis } = await queue();
      startWorker(url, folder);
      const notices: string[] = [];
      const visitor = visitorOf(await testStudio({ queue: url, onNotice: (notice) => notices.push(notice) }));
      const { id: image } = await visitor.uploaded(await disc());
      const { id } = await visitor.submitted({ image, ...soon });
      await running(visitor, id);
      redis.kill('SIGKILL');
      await vi.waitUntil(async () => (await visitor.job(id)).notices.some((text) => /cannot reach its workers/.test(text)), patient);
      await startRedis(port, folder);
      expect((await visitor.events(id)).at(-1)?.type).toBe('done');
      expect(notices.map((text) => text.replace(/\d+(\.\d+)*:\d+/, 'X'))).toEqual([
        'Redis at X went away; waiting for it.',
        'Redis at X is back.',
      ]);
    },
  );

  test('a prior that the worker lacks, or has otherwise, is named', async () => {
    const { folder, url, client } = await queue();
    const prior = join(folder, 'weights');
    await writeTinyPrior(prior);
    const visitor = visitorOf(await testStudio({ queue: url, priors: [prior] }));
    const { id: image } = await visitor.uploaded(await disc());
    const { id } = await visitor.submitted({ image, method: 'resample', prior, size: 48, angles: 6 });
    await vi.waitUntil(async () => (await client.llen('posteriori:studio:wait')) === 1, patient);
    await rename(prior, `${prior}-elsewhere`);
    startWorker(url, folder);
    expect((await visitor.events(id)).at(-1)).toMatchObject({
      type: 'failed',
      message: expect.stringMatching(
        /^The worker that took the job has no prior ".*weights"\. Whoever runs the studio must put the same files/,
      ),
    });
  });

  test('a wrong password, and nobody there, are named as for a bench', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'posteriori-queue-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    const port = await freePort();
    const studio = (...args: string[]) => posteriori(['studio', '--port', '0', '--data', join(folder, 'data'), ...args], { cwd: folder });
    const locked = await freePort();
    await startRedis(locked, folder, ['--requirepass', 'geheim']);
    const wrong = await studio('--queue', `redis://:x@127.0.0.1:${locked}`);
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringMatching(/does not accept the password/)]);
    const nobody = await studio('--queue', `redis://127.0.0.1:${port}`);
    expect([nobody.code, nobody.stderr]).toEqual([1, expect.stringMatching(/There is no Redis at 127\.0\.0\.1/)]);
    expect((await readdir(join(folder, 'data'))).includes('.lock')).toBe(false);
    const without = await studio('--objects', folder);
    expect([without.code, without.stderr]).toEqual([2, expect.stringMatching(/--objects is for --queue/)]);
  });
});
