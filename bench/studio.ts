/*
 * How much longer the browser takes than the server for the studio's example: a CT slice of 256 x 256 from 25 views by ReSample. Both are
 * asked by the page itself, in turns, on as many threads as the machine has; seconds as the page shows them, least and median, and the
 * ratio of each pair. Needs a Chromium.
 *
 *   npm run bench -- studio [--rounds 3] [--steps 70] [--json]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startStudio } from '../src/studio/node/studio-server.js';
import { findChromium, launch } from '../test/browser/launch.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '70' },
    json: { type: 'boolean', default: false },
  },
});
const executablePath = findChromium();
if (executablePath === undefined) throw new Error('There is no Chromium here ("apt-get install chromium" brings one).');

const data = await mkdtemp(join(tmpdir(), 'posteriori-bench-'));
const studio = await startStudio({ data, port: 0 });
const browser = await launch(executablePath);
const seconds: Record<'server' | 'browser', number[]> = { server: [], browser: [] };
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(3600_000);
  await page.goto(studio.address);
  await page.getByRole('button', { name: /CT slice/ }).click();
  await page.locator('.solve button:enabled').waitFor();
  await page.getByLabel('Total variation too').uncheck();
  const solve = async (place: string): Promise<number> => {
    await page.getByText(place, { exact: true }).click();
    const steps = page.getByLabel(/^Steps/);
    if (!(await steps.isVisible())) await page.getByText('Options of the method').click();
    await steps.fill(values.steps);
    await steps.press('Tab');
    await page.getByRole('button', { name: /^Solve/ }).click();
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    await page.getByRole('button', { name: 'Solve again' }).waitFor();
    const cells = page.getByRole('row', { name: /^ReSample/ }).locator('td');
    return Number(await cells.last().textContent());
  };
  for (let round = 0; round < Number(values.rounds); round++) {
    seconds.server.push(await solve('on the server'));
    seconds.browser.push(await solve('in this browser'));
    process.stderr.write(`round ${round + 1}: server ${seconds.server.at(-1)} s, browser ${seconds.browser.at(-1)} s\n`);
  }
} finally {
  await browser.close();
  await studio.close();
  await rm(data, { recursive: true, force: true });
}

const sorted = (all: readonly number[]) => [...all].sort((a, b) => a - b);
const median = (all: readonly number[]) => sorted(all)[Math.floor(all.length / 2)];
const ratios = seconds.server.map((there, i) => seconds.browser[i] / there);
if (values.json) process.stdout.write(`${JSON.stringify({ seconds, ratios })}\n`);
else {
  for (const [place, all] of Object.entries(seconds))
    process.stdout.write(`${place}: least ${sorted(all)[0]} s, median ${median(all)} s\n`);
  process.stdout.write(`browser to server: least ${sorted(ratios)[0].toFixed(1)}, median ${median(ratios).toFixed(1)}\n`);
}
