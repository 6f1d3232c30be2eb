import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { testStudio, Visitor } from '../testing/test-studio.js';

async function page(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'posteriori-page-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'assets'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

test('the page hears that this server computes; what it is made of is kept as long as it stays the same; the priors are there', async () => {
  const folder = await page({
    'index.html': '<meta name="posteriori-server" content="no" />',
    'sw.js': 'for servers that cannot compute',
    'ort.wasm': 'wasm',
    'assets/main-12345678.js': 'js',
  });
  const visitor = new Visitor(
    (
      (studio) => (url, init) =>
        studio.app.request(url, init)
    )(await testStudio({ page: folder })),
  );
  const index = await visitor.fetch('/');
  expect(await index.text()).toBe('<meta name="posteriori-server" content="yes" />');
  expect((await visitor.fetch('/sw.js')).status).toBe(404);
  expect((await visitor.fetch('/assets/main-12345678.js')).headers.get('Cache-Control')).toMatch(/immutable/);

  const wasm = await visitor.fetch('/ort.wasm');
  expect([wasm.headers.get('Content-Type'), wasm.headers.get('Cache-Control')]).toEqual(['application/wasm', 'no-cache']);
  const again = () => visitor.fetch('/ort.wasm', { headers: { 'If-None-Match': wasm.headers.get('ETag')! } });
  expect([(await again()).status, (await (await again()).text()).length]).toEqual([304, 0]);
  await utimes(join(folder, 'ort.wasm'), 1, 1);
  expect((await again()).status).toBe(200);

  const prior = await visitor.fetch('/priors/ct-pixel/config.json');
  expect(await prior.json()).toMatchObject({ kind: 'denoiser' });
  for (const path of ['/priors/ct-pixel/card.md', '/priors/../package.json', '/priors/ct-pixel/%2e%2e/%2e%2e/package.json'])
    expect([path, (await visitor.fetch(path)).status]).toEqual([path, 404]);
});

test('without a built page the API is up, and the address says so', async () => {
  const { app } = await testStudio();
  const answer = await app.request('http://localhost/');
  expect(await answer.text()).toMatch(/^The page of the studio was not built/);
});
