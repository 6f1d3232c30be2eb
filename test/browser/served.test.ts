import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { packedSlice } from '../../src/io/testing/dicom-bytes.js';
import { jpeg2000 } from '../../src/io/testing/packed-samples.js';
import type { JobView } from '../../src/studio/api.js';
import { type StudioProcess, studioData, studioProcess } from '../studio-process.js';
import { findChromium, launch } from './launch.js';
import { fanGeometry, given, hdf5Volume, jsonFile, metaVolume, projections } from './scan-files.js';
import { button, complaint, faultsOf, give, hollowPng, npyFile, openPage, PATIENCE_MS } from './studio.js';

const executablePath = findChromium();
if (executablePath === undefined)
  console.warn('skipped: no Chromium here to open the served studio in ("apt-get install chromium" brings one)');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A disc that a scanner saw from a few sides, and how it stood. */
const scan = npyFile('scan.npy', [8, 71], (i) => Math.max(0, 1 - Math.abs((i % 71) - 35) / 25));
const angles = Array.from({ length: 8 }, (_, k) => (Math.PI * k) / 8);
const geometry = { size: [48, 48], pixelSize: 0.3, angles, bins: 71, binSize: 0.3, axis: 35 };
const geometryFile = { name: 'geometry.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(geometry)) };

describe.skipIf(executablePath === undefined)('the page that the studio serves', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch(executablePath!);
  });
  afterAll(async () => browser?.close());

  /** The page of a studio in a browser of its own. Whatever it asks, it asks of that studio, and nothing it does is against the policies. */
  async function open({ address }: StudioProcess): Promise<{ page: Page; context: BrowserContext }> {
    const { page, context, faults } = await openPage(browser, address);
    onTestFinished(async () => {
      await context.close();
      expect(faults).toEqual([]);
    });
    await button(page, /CT slice/).waitFor();
    return { page, context };
  }

  async function openScan(page: Page): Promise<void> {
    await give(page, 'Choose a file', scan, geometryFile);
    await page.locator('.solve button:enabled').waitFor();
  }

  async function choose(page: Page, method: string): Promise<void> {
    await page.getByLabel(/^Method/).selectOption(method);
    await page.getByLabel('Total variation too').uncheck();
  }

  /** SIRT without noise stops nowhere before its last iteration. */
  async function chooseLong(page: Page, iterations: number): Promise<void> {
    await choose(page, 'sirt');
    await page.getByText('Options of the method').click();
    await page.getByLabel(/^Iterations/).fill(String(iterations));
    await page.getByLabel(/^Iterations/).press('Tab');
    await page.getByText('More settings').first().click();
    await page.getByLabel(/^Noise/).fill('0');
    await page.getByLabel(/^Noise/).press('Tab');
    await page.locator('.solve button:enabled').waitFor();
  }

  const jobsOf = (page: Page) => page.evaluate<JobView[]>('fetch("/api/jobs").then((answer) => answer.json())');

  test('it computes on the server, with every method there, and in the browser, from one measurement', async () => {
    const { page } = await open(await studioProcess(await studioData()));
    expect(await page.evaluate('crossOriginIsolated')).toBe(true);
    await page.getByText('The server of this page computes', { exact: false }).waitFor();
    await page.getByText('for 30 days').waitFor();
    await openScan(page);
    const names = await page
      .getByLabel(/^Method/)
      .locator('option')
      .allTextContents();
    for (const name of ['ADMM-PnP', 'Latent-DPS', 'FBP-UNet']) expect(names.join()).toContain(name);
    await choose(page, 'cgls');
    await button(page, 'Solve').click();
    await page.getByRole('heading', { name: 'Download: CGLS' }).waitFor();
    const figures = async () => page.getByRole('row', { name: /^CGLS/ }).locator('td').allTextContents();
    const there = await figures();
    expect((await jobsOf(page)).map(({ request, status }) => [request.method, status])).toEqual([
      ['cgls', 'done'],
      ['fbp', 'done'],
    ]);
    expect(await faultsOf(page, axe)).toEqual([]);
    // one entry of the history, which brings both back
    await button(page, 'History').click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^CT.*CGLS.*beside it: FBP/ })
      .click();
    await page.getByRole('heading', { name: 'Download: CGLS' }).waitFor();
    await page.getByRole('row', { name: /^FBP/ }).waitFor();
    await expect.poll(figures, { timeout: PATIENCE_MS }).toEqual(there);
    await page.getByText('in this browser', { exact: true }).click();
    await page.getByText(/^Processor/).waitFor();
    expect(
      (
        await page
          .getByLabel(/^Method/)
          .locator('option')
          .allTextContents()
      ).join(),
    ).not.toContain('Latent-DPS');
    await choose(page, 'cgls');
    await button(page, 'Solve again').click();
    await page.getByText(/^CGLS is done/).waitFor({ state: 'attached' });
    expect((await jobsOf(page)).length).toBe(2);
    expect((await figures())[0]).toBe(there[0]);
  });

  test('a slice of a volume at a limited angle, and a sinogram of a fan: there as in the browser', async () => {
    const { page } = await open(await studioProcess(await studioData()));
    const solved = async (where: string) => {
      await page.getByText(where, { exact: true }).click();
      await choose(page, 'cgls');
      await page.locator('.solve button:enabled').waitFor();
      await button(page, /^Solve/).click();
      await page.getByRole('heading', { name: 'Download: CGLS' }).waitFor();
      const figures = await page.getByRole('row', { name: /^CGLS/ }).locator('td').allTextContents();
      return figures.slice(0, -1); // how long it took is another matter
    };
    await give(page, 'Choose a file', ...metaVolume());
    await page.getByRole('slider', { name: /^Slice/ }).press('End');
    await page.getByText('10 of 0 to 10').waitFor();
    await page.getByLabel('What happened').selectOption('ct-limited');
    await page.getByText('More settings').first().click();
    await page.getByLabel('Working size, pixels').selectOption('128');
    await page.getByText(/resized to 128 x 128/).waitFor();
    await page.getByText(/^CT from 25 views/).waitFor();
    const there = await solved('on the server');
    const [{ request }] = (await jobsOf(page)).filter(({ request }) => request.method === 'cgls');
    expect(request).toMatchObject({ task: 'ct-limited', param: { range: 120, start: 0 }, angles: 25, range: [-1, 1] });
    expect(request.fieldOfView).toBeCloseTo(25.6, 6); // 64 pixels of 4 mm
    await page.reload();
    await button(page, 'History').click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^CT of a limited angle by CGLS/ })
      .click();
    await page.getByRole('slider', { name: /^Range of the views/ }).waitFor();
    expect(await solved('in this browser')).toEqual(there);

    await button(page, 'Other picture').click();
    await give(page, 'Choose a file', projections('fan.npy'), jsonFile('geometry.json', fanGeometry));
    await page.getByText('Fan-beam CT from 12 views: 12 views of 71 bins.').waitFor();
    const fan = await solved('on the server');
    await button(page, 'Other picture').click();
    await give(page, 'Choose a file', projections('fan.npy'), jsonFile('geometry.json', fanGeometry));
    expect(await solved('in this browser')).toEqual(fan);
    expect((await jobsOf(page)).map(({ title, request }) => [title, request.task])).toContainEqual(['CT by a fan by CGLS', 'ct-fan']);

    // the library for HDF5 goes by the policies of the page; what is packed by JPEG 2000 the server reads
    await button(page, 'Other picture').click();
    await give(page, 'Choose a file', await hdf5Volume('deep.h5'));
    await page.getByRole('slider', { name: /^Slice/ }).waitFor();
    await page.getByText('on the server', { exact: true }).click();
    await button(page, 'Other picture').click();
    const packed = await jpeg2000(new Uint16Array(64 * 64).fill(1064), 64, 16, true, 0);
    const frame = { fragments: [packed] };
    const slice = packedSlice({ rows: 64, columns: 64, syntax: '1.2.840.10008.1.2.4.90' }, frame);
    await give(page, 'Choose a file', given('packed.dcm', slice));
    await page.getByText('packed.dcm', { exact: true }).waitFor();
  });

  test('options from the catalogue, the queue, cancelling; history, which joins what runs', async () => {
    const { page } = await open(await studioProcess(await studioData()));
    await openScan(page);
    await chooseLong(page, 100_000);
    await page.getByText('1 option is not as the preset has it.').waitFor();
    await page.getByLabel(/^Iterations/).fill('12.5');
    await page.getByLabel(/^Iterations/).press('Tab');
    expect(await page.getByLabel(/^Iterations/).inputValue()).toBe('100000');
    await button(page, 'Solve').click();
    await page.getByText(/^Step \d+ of 100000/).waitFor();
    expect(await button(page, 'Pause').count()).toBe(0);
    await page.reload();
    await button(page, 'History').click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^CT.*SIRT.*running/ })
      .click();
    await page.getByText(/^Step \d+ of 100000/).waitFor();
    await button(page, 'Stop').click();
    await button(page, 'Solve').waitFor();
    const jobs = await jobsOf(page);
    expect(jobs.map(({ status, request }) => [status, request.set])).toEqual([
      ['cancelled', { iterations: 100_000 }],
      ['done', {}],
    ]);
  });

  test('a run that was stopped goes on from where it was, on the server too', async () => {
    const { page } = await open(await studioProcess(await studioData()));
    await openScan(page);
    await choose(page, 'diffpir');
    await page.getByText('Options of the method').click();
    const steps = async (n: number) => {
      await page.getByLabel(/^Steps/).fill(String(n));
      await page.getByLabel(/^Steps/).press('Tab');
    };
    await steps(5000);
    await button(page, 'Solve').click();
    await page.getByRole('slider', { name: /^Along the way/ }).waitFor();
    await button(page, 'Stop').click();
    await button(page, 'Go on from here').waitFor();
    await steps(8);
    await button(page, 'Go on from here').click();
    await page.getByRole('heading', { name: /^Download: DiffPIR from step/ }).waitFor();
    const [last, stopped] = await jobsOf(page);
    expect([last.status, stopped.status, last.request.series]).toEqual(['done', 'cancelled', stopped.request.series]);
    expect(last.request.done).toBeGreaterThan(0);
    expect(last.result?.files).toContain('from.npy');
    await button(page, 'History').click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^CT.*DiffPIR.*done/ })
      .click();
    await page.getByRole('heading', { name: /^Download: DiffPIR from \d+ % of its way/ }).waitFor();
  });

  test('the server is killed in the middle and started again: the page says so, and goes on by itself', async () => {
    const data = await studioData();
    const first = await studioProcess(data);
    const { page } = await open(first);
    await openScan(page);
    await chooseLong(page, 4000);
    await button(page, 'Solve').click();
    await page.getByText(/^Step \d+ of 4000/).waitFor();
    await first.end('SIGKILL');
    await page.getByText(/^The line to the server is broken/).waitFor();
    await button(page, 'History').click();
    await page.getByText('The server does not answer.').waitFor();
    await button(page, 'Close').click();
    await studioProcess(data, '--port', new URL(first.address).port);
    await page.getByRole('heading', { name: 'Download: SIRT' }).waitFor();
    expect(await page.getByText(/^The line to the server is broken/).count()).toBe(0);
  });

  test('what browsers cannot read, a damaged picture with its mask, a placed blur', async () => {
    const { page } = await open(await studioProcess(await studioData()));
    const tiff = await sharp({ create: { width: 64, height: 48, channels: 3, background: '#4080c0' } })
      .tiff()
      .toBuffer();
    await give(page, 'Choose a file', { name: 'scan.tif', mimeType: 'image/tiff', buffer: tiff });
    await page.getByText('scan.tif', { exact: true }).waitFor();
    await page.getByLabel('What happened').selectOption('inpaint');
    const canvas = page.getByRole('application');
    await canvas.press('ArrowRight');
    await canvas.press(' ');
    await page.getByLabel('The picture is damaged already').check();
    await choose(page, 'tv');
    await page.locator('.solve button:enabled').waitFor();
    await button(page, 'Solve').click();
    await page.getByRole('heading', { name: 'Download: TV' }).waitFor();
    await page.getByLabel('What happened').selectOption('blur-motion');
    await page.getByText('a line', { exact: true }).click();
    await page.getByRole('slider', { name: /^Length/ }).fill('7');
    await page.getByText('The blur is 11 x 11 pixels.').waitFor();
    await page.getByLabel('The picture is damaged already').check();
    await page.locator('.solve button:enabled').waitFor();
    await button(page, 'Solve').click();
    await page.getByText(/^TV is done/).waitFor({ state: 'attached' });
    const [last, before] = await jobsOf(page);
    expect([last, before].map(({ status, request }) => [status, request.task, request.frame])).toEqual([
      ['done', 'blur-motion', 'open'],
      ['done', 'inpaint', 'open'],
    ]);
    const [file] = await Promise.all([page.waitForEvent('download'), button(page, 'Manifest').click()]);
    const { operator, measurement } = JSON.parse(readFileSync((await file.path())!, 'utf8'));
    expect([operator.recipe.tensors.kernel.file, operator.recipe.frame, measurement.source]).toEqual(['kernel.npy', 'open', 'given']);
  });

  test('bad input is a sentence on the page, whoever finds it, and nothing is stuck', async () => {
    const studio = await studioProcess(await studioData(), '--max-side', '128', '--max-upload', '1MB', '--max-queue-user', '1');
    const { page } = await open(studio);
    await give(page, 'Choose a file', { name: 'huge.png', mimeType: 'image/png', buffer: hollowPng(40_000, 25_000) });
    expect(await complaint(page)).toMatch(/^huge\.png has 40000 x 25000 pixels, more than this page can hold/);
    await give(page, 'Choose a file', { name: '<b>x.png', mimeType: 'image/png', buffer: hollowPng(40, 40) });
    await page.getByText(/^<b>x\.png is .*damaged/).waitFor();
    await give(page, 'Choose a file', { name: '../../notes.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') });
    await page.getByText(/^notes\.txt is not an image that can be read/).waitFor();
    await give(page, 'Choose a file', { name: 'large.txt', mimeType: 'text/plain', buffer: Buffer.alloc(2 ** 21, 1) });
    await page.getByText(/^large\.txt is not an image that can be read/).waitFor();
    const dicom = Buffer.alloc(200);
    dicom.write('DICM', 128);
    await give(page, 'Choose a file', { name: 'slice.dcm', mimeType: 'application/dicom', buffer: dicom });
    await page.getByText(/^slice\.dcm is a DICOM file that is cut short or damaged/).waitFor();
    await give(page, 'Choose a file', metaVolume()[0]);
    await page.getByText(/^chest\.mhd names the file chest\.raw, which holds its numbers/).waitFor();
    await give(
      page,
      'Choose a file',
      npyFile('list.npy', [5], (i) => i),
    );
    await page.getByText(/^list\.npy has the shape \[5\]/).waitFor();
    expect(await button(page, /CT slice/).isEnabled()).toBe(true);

    await button(page, /CT slice/).click();
    await page.locator('.solve button:enabled').waitFor();
    await choose(page, 'fbp');
    await button(page, 'Solve').click();
    expect(await complaint(page)).toMatch(/^256 x 256 pixels are to be reconstructed, and this studio makes at most 128 x 128/);
    await button(page, 'Solve').waitFor();
    const full = { error: { message: 'The disk of the server is nearly full: no uploads are taken.', remedy: 'Remove old jobs.' } };
    await page.route('**/api/jobs', (route) => route.fulfill({ status: 507, json: full }), { times: 1 });
    await button(page, 'Solve').click();
    await page.getByText(/^The disk of the server is nearly full: no uploads are taken\. Remove old jobs\./).waitFor();
    await button(page, 'Solve').waitFor();
    await studio.end('SIGKILL');
    await button(page, 'Solve').click();
    await page.getByText(/^The server of the studio does not answer/).waitFor();
    await button(page, 'Solve').waitFor();
    await button(page, 'Other picture').click();
    await button(page, /Photograph/).waitFor();
  });

  test('a token that is wrong or not there', async () => {
    const studio = await studioProcess(await studioData(), '--token', 'a-token-of-my-own-1234');
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const { origin } = new URL(studio.address);
    for (const [path, sentence] of [
      ['/', 'This studio asks for a token.'],
      ['/?token=another-token-altogether', 'The token is wrong.'],
    ]) {
      expect((await page.goto(origin + path))?.status()).toBe(401);
      expect(await page.locator('body').innerText()).toContain(sentence);
    }
    await page.goto(studio.address);
    await button(page, /CT slice/).waitFor();
    expect(page.url()).not.toContain('token');
    await openScan(page);
    await choose(page, 'fbp');
    await button(page, 'Solve').click();
    await page.getByRole('heading', { name: 'Download: FBP' }).waitFor();
  });
});
