import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Random } from '../../../tensor/random.js';
import { cachedSnapshot, listCache } from './cache.js';
import { cachedOrPulled, type PullOptions, type PullProgress, pull } from './pull.js';
import { parseHubReference } from './reference.js';
import { hubSettings } from './settings.js';
import { FakeHub } from './testing/fake-hub.js';

const random = new Random(7).fork('bytes');
const noise = (size: number) => Uint8Array.from({ length: size }, () => Math.floor(256 * random.uniform()));
const weights = 'unet/diffusion_pytorch_model.safetensors';
const repository = {
  'README.md': 'a card',
  'model_index.json': '{}',
  'unet/config.json': '{"_class_name":"UNet2DModel"}',
  [weights]: noise(300_000),
  'unet/diffusion_pytorch_model.bin': noise(5000),
  'vqvae/config.json': '{"_class_name":"VQModel"}',
  'vqvae/diffusion_pytorch_model.bin': noise(20_000),
  'scheduler/scheduler_config.json': '{}',
  'text_encoder/config.json': '{}',
  'text_encoder/model.safetensors': noise(3000),
};
const wanted = [
  'model_index.json',
  'unet/config.json',
  weights,
  'vqvae/config.json',
  'vqvae/diffusion_pytorch_model.bin',
  'scheduler/scheduler_config.json',
];

let folder: string;
let hub: FakeHub;
let cache: string;
let trial = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posteriori-hub-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  hub = await FakeHub.start(repository);
  cache = join(folder, String(trial++));
});
afterEach(() => hub.stop());

const options = (env: Record<string, string> = {}, more: PullOptions = {}): PullOptions => ({
  settings: hubSettings({ HF_ENDPOINT: hub.endpoint, POSTERIORI_CACHE: cache, ...env }),
  waits: [1, 1, 1],
  ...more,
});
const prior = parseHubReference('hf:someone/prior');
const complaint = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing',
    (error) => `${error.name}: ${error.message}`,
  );
const partFile = () => join(cache, 'hub', 'someone', 'prior', hub.commit, `${weights}.part`);

describe('pull', () => {
  test('fetches the files that the prior needs, safetensors rather than pickles, and nothing else', async () => {
    const seen: PullProgress[] = [];
    const pulled = await pull(prior, options({}, { onProgress: (progress) => seen.push(progress) }));
    for (const path of wanted)
      expect(
        Buffer.compare(await readFile(join(pulled.folder, path)), Buffer.from(repository[path as keyof typeof repository] as string)),
      ).toBe(0);
    expect(Object.keys(hub.sent).sort()).toEqual([...wanted].sort());
    const total = wanted.reduce((sum, path) => sum + repository[path as keyof typeof repository].length, 0);
    expect(pulled.downloaded).toBe(total);
    expect(seen.at(-1)).toMatchObject({ done: total, total });
    expect(seen.map(({ done }) => done)).toEqual(seen.map(({ done }) => done).sort((a, b) => a - b));
    expect((await readdir(pulled.folder, { recursive: true })).filter((path) => /part|lock/.test(path))).toEqual([]);
    expect(await listCache(cache)).toEqual([
      { repo: 'someone/prior', revisions: ['main'], commit: hub.commit, folder: pulled.folder, bytes: total, whole: true },
    ]);
  });

  test('a second one downloads nothing, and a reader does not even ask the hub', async () => {
    await pull(prior, options());
    const before = hub.downloads.length;
    expect((await pull(prior, options())).downloaded).toBe(0);
    expect(hub.downloads).toHaveLength(before);
    const questions = hub.seen.length;
    expect((await cachedOrPulled(prior, options())).missing).toEqual([]);
    expect(hub.seen).toHaveLength(questions);
  });

  /** Where the requests for the weights began. */
  const starts = () =>
    hub.seen.filter(({ host, path }) => host === 'storage' && path === weights).map(({ range }) => Number(/\d+/.exec(range ?? '0')![0]));

  test('a dropped connection goes on where it stopped, in the same run', async () => {
    hub.faults.drop = { [weights]: { after: 100_000, times: 2 } };
    const { folder: here } = await pull(prior, options());
    expect(Buffer.compare(await readFile(join(here, weights)), Buffer.from(repository[weights]))).toBe(0);
    const [first, second, third, ...more] = starts();
    expect([first, more]).toEqual([0, []]);
    // a little of what was sent may have been on its way when the connection broke
    for (const [before, after] of [
      [first, second],
      [second, third],
    ])
      expect(after > before && after <= before + 100_000, starts().join()).toBe(true);
    expect(hub.sent[weights]).toBe(200_000 + 300_000 - third);
  });

  test('and in a later run, once the attempts of the first are used up', async () => {
    hub.faults.drop = { [weights]: { after: 100_000, times: 1 } };
    const text = await complaint(pull(prior, options({}, { waits: [] })));
    expect(text).toMatch(/UserError: unet.*\d+ of 300000 bytes.*the same command goes on/);
    const { length: kept } = await readFile(partFile());
    expect(text).toContain(`${kept} of 300000`);
    expect(await listCache(cache)).toMatchObject([{ whole: false, revisions: ['main'] }]);
    expect(await cachedSnapshot(cache, prior)).toBeUndefined();
    const { folder: here, downloaded } = await pull(prior, options());
    expect(Buffer.compare(await readFile(join(here, weights)), Buffer.from(repository[weights]))).toBe(0);
    expect(starts()).toEqual([0, kept]);
    expect(hub.sent[weights]).toBe(100_000 + 300_000 - kept);
    expect(downloaded).toBeLessThan(300_000);
  });

  test('a server that does not know ranges sends all of it again, and the file is right', async () => {
    hub.faults = { ignoreRanges: true, drop: { [weights]: { after: 100_000, times: 1 } } };
    const { folder: here } = await pull(prior, options());
    expect(Buffer.compare(await readFile(join(here, weights)), Buffer.from(repository[weights]))).toBe(0);
    expect(hub.sent[weights]).toBe(400_000);
  });

  test('such a server that always drops does not keep it busy for ever', async () => {
    hub.faults = { ignoreRanges: true, drop: { [weights]: { after: 100_000, times: 1000 } } };
    expect(await complaint(pull(prior, options()))).toMatch(/not whole/);
    expect(hub.seen.filter(({ host, path }) => host === 'storage' && path === weights).length).toBeLessThan(20);
  });

  test('a part that is longer than the file, or not its beginning, does no harm', async () => {
    await mkdir(join(partFile(), '..'), { recursive: true });
    await writeFile(partFile(), noise(300_001));
    await pull(prior, options());
    await rm(partFile().replace(/\.part$/, ''));
    await writeFile(partFile(), noise(1000));
    expect(await complaint(pull(prior, options()))).toMatch(/hash is not the one/);
    expect(existsSync(partFile())).toBe(false);
    await pull(prior, options());
    expect(Buffer.compare(await readFile(partFile().replace(/\.part$/, '')), Buffer.from(repository[weights]))).toBe(0);
  });

  test('a storage host that is busy for a moment is asked again', async () => {
    hub.faults.unavailable = 2;
    expect((await pull(prior, options())).missing).toEqual([]);
  });

  test.each([weights, 'unet/config.json'])('a file that is not what its hash says is refused and removed: %s', async (path) => {
    hub.faults.forged = [path];
    expect(await complaint(pull(prior, options()))).toMatch(
      new RegExp(`^UserError: ${path} was loaded, but its hash is not the one.*removed`),
    );
    const there = await readdir(join(cache, 'hub'), { recursive: true });
    expect(there.filter((name) => name.includes(path))).toEqual([]);
    expect(await cachedSnapshot(cache, prior)).toBeUndefined();
  });

  test('an abort keeps what is here', async () => {
    const controller = new AbortController();
    const onProgress = ({ file, done }: PullProgress) => {
      if (file === weights && done > 50_000) controller.abort();
    };
    hub.faults.drop = { [weights]: { after: 150_000, times: 1 } };
    expect(await complaint(pull(prior, options({}, { signal: controller.signal, onProgress })))).toMatch(/^AbortError/);
    const kept = (await readFile(partFile())).length;
    expect(kept).toBeGreaterThan(40_000);
    expect(existsSync(`${join(partFile(), '..', '..')}.lock`)).toBe(false);
    await pull(prior, options());
    expect(hub.seen.at(-1)?.path).toContain('scheduler');
    expect(hub.downloads.map(({ range }) => range)).toContain(`bytes=${kept}-`);
  });

  test('a mirror below a path, a revision with a slash, a folder of the repository', async () => {
    const mirror = await FakeHub.start(repository, { prefix: '/mirrors/hf' });
    try {
      const settings = hubSettings({ HF_ENDPOINT: `${mirror.endpoint}/`, POSTERIORI_CACHE: cache });
      const { files, downloaded } = await pull(parseHubReference('hf:someone/prior@v1%2Fbeta/vqvae'), { settings });
      expect(files).toMatchObject({
        base: 'vqvae',
        kind: 'model',
        components: { '': { config: 'config.json', weights: 'diffusion_pytorch_model.bin' } },
      });
      expect(downloaded).toBe(20_000 + repository['vqvae/config.json'].length);
      expect(mirror.seen.every(({ path, host }) => host === 'storage' || path.startsWith('/mirrors/hf/'))).toBe(true);
    } finally {
      await mirror.stop();
    }
  });

  test('the token goes to the hub, not to the host of the files', async () => {
    hub.token = 'a token';
    await pull(prior, options({ HF_TOKEN: 'a token' }));
    expect(new Set(hub.seen.filter(({ host }) => host === 'hub').map(({ authorization }) => authorization))).toEqual(
      new Set(['Bearer a token']),
    );
    expect(new Set(hub.seen.filter(({ host }) => host === 'storage').map(({ authorization }) => authorization))).toEqual(
      new Set([undefined]),
    );
  });

  test('of several checkpoints the first is taken, with a notice; one can be named', async () => {
    const many = await FakeHub.start({ 'b.ckpt': noise(2000), 'a.ckpt': noise(3000), 'sub/c.ckpt': noise(100) });
    const notices: string[] = [];
    try {
      const settings = hubSettings({ HF_ENDPOINT: many.endpoint, POSTERIORI_CACHE: cache });
      const { files } = await pull(prior, { settings, onNotice: (notice) => notices.push(notice) });
      expect(files.components['']).toEqual({ weights: 'a.ckpt' });
      expect(notices.join()).toMatch(/taking a\.ckpt.*b\.ckpt/);
      expect((await pull(parseHubReference('hf:someone/prior/sub/c.ckpt'), { settings })).downloaded).toBe(100);
    } finally {
      await many.stop();
    }
  });

  test('a disk without room is told before anything is loaded', async () => {
    hub.faults.sizes = { [weights]: 1e17 };
    expect(await complaint(pull(prior, options()))).toMatch(/UserError: .*has no room: 100000 TB are to come.*POSTERIORI_CACHE/);
    expect(hub.downloads).toEqual([]);
  });

  test.skipIf(process.platform !== 'linux')('a disk that fills up meanwhile', async () => {
    await mkdir(join(partFile(), '..'), { recursive: true });
    await symlink('/dev/full', partFile());
    expect(await complaint(pull(prior, options()))).toMatch(/UserError: Cannot write .*part: the disk is full\..*POSTERIORI_CACHE/);
  });

  test('more bytes than announced are refused', async () => {
    hub.faults.sizes = { [weights]: 200_000 };
    expect(await complaint(pull(prior, options()))).toMatch(/more bytes of .* than the 200000 it announced/);
  });

  test('two processes do not load the same files', async () => {
    const lock = join(cache, 'hub', 'someone', 'prior', `${hub.commit}.lock`);
    await mkdir(join(lock, '..'), { recursive: true });
    await writeFile(lock, String(process.ppid));
    expect(await complaint(pull(prior, options()))).toMatch(new RegExp(`UserError: Process ${process.ppid} is loading`));
    await writeFile(lock, '999999999'); // of a process that is gone
    expect((await pull(prior, options())).missing).toEqual([]);
  });
});

describe('what the hub refuses is explained', () => {
  const dead = 'http://127.0.0.1:9';
  const cases: ReadonlyArray<readonly [string, string, Record<string, string>, number | undefined, RegExp]> = [
    ['no such repository', 'hf:someone/else', {}, undefined, /no repository someone\/else/],
    ['no such revision', 'hf:someone/prior@v9', {}, undefined, /no revision "v9"/],
    ['no such path', 'hf:someone/prior/nowhere', {}, undefined, /no prior at nowhere.*It has: README\.md/],
    ['a gated repository, no token', 'hf:someone/prior', {}, 401, /ask for access at .*someone\/prior and set HF_TOKEN/],
    ['a token that is not valid', 'hf:someone/prior', { HF_TOKEN: 'old' }, 401, /token in HF_TOKEN/],
    ['a token without access', 'hf:someone/prior', { HF_TOKEN: 'hf_x' }, 403, /denies access.*Ask for access at/],
    ['too many requests', 'hf:someone/prior', {}, 429, /too many requests/],
    ['a broken hub', 'hf:someone/prior', {}, 500, /answered 500/],
    ['no connection', 'hf:someone/prior', { HF_ENDPOINT: dead }, undefined, /127\.0\.0\.1:9 cannot be reached/],
  ];
  test.each(cases)('%s', async (_, reference, env, status, message) => {
    hub.faults.status = status;
    const text = await complaint(pull(parseHubReference(reference), options(env)));
    expect(text).toMatch(message);
    expect(text).toMatch(/^UserError: [^\n]*\.$/);
    expect(await listCache(cache)).toEqual([]);
  });

  test('a name that leads out of the folder', async () => {
    const hostile = await FakeHub.start({ 'config.json': '{}', '../../evil.safetensors': noise(2000) });
    try {
      const settings = hubSettings({ HF_ENDPOINT: hostile.endpoint, POSTERIORI_CACHE: cache });
      expect(await complaint(pull(prior, { settings }))).toMatch(/lead out of the folder/);
      expect(existsSync(cache)).toBe(false);
    } finally {
      await hostile.stop();
    }
  });

  test('an address that is not the hub', async () => {
    hub.faults.status = 200; // an empty page
    expect(await complaint(pull(prior, options()))).toMatch(/does not answer as the Hugging Face hub does/);
  });
});

describe('a hub in trouble', () => {
  test('is asked again for its listing, after the time that it names', async () => {
    hub.faults = { troubled: { times: 3, retryAfter: '0' } };
    const { missing } = await pull(prior, options({}, { waits: [1e7, 1e7, 1e7] }));
    expect(missing).toEqual([]);
  });

  test('that does not get better is told, with its status', async () => {
    hub.faults = { troubled: { times: 100 } };
    expect(await complaint(pull(prior, options()))).toMatch(/^HubError|UserError: .*answered 500/);
    expect(hub.faults.troubled?.times).toBe(96);
  });

  test('that answers nonsense is told in words', async () => {
    for (const nonsense of [
      { sha: ['a'.repeat(40)] },
      { sha: 7 },
      { oid: ['b'.repeat(64)] },
      { oid: 'short' },
      { size: '12' },
      { size: -1 },
    ]) {
      hub.faults = { nonsense };
      expect(await complaint(pull(prior, options())), JSON.stringify(nonsense)).toMatch(/does not answer as the Hugging Face hub does/);
    }
  });
});
