import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createNodeRuntime } from '../../src/runtime/node/index.js';
import { bundle } from '../../src/runtime/testing/bundle.js';
import { relativeError, smallDecoderGradient } from '../../src/runtime/testing/small-decoder.js';
import { tensor } from '../../src/tensor/tensor.js';
import { findChromium, launch } from './launch.js';
import type { PageResult } from './page.js';
import { serve } from './serve.js';

const executablePath = findChromium();
if (executablePath === undefined) console.warn('skipped: no Chromium here to run the library in ("apt-get install chromium" brings one)');

describe.skipIf(executablePath === undefined)('the library in a browser', () => {
  let browser: Browser;
  let page: Page;
  let close: () => void;
  const pageErrors: string[] = [];

  beforeAll(async () => {
    const folder = await bundle('browser-test', { page: 'test/browser/page.ts' }, { platform: 'browser', splitting: true });
    const ort = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/wasm'));
    const { server, url } = await serve(
      { '/ort/': ort, '/page/': folder },
      '<!doctype html><script type="module" src="/page/page.mjs"></script>',
    );
    close = () => server.close();
    browser = await launch(executablePath!);
    page = await browser.newPage();
    page.on('pageerror', (error) => pageErrors.push(error.message));
    await page.goto(url);
    await page.waitForFunction('globalThis.posteriori !== undefined');
  });

  afterAll(async () => {
    await browser?.close();
    close?.();
  });

  test('the decoder gradient through WebAssembly equals that of Node to 1e-4', async () => {
    const runtime = await createNodeRuntime({ device: 'cpu' });
    const { outputs, feeds } = smallDecoderGradient();
    const expected = await (await runtime.compile(outputs)).run(feeds);
    await runtime.dispose();
    const result = await page.evaluate<PageResult>('posteriori.decoderGradient(2)');
    expect(result).toMatchObject({ device: 'wasm', threads: 2, shape: [1, 3, 8, 8] });
    expect(relativeError(tensor(result.shape, result.gradient), expected.gradient)).toBeLessThan(1e-4);
    expect(relativeError(tensor([], [result.loss]), expected.loss)).toBeLessThan(1e-4);
    expect(pageErrors).toEqual([]);
  });

  test('a device the browser lacks is a clear error with a remedy', async () => {
    expect(await page.evaluate('posteriori.failure("cpu")')).toBe(
      'UserError: There is no device "cpu" in a browser; the devices are wasm, webgpu.',
    );
    expect(await page.evaluate('posteriori.failure("webgpu")')).toMatch(
      /^UserError: The device "webgpu" does not work in this browser \(.+\)\. .*use the device "wasm"/,
    );
  });
});
