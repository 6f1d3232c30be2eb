import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { formatNpy } from '../../src/io/index.js';
import { repositoryRoot } from '../../src/runtime/testing/bundle.js';
import { tensor } from '../../src/tensor/tensor.js';

/** So long a page is waited for: a machine may be busy with other things. */
export const PATIENCE_MS = 150_000;

/** Build the page into a folder of its own. */
export async function buildStudio(name: string): Promise<string> {
  const folder = join(repositoryRoot, 'node_modules', '.cache', 'posteriori', name);
  await promisify(execFile)(process.execPath, [join(repositoryRoot, 'scripts', 'studio-build.mjs'), folder]);
  return folder;
}

/** A page in a browser of its own, and what is wrong with it: its errors, what its policies refuse, and whatever it asks of another origin. */
export async function openPage(
  browser: Browser,
  address: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ readonly context: BrowserContext; readonly page: Page; readonly faults: string[] }> {
  const faults: string[] = [];
  const context = await browser.newContext({ acceptDownloads: true, viewport: { width: 1280, height: 860 }, ...options });
  context.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(new URL(address).origin)) faults.push(request.url());
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => /Content.Security.Policy|Refused to/i.test(message.text()) && faults.push(message.text()));
  await page.goto(address);
  return { context, page, faults };
}

/** Faults of the page, in words, as axe finds them. */
export async function faultsOf(page: Page, axe: string): Promise<string[]> {
  if (!(await page.evaluate('globalThis.axe !== undefined'))) await page.evaluate(axe);
  const found = 'axe.run(document).then((all) => all.violations.map((one) => one.id + ": " + one.nodes.map((n) => n.target).join(", ")))';
  return page.evaluate<string[]>(found);
}

export function button(page: Page, name: string | RegExp): Locator {
  return page.getByRole('button', { name });
}

/** Give the page a file by its button. */
export async function give(
  page: Page,
  label: string | RegExp,
  ...files: Array<{ name: string; mimeType: string; buffer: Buffer }>
): Promise<void> {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button(page, label).click()]);
  await chooser.setFiles(files);
}

/** The sentence that the page complains with. */
export async function complaint(page: Page): Promise<string> {
  const alert = page.getByRole('alert').locator('p');
  await alert.waitFor();
  return (await alert.textContent()) ?? '';
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds in which the thread computed. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/**
 * The longest task of the page's own thread while something is done, in milliseconds of computing: what it waits for other programs, on a
 * busy machine, is not counted.
 */
export async function longestTask(page: Page, work: () => Promise<void>): Promise<number> {
  const session = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['devtools.timeline', 'toplevel'] },
  });
  await work();
  await session.send('Tracing.end');
  await complete;
  const mains = events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain');
  const own = events.filter(({ name, pid, tid }) => /RunTask/.test(name) && mains.some((main) => main.pid === pid && main.tid === tid));
  if (own.length === 0) throw new Error('the trace holds no task of the page');
  return Math.max(...own.map(({ tdur = 0 }) => tdur)) / 1000;
}

/** A PNG whose header claims a size, and that holds nothing. */
export function hollowPng(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(64);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, ...Buffer.from('IHDR')]);
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
}

/** An NPY to give to the page. */
export function npyFile(
  name: string,
  shape: readonly number[],
  value: (i: number) => number,
): { name: string; mimeType: string; buffer: Buffer } {
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => value(i));
  return { name, mimeType: 'application/octet-stream', buffer: Buffer.from(formatNpy(tensor(shape, data))) };
}
