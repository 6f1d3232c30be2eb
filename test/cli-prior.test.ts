import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { writeSafetensors } from '../src/priors/index.js';
import { FakeHub } from '../src/priors/node/hub/testing/fake-hub.js';
import { tensor } from '../src/tensor/tensor.js';
import { inProcess } from './in-process.js';
import { writeTinyPrior } from './tiny-prior.js';

const checkpoint = fileURLToPath(new URL('../src/priors/node/fixtures/lightning.ckpt', import.meta.url));
const environment = { ...process.env };
const weights = 'model.safetensors';

let folder: string;
let hub: FakeHub;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posteriori-cli-prior-'));
  await writeTinyPrior(at('tiny'));
  await mkdir(at('empty'));
  await writeFile(at('text.ckpt'), 'these are no weights');
  await writeFile(at('page.ckpt'), '<!doctype html><title>Sign in</title>');
  await writeFile(at('other.safetensors'), writeSafetensors(new Map([['lstm.weight', tensor([2])]])));
  await writeFile(at('taken'), 'in the way');
  hub = await FakeHub.start({
    'README.md': 'a card',
    'config.json': await readFile(join(at('tiny'), 'config.json')),
    [weights]: await readFile(join(at('tiny'), weights)),
  });
  Object.assign(process.env, { HF_ENDPOINT: hub.endpoint, POSTERIORI_CACHE: at('cache'), HF_TOKEN: '' });
});
afterEach(() => {
  hub.faults = {};
  process.exitCode = undefined;
});
afterAll(async () => {
  process.env = environment;
  await hub.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('posteriori prior', () => {
  test('pull, list, inspect and convert, one after the other', async () => {
    const pulled = await inProcess('prior', 'pull', 'hf:someone/prior', '--json');
    expect(pulled, pulled.stderr).toMatchObject({ code: 0 });
    expect(pulled.stderr).toMatch(/^Note: Loading hf:someone\/prior, [\d.]+ kB, into .*cache\.\n$/);
    const { bytes, downloaded, files, commit } = JSON.parse(pulled.stdout);
    expect([downloaded, files, commit]).toEqual([bytes, ['config.json', weights], hub.commit]);
    const again = await inProcess('prior', 'pull', 'hf:someone/prior');
    expect(again.stdout).toMatch(/in the cache: .*nothing new.*--prior hf:someone\/prior/);

    const listed = JSON.parse((await inProcess('prior', 'list', '--json')).stdout);
    expect(listed).toMatchObject({ cache: at('cache'), cached: [{ repo: 'someone/prior', revisions: ['main'], bytes, whole: true }] });
    expect(listed.embedded).toContain('ct');
    const text = (await inProcess('prior', 'list')).stdout;
    expect(text).toContain('hf:someone/prior@main');
    expect(text).toContain(listed.cached[0].folder);

    const found = JSON.parse((await inProcess('prior', 'inspect', 'hf:someone/prior', '--json')).stdout);
    expect(found).toMatchObject({ path: `hf:someone/prior@${hub.commit}`, kind: 'latent', layout: 'posteriori', config: { name: 'tiny' } });
    expect((await inProcess('prior', 'inspect', at('tiny'))).stdout).toMatch(/^prior .*tiny\nlayout .*posteriori\nkind .*latent, vq/);

    const made = await inProcess('prior', 'convert', 'hf:someone/prior', at('made'), '--layout', 'diffusers', '--dtype', 'f16', '--json');
    expect(made, made.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(made.stdout)).toMatchObject({ out: at('made'), layout: 'diffusers', dtype: 'f16' });
    expect((await readdir(at('made'))).sort()).toEqual(['model_index.json', 'scheduler', 'unet', 'vqvae']);
    expect(hub.downloads).toHaveLength(3); // config.json, then the weights by way of a redirect
  });

  test('Ctrl-C stops a pull and keeps what has come', async () => {
    const slow = await FakeHub.start({ 'model.ckpt': new Uint8Array(400_000) }, { repo: 'someone/slow' });
    process.env.HF_ENDPOINT = slow.endpoint;
    slow.faults.drop = { 'model.ckpt': { after: 1000, times: 1000 } };
    try {
      const running = inProcess('prior', 'pull', 'hf:someone/slow');
      const part = join(at('cache'), 'hub', 'someone', 'slow', slow.commit, 'model.ckpt.part');
      while (!slow.sent['model.ckpt'] || !existsSync(part)) await new Promise((resolve) => setTimeout(resolve, 20));
      process.emit('SIGINT');
      const { code, stdout, stderr } = await running;
      expect([code, stdout]).toEqual([130, '']);
      expect(stderr).toMatch(/Cancelled\. What has come is kept: the same command goes on from it\.\n$/);
      expect(existsSync(part)).toBe(true);
      const listed = await inProcess('prior', 'list');
      expect(listed.stdout).toMatch(/hf:someone\/slow@main\n.*not whole: pull it again to go on/);
      slow.faults = {};
      expect((await inProcess('prior', 'pull', 'hf:someone/slow')).code).toBe(0);
      expect(slow.sent['model.ckpt']).toBeLessThan(402_000); // what was on its way when it stopped may come twice
    } finally {
      process.env.HF_ENDPOINT = hub.endpoint;
      await slow.stop();
    }
  });

  test('a run takes a prior of the hub, and says that it loads it', async () => {
    process.env.POSTERIORI_CACHE = at('another-cache');
    const args = ['reconstruct', at('nowhere.png'), '--prior', 'hf:someone/prior', '--out', at('out')];
    const { code, stderr } = await inProcess(...args);
    process.env.POSTERIORI_CACHE = at('cache');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Note: Loading hf:someone\/prior.*\nError: .*nowhere\.png/); // the prior comes first
  });
});

const out = () => at('out');
/** What is wrong, the arguments, what the hub answers, the exit code, and what the message must name. */
const cases: ReadonlyArray<readonly [string, () => string[], number | undefined, number, RegExp]> = [
  ['a file that is not there', () => ['inspect', at('nowhere.ckpt')], undefined, 2, /no prior ".*nowhere\.ckpt".*embedded priors are: ct/],
  ['a folder without a prior', () => ['inspect', at('empty')], undefined, 2, /empty holds no prior: neither config\.json/],
  ['a file of another kind', () => ['inspect', at('text.ckpt')], undefined, 1, /text\.ckpt cannot be read.*PyTorch checkpoints/],
  ['a web page in place of a file', () => ['inspect', at('page.ckpt')], undefined, 1, /page\.ckpt.*web page/],
  [
    'weights of no layout known',
    () => ['inspect', at('other.safetensors')],
    undefined,
    1,
    /other\.safetensors holds no model known here.*lstm/,
  ],
  ['a place that is taken', () => ['convert', at('tiny'), at('tiny')], undefined, 2, /tiny is there already.*--force/],
  ['a file where a folder goes', () => ['convert', at('tiny'), at('taken'), '--force'], undefined, 2, /taken is a file.*folder/],
  ['a checkpoint by another name', () => ['convert', at('tiny'), at('x.ckpt'), '--layout', 'compvis'], undefined, 2, /x\.ckpt/],
  [
    'a layout that cannot say it',
    () => ['convert', at('tiny'), at('x.safetensors'), '--layout', 'guided-diffusion'],
    undefined,
    2,
    /guided-diffusion/,
  ],
  ['an unknown layout', () => ['convert', at('tiny'), out(), '--layout', 'keras'], undefined, 2, /keras.*posteriori, diffusers/],
  [
    'an average that is not there',
    () => ['convert', at('tiny'), out(), '--weights', 'ema'],
    undefined,
    2,
    /tiny does not hold the moving average/,
  ],
  ['two ways to say the heads', () => ['inspect', checkpoint, '--heads', '1', '--head-channels', '4'], undefined, 2, /one of them/],
  ['heads that do not divide', () => ['inspect', checkpoint, '--head-channels', '3'], undefined, 1, /headChannels/],
  ['a bad hf: name', () => ['pull', 'hf:someone'], undefined, 2, /"hf:someone" is no prior on the Hugging Face hub.*hf:OWNER\/NAME/],
  ['a name without hf:', () => ['pull', 'someone/prior'], undefined, 2, /"someone\/prior" is no prior on the Hugging Face hub/],
  ['a repository that is not there', () => ['pull', 'hf:no/body'], undefined, 1, /no repository no\/body/],
  ['a revision that is not there', () => ['pull', 'hf:someone/prior@v9'], undefined, 1, /no revision "v9"/],
  ['a repository that is gated', () => ['pull', 'hf:someone/prior'], 401, 1, /HF_TOKEN/],
  ['a path without a prior', () => ['pull', 'hf:someone/prior/docs'], undefined, 2, /no prior at docs/],
  ['no command', () => [], undefined, 2, /inspect.*convert.*pull.*list/s],
];

test.for(cases)('prior: %s', async ([what, args, status, exitCode, message]) => {
  hub.faults.status = status;
  const before = await readdir(folder);
  const { code, stdout, stderr } = await inProcess('prior', ...args());
  expect(stderr).toMatch(message);
  expect(code, stderr).toBe(exitCode);
  expect(stdout).toBe('');
  expect(stderr).not.toMatch(/\n\s+at /);
  if (what !== 'no command') expect(stderr).toMatch(/^Error: [^\n]*\.\n$/);
  expect(await readdir(folder)).toEqual(before);
});
