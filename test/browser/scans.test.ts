import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bytesSource } from '../../src/io/index.js';
import { hdf5Bytes, zipBytes } from '../../src/io/testing/array-files.js';
import { ctSlice } from '../../src/io/testing/dicom-bytes.js';
import { plainMat4 } from '../../src/io/testing/mat-files.js';
import { tiffBytes } from '../../src/io/testing/tiff-bytes.js';
import { openZip } from '../../src/io/zip.js';
import { findChromium, launch } from './launch.js';
import { fanGeometry, type GivenFile, given, jsonFile, mat4Volume, metaVolume, niftiVolume, projections, ramp } from './scan-files.js';
import { serveFolder } from './serve.js';
import { buildStudio, button, complaint, faultsOf, give, npyFile, openPage } from './studio.js';

const executablePath = findChromium();
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.skipIf(executablePath === undefined)('scans and files of arrays on the page', () => {
  let browser: Browser;
  let server: Server;
  let url: string;
  let context: BrowserContext;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    ({ server, url } = await serveFolder(await buildStudio('studio-scans')));
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

  /** Open another picture, from the start. */
  async function instead(...files: readonly GivenFile[]): Promise<void> {
    if (await button(page, 'Other picture').isVisible()) await button(page, 'Other picture').click();
    await give(page, 'Choose a file', ...files);
    await page.locator('.solve button:enabled').waitFor();
  }

  const slider = (name = /^Slice/) => page.getByRole('slider', { name });

  async function choose(method: string): Promise<void> {
    await page.getByLabel(/^Method/).selectOption(method);
    await page.getByLabel('Total variation too').uncheck();
  }

  async function downloaded(name: string): Promise<Buffer> {
    const [file] = await Promise.all([page.waitForEvent('download'), button(page, name).click()]);
    return readFileSync((await file.path())!);
  }

  /** What the middle of the picture is, read by keys. */
  async function middle(): Promise<string> {
    await page.getByRole('img', { name: /^(Original|Picture)/ }).press('ArrowLeft');
    return (await page.locator('figure .figure').first().textContent()) ?? '';
  }

  test('scans are offered of CT slices alone, and what they measure is shown at once', async () => {
    await button(page, /Photograph/).click();
    const offered = async () => {
      await page.locator('.solve button:enabled').waitFor();
      return page.getByLabel('What happened').locator('option').allTextContents();
    };
    expect((await offered()).join()).not.toContain('CT');
    await button(page, 'Other picture').click();
    await button(page, /CT slice/).click();
    expect((await offered()).slice(0, 3)).toEqual(['CT from few views', 'CT of a limited angle', 'CT by a fan of rays']);
    await page.getByLabel('What happened').selectOption('ct-fan');
    await page.getByText('Fan-beam CT from 25 views: 25 views of 389 bins.').waitFor();
    await page.getByRole('img', { name: 'Sinogram' }).waitFor();
    await page.getByText('arc', { exact: true }).click();
    await page.getByText('Fan-beam CT from 25 views: 25 views of 373 bins.').waitFor();
  });

  test('a limited angle is solved in the tab; link, report, manifest and ZIP carry it', async () => {
    await open({}, '#example=slice&task=ct-limited&views=30&o.range=90&o.start=20&sigma=0.02&method=fbp');
    await page.getByText('CT from 30 views: 30 views of 363 bins.').waitFor();
    expect(await page.getByRole('slider', { name: /^Range of the views/ }).inputValue()).toBe('90');
    await page.getByLabel('Total variation too').uncheck();
    await button(page, 'Solve').click();
    await page.getByRole('heading', { name: 'Download: FBP' }).waitFor();
    expect(page.url()).toContain('task=ct-limited&views=30&sigma=0.02&o.range=90&o.start=20');
    expect(String(await downloaded('Report'))).toMatch(/range[\s\S]{0,40}90/);
    const files = await openZip(bytesSource(await downloaded('Everything (ZIP)'), 'zip'));
    const json = async (name: string) => {
      const member = files.get(name)!;
      return JSON.parse(Buffer.from(await member.read(0, member.size)).toString());
    };
    expect(await json('manifest.json')).toMatchObject({
      task: 'ct-limited',
      operator: { name: 'ct-limited', geometry: { file: 'geometry.json' } },
    });
    const { angles } = await json('geometry.json');
    expect([angles.length, angles[0], angles[10]].map((x) => Math.round(x * 1e4))).toEqual([300_000, 3491, 8727]);
    await button(page, 'History').click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^CT slice, FBP/ })
      .click();
    await page.getByRole('slider', { name: /^Range of the views/ }).waitFor();
    await open({}, '#example=slice&task=ct-fan&o.scan=short&o.detector=round');
    await page.getByText('Fan-beam CT from 25 views: 25 views of 389 bins.').waitFor();
    expect(await page.getByLabel('short scan').isChecked()).toBe(true);
  });

  test('a slice of a volume is chosen by keys; CT of it by a fan', async () => {
    await instead(niftiVolume('chest.nii'));
    await page.getByText(/look like Hounsfield units, and are taken as such/).waitFor();
    expect(await slider().inputValue()).toBe('5'); // the middle one
    expect(await middle()).toBe('200 HU');
    await slider().press('ArrowRight');
    await page.getByText('6 of 0 to 10').waitFor();
    await page.getByLabel('Slice, number').fill('9');
    await page.getByLabel('Slice, number').press('Tab');
    await page.locator('.solve button:enabled').waitFor();
    await expect.poll(middle).toBe('360 HU');
    await page.getByText('More settings').first().click();
    await page.getByLabel('Working size, pixels').selectOption('128');
    await page.getByText('chest.nii has 64 x 48 pixels; it was padded with air and resized to 128 x 128.').waitFor();
    expect(await slider().inputValue()).toBe('9');
    await page.getByLabel('What happened').selectOption('ct-fan');
    await page.getByText('short scan', { exact: true }).click();
    await page.getByText(/^Fan-beam CT from 25 views/).waitFor();
    await choose('cgls');
    await button(page, 'Solve').click();
    await page.getByRole('heading', { name: 'Download: CGLS' }).waitFor();
    const manifest = JSON.parse(String(await downloaded('Manifest')));
    expect(manifest).toMatchObject({ task: 'ct-fan', input: 'chest.nii', method: 'cgls' });
    await page.getByLabel('Its numbers are').selectOption('grey');
    await page.getByLabel('White is').fill('400');
    await page.getByLabel('White is').press('Tab');
    await page.getByText('chest.nii is grey; it was repeated over three channels.').waitFor();
    expect(await slider().inputValue()).toBe('9');
  });

  test('a header and its numbers; an array among several; pages, frames, and what MATLAB and HDF5 hold', async () => {
    await instead(...metaVolume().toReversed());
    expect(await middle()).toBe('200 HU');
    expect(await page.getByText(/files, .* is used/).count()).toBe(0);
    await page.getByText('More settings').first().click();
    expect(await page.getByLabel('Its numbers are').count()).toBe(0); // the file says it

    const member = async (shape: readonly number[]) => npyFile('', shape, ramp(shape)).buffer;
    await instead(
      given(
        'two.npz',
        await zipBytes({ 'a.npy': await member([40, 50]), 'b.npy': await member([6, 40, 50]), 'c.npy': await member([3]) }, 6),
      ),
    );
    expect(await page.getByLabel('Array').locator('option').allTextContents()).toEqual(['a [40,50] float32', 'b [6,40,50] float32']);
    expect(await slider().inputValue()).toBe('3');
    await page.getByLabel('Array').selectOption('a');
    await expect.poll(() => slider().count()).toBe(0);

    const strip = (value: number) => new Uint8Array(Float32Array.from({ length: 48 * 40 }, (_, i) => value + (i % 48)).buffer);
    await instead(
      given('pages.tif', tiffBytes([1, 2, 3].map((k) => ({ width: 48, height: 40, bits: 32, format: 3 as const, strips: [strip(k)] })))),
    );
    expect(await slider().inputValue()).toBe('1');
    await page.getByText(/^pages\.tif does not say what its numbers mean\. Those from 2 to 49 are shown/).waitFor();

    const stored = Array.from({ length: 3 * 40 * 40 }, (_, i) => 1024 + 100 * Math.floor(i / 1600));
    await instead(given('frames.dcm', ctSlice({ rows: 40, columns: 40, stored, extra: [[0x00280008, 'IS', '3']] })));
    expect(await middle()).toBe('100 HU');
    await slider(/^Frame/).press('End');
    await expect.poll(middle).toBe('200 HU');

    await instead(mat4Volume('slices.mat'));
    await page.getByLabel('Array').waitFor();
    await instead(
      given(
        'deep.h5',
        await hdf5Bytes(
          (root) =>
            void root.create_dataset({
              name: 'vol',
              data: Float64Array.from({ length: 2 * 3 * 40 * 40 }, (_, i) => Math.sin(i)),
              shape: [2, 3, 40, 40],
            }),
        ),
      ),
    );
    expect(await page.getByRole('slider', { name: /^Slice along axis/ }).count()).toBe(2);
  });

  test('a sinogram of a fan, out of projections', async () => {
    await instead(projections('scan.npy'), jsonFile('geometry.json', fanGeometry));
    await page.getByText('Fan-beam CT from 12 views: 12 views of 71 bins.').waitFor();
    expect(await slider().inputValue()).toBe('2');
    await slider().press('ArrowLeft');
    await page.getByText('1 of 0 to 4').waitFor();
    await page.locator('.solve button:enabled').waitFor();
    await choose('fbp');
    await button(page, 'Solve').click();
    await page.getByRole('heading', { name: 'Download: FBP' }).waitFor();
    expect(await faultsOf(page, axe)).toEqual([]);
  });

  test('bad files of arrays are a sentence on the page', async () => {
    const npy = (name: string, type: string, shape: string, bytes = 64): GivenFile => {
      const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape}), }`.padEnd(117);
      return given(
        name,
        Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), Buffer.from([118, 0]), Buffer.from(`${header}\n`), Buffer.alloc(bytes)]),
      );
    };
    const whole = niftiVolume('cut.nii.gz');
    const wide = await zipBytes({ 'zeros.npy': npy('', '|u1', '9000, 9000', 81e6).buffer }, 6);
    for (const [files, sentence] of [
      [[given('cut.nii', niftiVolume('').buffer.subarray(0, 4000))], /^cut\.nii is cut short or damaged: it states an array \[11,48,64\]/],
      [[{ ...whole, buffer: Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]) }], /^cut\.nii\.gz is packed by gzip and holds no NIfTI volume/],
      [[metaVolume()[0]], /^chest\.mhd names the file chest\.raw, which holds its numbers\. Give both together\./],
      [[npy('list.npy', '<f4', '5,')], /^list\.npy has the shape \[5\]: it is no image/],
      [[npy('text.npy', '<U8', '4, 4')], /^text\.npy holds numbers of type <U8, which is not read/],
      [[npy('complex.npy', '<c8', '2, 4')], /^complex\.npy holds numbers of type <c8, which is not read/],
      [[npy('huge.npy', '<f4', '1000, 1000, 1000')], /^huge\.npy is cut short/],
      [[given('wide.npz', wide)], /^wide\.npz has 9000 x 9000 numbers, more than this page can hold/],
      [[npy('nan.npy', '<f4', '40, 40', 6400), jsonFile('geometry.json', { beam: 'cone' })], /^geometry\.json/],
      [[given('numbers.mat', plainMat4)], /^The picture has 3 x 2 pixels; 32 a side are the least/],
      [[given('plain.zip', await zipBytes({ 'a.txt': Buffer.from('a') }, 0))], /^plain\.zip is a zip without arrays/],
      [[given('broken.h5', Buffer.from('\x89HDF\r\n\x1a\n and no more', 'latin1'))], /^broken\.h5 is an HDF5 file/],
      [[given('broken.tif', Buffer.from('II*\0\xff\xff\xff\x7f', 'latin1'))], /^broken\.tif is a TIFF file that is cut short or damaged/],
    ] as const) {
      await give(page, 'Choose a file', ...files);
      await page.getByText(sentence).waitFor();
      expect(await complaint(page)).toMatch(sentence);
      expect(await page.getByText('Reading …').count()).toBe(0);
    }
    await instead(npyFile('four.npy', [3, 4, 40, 40], ramp([3, 4, 40, 40])));
    expect(await page.getByRole('slider', { name: /^Slice along axis/ }).count()).toBe(2);
  });

  test('what is never read to the end is given up', async () => {
    await open({ serviceWorkers: 'block' });
    await page.route('**/read-arrays-*', () => {}); // which never comes
    await give(page, 'Choose a file', niftiVolume('chest.nii'));
    await button(page, 'Give up').click();
    expect(await complaint(page)).toMatch(/^It was not read to the end/);
    expect(await page.getByText('Reading …').count()).toBe(0);
    await page.unroute('**/read-arrays-*');
    await instead(niftiVolume('chest.nii'));
  });

  test.each([
    ['light', 1280],
    ['dark', 390],
  ] as const)('axe finds nothing with the slices to choose, in %s at %i pixels, and nothing sticks out', async (colorScheme, width) => {
    await open({ colorScheme, viewport: { width, height: 800 } });
    await instead(niftiVolume('chest.nii'));
    await page.getByText('More settings').first().click();
    await page.getByLabel('What happened').selectOption('ct-limited');
    await page.locator('.solve button:enabled').waitFor();
    expect(await faultsOf(page, axe)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
  });
});
