import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ctSlice } from '../../src/io/testing/dicom-bytes.js';
import { findChromium, launch } from './launch.js';
import { serveFolder } from './serve.js';
import { buildStudio, button, complaint, faultsOf, give, hollowPng, longestTask, npyFile as npy, openPage } from './studio.js';

const executablePath = findChromium();
if (executablePath === undefined) console.warn('skipped: no Chromium here to open the studio in ("apt-get install chromium" brings one)');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.skipIf(executablePath === undefined)('the studio in a browser', () => {
  let folder: string;
  let browser: Browser;
  let server: Server;
  let url: string;
  let context: BrowserContext;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    folder = await buildStudio('studio');
    ({ server, url } = await serveFolder(folder));
    browser = await launch(executablePath!);
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  beforeEach(async () => {
    await open({});
  });

  afterEach(async () => {
    await context.close();
    expect(faults).toEqual([]);
  });

  async function open(options: Parameters<Browser['newContext']>[0], path = ''): Promise<void> {
    await context?.close();
    ({ context, page, faults } = await openPage(browser, url + path, options));
    if (path === '') await button(page, /CT slice/).waitFor();
  }

  async function example(name: RegExp): Promise<void> {
    await button(page, name).click();
    await page.locator('.solve button:enabled').waitFor();
  }

  test('the scripts that a first visit loads, the engine apart, are below 1 MB', () => {
    const scripts = readdirSync(join(folder, 'assets')).filter((file) => /^(index|main)-.*\.js$/.test(file));
    expect(scripts.length).toBe(2);
    expect(scripts.map((file) => statSync(join(folder, 'assets', file)).size).reduce((a, b) => a + b)).toBeLessThan(1e6);
  });

  test('from the page to a picture in two actions; isolated without headers; no long task; it can be paused and stopped', async () => {
    expect(await page.evaluate('crossOriginIsolated')).toBe(true);
    await button(page, /CT slice/).click();
    const longest = await longestTask(page, async () => {
      await button(page, 'Solve').click();
      await page.getByText(/Step [3-9] of 70/).waitFor();
    });
    expect(longest).toBeLessThan(100);
    expect(await page.locator('figure canvas').count()).toBeGreaterThanOrEqual(4); // original, sinogram, FBP, the estimate
    await button(page, 'Pause').click();
    await button(page, 'Go on').click();
    await button(page, 'Stop').click();
    await button(page, 'Solve again').waitFor();
    expect(await page.getByRole('table').textContent()).toMatch(/FBP21\.12/);
    expect(await page.getByText(/^Not for diagnosis/).count()).toBe(1);
  });

  test('offline after the first visit', async () => {
    await example(/CT slice/);
    await page.getByText('Works offline').waitFor();
    await context.setOffline(true);
    await page.reload();
    await example(/CT slice/);
    await page.getByLabel('Method').selectOption('fbp');
    await page.getByLabel('Total variation too').uncheck();
    await button(page, 'Solve').click();
    await page.getByRole('heading', { name: 'Download: FBP' }).waitFor();
  });

  test('a link brings the settings back, the manifest keeps them, and the history the run with those beside it', async () => {
    await open({}, '#example=slice&task=ct&views=15&sigma=0.02&method=cgls&seed=3&noise=4');
    await page.getByText('CT from 15 views: 15 views of 363 bins.').waitFor();
    await page.getByLabel('Total variation too').uncheck();
    await button(page, 'Solve').click();
    await page.getByRole('heading', { name: 'Download: CGLS' }).waitFor();
    expect(page.url()).toContain('views=15&sigma=0.02&method=cgls&seed=3&noise=4');
    const [file] = await Promise.all([page.waitForEvent('download'), button(page, 'Manifest').click()]);
    const manifest = JSON.parse(readFileSync((await file.path())!, 'utf8'));
    expect(manifest).toMatchObject({ task: 'ct', method: 'cgls', seed: 3, noiseSeed: 4, device: 'wasm', operator: { sigma: 0.02 } });
    await button(page, 'History').click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^CT slice, CGLS.*beside it: FBP/ })
      .click();
    await page.getByRole('heading', { name: 'Download: CGLS' }).waitFor();
    expect(await page.getByRole('row', { name: /^(FBP|CGLS)/ }).count()).toBe(2);
  });

  test('own files: a picture, a mask painted by keys, a sinogram', async () => {
    await give(
      page,
      'Choose a file',
      npy('grey.npy', [48, 64], (i) => Math.sin(i / 40)),
    );
    await page.getByLabel('What happened').selectOption('inpaint');
    const canvas = page.getByRole('application');
    await canvas.press('ArrowRight');
    await canvas.press(' ');
    const marked = page.getByText(/^[1-9].* % of the picture is marked/);
    const byKeys = await marked.textContent();
    const { x, y } = (await canvas.boundingBox())!;
    await page.mouse.move(x + 10, y + 10);
    await page.mouse.down();
    await page.mouse.move(x + 80, y + 20, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => marked.textContent()).not.toBe(byKeys);
    await button(page, 'Undo').click();
    await expect.poll(() => marked.textContent()).toBe(byKeys);
    await page.getByLabel('Method').selectOption('tv');
    await button(page, 'Solve').click();
    await page.getByRole('heading', { name: 'Download: TV' }).waitFor();
    expect(await faultsOf(page, axe)).toEqual([]);
    await button(page, 'Other picture').click();
    const geometry = { size: [64, 64], pixelSize: 0.3, angles: [0, 0.5, 1, 1.5, 2, 2.5], bins: 91, binSize: 0.3, axis: 45 };
    const json = { name: 'geometry.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(geometry)) };
    await give(
      page,
      'Choose a file',
      npy('scan.npy', [6, 91], (i) => Math.max(0, 1 - Math.abs((i % 91) - 45) / 30)),
      json,
    );
    await page.getByText('CT from 6 views: 6 views of 91 bins.').waitFor();
    await button(page, 'Other picture').click();
    const stored = Array.from({ length: 64 * 64 }, (_, i) => (Math.hypot((i % 64) - 32, (i >> 6) - 32) < 20 ? 40 : -1000));
    const dicom = Buffer.from(ctSlice({ rows: 64, columns: 64, stored }));
    await give(page, 'Choose a file', { name: 'slice.dcm', mimeType: '', buffer: dicom });
    await page.getByText('CT from 25 views: 25 views of 363 bins.').waitFor();
    await page.getByRole('img', { name: /^Original/ }).press('ArrowLeft');
    await page
      .getByText(/^-?\d+ HU$/)
      .first()
      .waitFor(); // read by keys
  });

  test('several methods of one measurement, and samples with the map of their spread', async () => {
    await give(
      page,
      'Choose a file',
      npy('small.npy', [32, 32], (i) => Math.sin(i / 9)),
    );
    await page.getByLabel('Method').selectOption('tv');
    await button(page, 'Solve').click();
    await page.getByRole('heading', { name: 'Download: TV' }).waitFor();
    await page.getByLabel('Method').selectOption('diffpir');
    await page.getByText('More settings').last().click();
    await page.getByRole('slider', { name: /^Samples/ }).fill('2');
    await page.getByText('Options of the method').click();
    await page.getByLabel(/^Steps/).fill('20');
    await page.getByLabel(/^Steps/).press('Tab');
    await button(page, 'Solve again').click();
    await page.getByRole('heading', { name: 'Download: DiffPIR' }).waitFor();
    expect(await page.getByRole('row').count()).toBe(3); // the head, TV and DiffPIR
    await page.getByLabel('Method').selectOption('admm-pnp'); // its prior is another
    await button(page, 'Solve again').click();
    await page.getByRole('heading', { name: 'Download: ADMM-PnP' }).waitFor();
    await page.getByText('Spread', { exact: true }).click();
    await page.getByText(/^standard deviation of the samples/).waitFor();
  });

  test('a blur is drawn by keys; a run is taken up on its way; the report has the errors', async () => {
    await give(
      page,
      'Choose a file',
      npy('small.npy', [40, 40], (i) => Math.sin(i / 9)),
    );
    await page.getByLabel('What happened').selectOption('blur-motion');
    await page.getByText('drawn', { exact: true }).click();
    const pad = page.getByRole('application', { name: 'Draw the motion' });
    for (const key of [' ', 'ArrowRight', ' ', 'ArrowUp', ' ']) await pad.press(key);
    await page.getByText('The blur is 31 x 31 pixels.').waitFor();
    await page.getByLabel('Method').selectOption('diffpir');
    await page.getByLabel('Total variation too').uncheck();
    await page.getByText('Options of the method').click();
    await page.getByLabel(/^Steps/).fill('8');
    await page.getByLabel(/^Steps/).press('Tab');
    await page.locator('.solve button:enabled').waitFor();
    await button(page, 'Solve').click();
    await page.getByRole('heading', { name: 'Download: DiffPIR' }).waitFor();
    const goOn = button(page, 'Go on from here');
    expect(await goOn.isDisabled()).toBe(true); // at its end
    await page.getByRole('slider', { name: /^Along the way/ }).fill('3');
    await page.getByText(/^DiffPIR: step 4 of 8/).waitFor();
    await goOn.click();
    await page.getByText(/^DiffPIR from step 4 is done/).waitFor({ state: 'attached' });
    expect(await page.getByRole('row', { name: /^DiffPIR/ }).count()).toBe(2);
    const [file] = await Promise.all([page.waitForEvent('download'), button(page, 'Report').click()]);
    const report = readFileSync((await file.path())!, 'utf8');
    expect(report).toContain('Error of DiffPIR');
    expect(report).toContain('Error of DiffPIR from step 4');
    const [kept] = await Promise.all([page.waitForEvent('download'), button(page, 'Manifest').click()]);
    const manifest = JSON.parse(readFileSync((await kept.path())!, 'utf8'));
    expect(manifest.from).toMatchObject({ file: 'from.npy', done: 0.5 });
    expect(await faultsOf(page, axe)).toEqual([]);
  });

  test('bad files are a sentence on the page', async () => {
    await give(page, 'Choose a file', { name: 'huge.png', mimeType: 'image/png', buffer: hollowPng(40_000, 25_000) });
    expect(await complaint(page)).toMatch(/^huge\.png has 40000 x 25000 pixels, more than this page can hold/);
    await give(page, 'Choose a file', { name: '<img src=x onerror=alert(1)>.png', mimeType: 'image/png', buffer: hollowPng(40, 40) });
    await page.getByText('<img src=x onerror=alert(1)>.png is a PNG file that this browser cannot decode').waitFor();
    expect(await page.locator('main img').count()).toBe(0);
    const dicom = Buffer.alloc(200);
    dicom.write('DICM', 128);
    await give(page, 'Choose a file', { name: 'slice.dcm', mimeType: 'application/dicom', buffer: dicom });
    await page.getByText(/^slice\.dcm is a DICOM file that is cut short or damaged/).waitFor();
    await give(page, 'Choose a file', { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') });
    await page.getByText(/^notes\.txt is not an image that can be read/).waitFor();
    await give(page, 'Choose a file', { name: 'geometry.json', mimeType: 'application/json', buffer: Buffer.from('{}') });
    await page.getByText(/^geometry\.json alone is no measurement/).waitFor();
    await page.evaluate(
      'document.querySelector(".page").dispatchEvent(new DragEvent("drop", { bubbles: true, dataTransfer: new DataTransfer() }))',
    );
    await page.getByText(/^No file came with that/).waitFor();
    await example(/Photograph/);
    await page.getByLabel('What happened').selectOption('inpaint');
    await give(
      page,
      'Import',
      npy('mask.npy', [16, 16], (i) => i % 2),
    );
    await page.getByText('mask.npy has 16 x 16 pixels, but the picture as it is used here has 256 x 256.').waitFor();
  });

  test('without service workers, threads or WebGPU it works, and says so', async () => {
    await open({ serviceWorkers: 'block' });
    await example(/CT slice/);
    await page.getByText(/^This page runs on one thread/).waitFor();
    await open({ serviceWorkers: 'block' }, '?device=webgpu#example=slice&task=ct');
    await page.getByText(/^The graphics card could not be used, so the processor computes/).waitFor();
  });

  test.each([
    ['light', 1280],
    ['dark', 390],
  ] as const)('axe finds nothing, in %s at %i pixels, and nothing sticks out', async (colorScheme, width) => {
    await open({ colorScheme, viewport: { width, height: 800 } });
    expect(await faultsOf(page, axe)).toEqual([]);
    await example(/CT slice/);
    await page.getByLabel('Method').selectOption('fbp');
    await page.getByLabel('Total variation too').uncheck();
    await button(page, 'Solve').click();
    await page.getByRole('heading', { name: 'Download: FBP' }).waitFor();
    for (const mode of ['Side by side', 'Slider', 'Difference']) {
      await page.getByText(mode, { exact: true }).click();
      expect(await faultsOf(page, axe)).toEqual([]);
    }
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
  });
});
