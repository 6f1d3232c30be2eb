import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { availableParallelism } from 'node:os';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { heldOutPhantom } from '../../src/experiments/held-out.js';
import { prepareChoice, runProblem } from '../../src/experiments/node/run.js';
import { simulate } from '../../src/experiments/problem.js';
import { ctSetup } from '../../src/experiments/tasks/index.js';
import { formatNpy, npyTensor, parseNpy } from '../../src/io/index.js';
import { defaultGeometry } from '../../src/operators/index.js';
import { relativeError } from '../../src/runtime/testing/small-decoder.js';
import { type Tensor, tensor } from '../../src/tensor/tensor.js';
import { findChromium, launch, softwareGpu } from './launch.js';
import { serveFolder } from './serve.js';
import { buildStudio, button, give, longestTask } from './studio.js';

const executablePath = findChromium();

describe.skipIf(executablePath === undefined)('whole reconstructions in a browser', () => {
  let server: Server;
  let url: string;
  let browser: Browser;

  beforeAll(async () => {
    ({ server, url } = await serveFolder(await buildStudio('studio-slow')));
  });

  afterAll(() => {
    server?.close();
  });

  async function open(path: string, flags?: readonly string[]): Promise<Page> {
    browser = await launch(executablePath!, flags);
    const page = await (await browser.newContext({ acceptDownloads: true })).newPage();
    page.setDefaultTimeout(900_000);
    await page.goto(url + path);
    return page;
  }

  async function solved(page: Page): Promise<{ image: Tensor; seconds: number }> {
    await page.getByLabel('Total variation too').uncheck();
    await button(page, 'Solve').click();
    await page.getByRole('heading', { name: 'Download: ReSample' }).waitFor();
    const [file] = await Promise.all([page.waitForEvent('download'), button(page, 'NPY, float32').click()]);
    const seconds = Number(
      await page
        .getByRole('row', { name: /^ReSample/ })
        .locator('td')
        .last()
        .textContent(),
    );
    return { image: npyTensor(parseNpy(readFileSync((await file.path())!))), seconds };
  }

  test('the demo equals that of Node to 1e-3, and the page stays responsive', async () => {
    const choice = await prepareChoice({
      method: 'resample',
      prior: 'ct-pixel',
      seed: 0,
      baseline: 'none',
      device: 'cpu',
      threads: availableParallelism(),
    });
    const { outcome } = await runProblem(choice, (runtime, random) =>
      simulate(runtime, heldOutPhantom('demo', 10).image, ctSetup(defaultGeometry({ views: 25 })), { sigma: 0.01 }, random),
    );
    const page = await open('');
    await button(page, /CT slice/).click();
    let found: Awaited<ReturnType<typeof solved>> | undefined;
    const longest = await longestTask(page, async () => {
      found = await solved(page);
    });
    await browser.close();
    console.info(
      `the demo: ${found!.seconds} s in the browser, ${outcome.seconds.toFixed(1)} s in Node; longest task ${longest.toFixed(0)} ms`,
    );
    expect(relativeError(found!.image, outcome.image)).toBeLessThan(1e-3);
    expect(longest).toBeLessThan(100);
  }, 900_000);

  test('WebGPU equals WebAssembly to 1e-3', async () => {
    const small = formatNpy(
      tensor(
        [32, 32],
        Float32Array.from({ length: 1024 }, (_, i) => 0.9 * Math.sin(i / 9)),
      ),
    );
    const images: Tensor[] = [];
    for (const device of ['wasm', 'webgpu']) {
      const page = await open(`?device=${device}`, softwareGpu);
      await give(page, 'Choose a file', { name: 'small.npy', mimeType: '', buffer: Buffer.from(small) });
      const on = device === 'webgpu' ? 'Graphics card (WebGPU)' : /^Processor/;
      await page.getByText(on).waitFor();
      images.push((await solved(page)).image);
      await browser.close();
    }
    expect(relativeError(images[1], images[0])).toBeLessThan(1e-3);
  }, 1_200_000);
});
