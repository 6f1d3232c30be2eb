import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { heldOutPhantom } from '../src/experiments/held-out.js';
import { formatNpy, npyTensor, parseNpy } from '../src/io/index.js';
import { encodePng } from '../src/io/node/index.js';
import { tensor } from '../src/tensor/tensor.js';
import { posteriori } from './command-line.js';
import { inProcess } from './in-process.js';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'posteriori-series-'));
  await mkdir(join(cwd, 'slices'));
  // names whose order as text is not that of their numbers
  for (const k of [1, 2, 10]) await writeFile(join(cwd, 'slices', `s${k}.png`), await encodePng(heldOutPhantom('tuning', k).image));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const flags = ['--method', 'cgls', '--size', '32', '--angles', '9', '--baseline', 'none'];
const run = (...args: string[]) => inProcess('reconstruct', ...args, ...flags);
const read = async (...path: string[]) => npyTensor(parseNpy(await readFile(join(cwd, ...path))));

describe('a folder of slices', () => {
  test('is reconstructed one after the other, as each alone would be, into one volume and one report', async () => {
    const { code, stdout, stderr } = await run(join(cwd, 'slices'), '--out', join(cwd, 'all'), '--json');
    expect([code, stderr]).toEqual([0, expect.stringContaining('[3/3] s10')]);
    const { slices, means, failed } = JSON.parse(stdout);
    expect([slices.map(({ name }: { name: string }) => name), failed]).toEqual([['s1', 's2', 's10'], 0]);
    expect(means.psnr).toBeCloseTo(slices.reduce((sum: number, { psnr }: { psnr: number }) => sum + psnr, 0) / 3, 6);
    const volume = await read('all', 'volume.npy');
    expect(volume.shape).toEqual([3, 32, 32]);
    await run(join(cwd, 'slices', 's10.png'), '--out', join(cwd, 'alone'));
    const alone = await read('alone', 'reconstruction.npy');
    expect(volume.data.slice(2 * 1024)).toEqual(alone.data);
    const report = await readFile(join(cwd, 'all', 'report.html'), 'utf8');
    for (const name of ['s1', 's2', 's10']) expect(report).toContain(`slices/${name}/report.html`);
    expect(report).toContain('3 of 3 slices');
  });

  test('what is done is not done again, unless its options or its measurement are others', async () => {
    const out = join(cwd, 'again');
    const written = async (name: string) => (await stat(join(out, 'slices', name, 'manifest.json'))).mtimeMs;
    await run(join(cwd, 'slices'), '--slices', '0:1', '--out', out);
    const first = await written('s1');
    const { stderr } = await run(join(cwd, 'slices'), '--out', out);
    expect(stderr).toContain('s1: is there already');
    expect(await written('s1')).toBe(first);
    expect((await read('again', 'volume.npy')).shape).toEqual([3, 32, 32]);
    const other = await run(join(cwd, 'slices'), '--out', out, '--seed', '1');
    expect(other.stderr).not.toContain('already');
    expect(await written('s1')).not.toBe(first);
    // a reconstruction that was changed since is no longer what the manifest says
    await writeFile(join(out, 'slices', 's2', 'reconstruction.npy'), formatNpy(tensor([1, 1, 32, 32])));
    const changed = await run(join(cwd, 'slices'), '--out', out, '--seed', '1', '--force');
    expect(changed.stderr).toMatch(/s1: is there already[\s\S]*s2: \d/);
  });

  test('a file of another in the folder is not replaced', async () => {
    await mkdir(join(cwd, 'theirs'));
    await writeFile(join(cwd, 'theirs', 'report.html'), 'mine');
    const { code } = await run(join(cwd, 'slices'), '--out', join(cwd, 'theirs'));
    expect([code, await readFile(join(cwd, 'theirs', 'report.html'), 'utf8')]).toEqual([2, 'mine']);
  });

  test('one that is broken is missing and named, the others are made', async () => {
    const folder = join(cwd, 'broken');
    await mkdir(folder);
    const png = await encodePng(heldOutPhantom('tuning', 1).image);
    await writeFile(join(folder, 'a.png'), png);
    await writeFile(join(folder, 'b.png'), png.subarray(0, 200));
    await writeFile(join(folder, 'c.png'), png);
    const { code, stdout } = await run(folder, '--out', join(cwd, 'two'));
    expect([code, stdout]).toEqual([1, expect.stringContaining('b is missing')]);
    expect(await readFile(join(cwd, 'two', 'report.html'), 'utf8')).toMatch(/<strong>b<\/strong> is missing: .*cut short/);
    const volume = await read('two', 'volume.npy');
    const plane = (k: number) => [...volume.data.slice(k * 1024, (k + 1) * 1024)];
    expect([plane(0).some(Number.isNaN), plane(1).every(Number.isNaN), plane(2).some(Number.isNaN)]).toEqual([false, true, false]);
  });

  test('stopped in the middle, it goes on from there', async () => {
    const out = join(cwd, 'stopped');
    const args = ['reconstruct', join(cwd, 'slices'), '--out', out, ...flags, '--method', 'tv', '--size', '96'];
    const stopped = await posteriori(args, {
      cwd,
      started: (child) => child.stderr?.on('data', (chunk) => String(chunk).includes('[1/3]') && child.kill('SIGINT')),
    });
    const made = await readdir(join(out, 'slices'));
    if (stopped.code === 0)
      expect(made).toHaveLength(3); // a machine that is done before it hears the signal
    else {
      expect([stopped.code, stopped.stderr]).toEqual([
        130,
        expect.stringMatching(/Cancelled\. [12] of 3 slices are in .*: the same command/),
      ]);
      expect(made.length).toBeLessThan(3);
    }
    const { code, stderr } = await posteriori(args, { cwd });
    expect([code, stderr]).toEqual([0, expect.stringContaining('s1: is there already')]);
    expect((await read('stopped', 'volume.npy')).shape).toEqual([3, 96, 96]);
  });
});

describe('measurements', () => {
  test('of a stack of sinograms, and of a folder of them, are the same slices', async () => {
    await run(join(cwd, 'slices'), '--out', join(cwd, 'measured'));
    const names = ['s1', 's2', 's10'];
    const sinograms = await Promise.all(names.map((name) => read('measured', 'slices', name, 'measurement.npy')));
    const [, views, bins] = sinograms[0].shape;
    const stack = tensor(
      [3, views, bins],
      sinograms.flatMap(({ data }) => [...data]),
    );
    await writeFile(join(cwd, 'stack.npy'), formatNpy(stack));
    await mkdir(join(cwd, 'sinograms'));
    for (const [k, y] of sinograms.entries()) await writeFile(join(cwd, 'sinograms', `${k}.npy`), formatNpy(y));
    const geometry = join(cwd, 'measured', 'slices', 's1', 'geometry.json');
    const given = (measurement: string, out: string) =>
      inProcess(
        'reconstruct',
        '--measurement',
        join(cwd, measurement),
        '--geometry',
        geometry,
        '--method',
        'cgls',
        '--baseline',
        'none',
        '--out',
        out,
      );
    expect((await given('stack.npy', join(cwd, 'from-stack'))).code).toBe(0);
    expect((await given('sinograms', join(cwd, 'from-folder'))).code).toBe(0);
    const volume = await read('measured', 'volume.npy');
    for (const out of ['from-stack', 'from-folder']) expect((await read(out, 'volume.npy')).data).toEqual(volume.data);
  });
});

test('of an array of images, those that are asked for', async () => {
  const images = [1, 2, 10].map((k) => heldOutPhantom('tuning', k).image);
  const [, , height, width] = images[0].shape;
  await writeFile(
    join(cwd, 'volume.npy'),
    formatNpy(
      tensor(
        [3, height, width],
        images.flatMap(({ data }) => [...data]),
      ),
    ),
  );
  const { code, stdout } = await run(join(cwd, 'volume.npy'), '--range=-1,1', '--slices', '1:2', '--out', join(cwd, 'some'), '--json');
  expect([code, JSON.parse(stdout).slices.map(({ name }: { name: string }) => name)]).toEqual([0, ['slice-1', 'slice-2']]);
  await run(join(cwd, 'volume.npy'), '--range=-1,1', '--slice', '2', '--out', join(cwd, 'one'));
  expect((await read('some', 'volume.npy')).data.slice(1024)).toEqual((await read('one', 'reconstruction.npy')).data);
});

test.each([
  [['--slices', '2:5'], 2, /holds 3 slices, 0 to 2; --slices 2:5/],
  [['--slices', '2:1'], 2, /first and the last slice/],
])('%j is refused before any work', async (more, exit, message) => {
  const { code, stderr } = await run(join(cwd, 'slices'), ...more, '--out', join(cwd, 'none'));
  expect([code, stderr]).toEqual([exit, expect.stringMatching(message)]);
  expect((await readdir(cwd)).includes('none')).toBe(false);
});

test('--slices of a single image is refused', async () => {
  const { code, stderr } = await run(join(cwd, 'slices', 's1.png'), '--slices', '0', '--out', join(cwd, 'none'));
  expect([code, stderr]).toEqual([2, expect.stringMatching(/is one image: --slices is for a folder/)]);
});
