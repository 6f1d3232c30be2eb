import { createHash } from 'node:crypto';
import { copyFile, link, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { heldOutPhantom } from '../src/experiments/held-out.js';
import { encodePng } from '../src/io/node/index.js';
import { tensor } from '../src/tensor/tensor.js';
import { inProcess } from './in-process.js';

let base: string;
let folder: string;
let picture: Uint8Array;
let other: Uint8Array;
let k = 0;
const start = process.cwd();
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'posteriori-out-'));
  picture = await encodePng(heldOutPhantom('tuning', 1, 32).image);
  other = await encodePng(heldOutPhantom('tuning', 2, 32).image);
});
beforeEach(async () => {
  folder = join(base, String(k++));
  await mkdir(folder);
  process.chdir(folder);
});
afterAll(async () => {
  process.chdir(start);
  await rm(base, { recursive: true, force: true });
});

const fbp = ['--method', 'fbp', '--size', '32', '--angles', '9', '--baseline', 'none'];
const sharpen = ['--method', 'tv', '--blur', '0.6', '--set', 'iterations=2'];
const reconstruct = (...args: string[]) => inProcess('reconstruct', ...args, ...fbp);
const at = (...path: string[]) => join(folder, ...path);
const hash = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

/** Every file below, with its content. */
async function snapshot(): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(await Promise.all(files.map(async (file) => [file, await hash(file)] as const)));
}

/** The command refuses, names what is in the way, and changes nothing. */
async function refuses(args: readonly string[], message: RegExp): Promise<void> {
  const before = await snapshot();
  const { code, stderr } = await inProcess(...args);
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  expect(await snapshot()).toEqual(before);
}

describe('an input is never replaced, not even by force:', () => {
  test('a true image in the folder of the results', async () => {
    await writeFile('truth.png', picture);
    await refuses(['reconstruct', 'truth.png', '--out', '.', ...fbp], /truth\.png is an input/);
    await refuses(['reconstruct', 'truth.png', '--out', '.', '--force', ...fbp], /truth\.png is an input/);
  });

  test('reached by a link, or by another path', async () => {
    await writeFile('slice.png', picture);
    await mkdir('out');
    await link('slice.png', 'out/truth.png');
    await refuses(['reconstruct', 'slice.png', '--out', 'out', '--force', ...fbp], /truth\.png is an input/);
    await rm('out/truth.png');
    await symlink(at('slice.png'), 'out/reconstruction.png');
    await refuses(['reconstruct', at('slice.png'), '--out', 'out', '--force', ...fbp], /reconstruction\.png is an input/);
  });

  test('a picture and its mask', async () => {
    await writeFile('picture.png', picture);
    await writeFile(
      'mask.png',
      await encodePng(
        tensor(
          [1, 32, 32],
          Array.from({ length: 1024 }, (_, i) => (i < 64 ? 1 : -1)),
        ),
      ),
    );
    await refuses(
      ['inpaint', 'picture.png', '--mask', 'mask.png', '--out', '.', '--force', '--method', 'tv'],
      /(picture|mask)\.png is an input/,
    );
    await refuses(['deblur', 'picture.png', '--save', 'picture.png', '--out', 'out', '--force', ...sharpen], /picture\.png is an input/);
  });

  test('a measurement and its geometry, a manifest and its files', async () => {
    await writeFile('slice.png', picture);
    expect((await reconstruct('slice.png', '--out', 'made')).code).toBe(0);
    process.chdir('made');
    const given = ['--measurement', 'measurement.npy', '--geometry', 'geometry.json'];
    await refuses(
      ['reconstruct', ...given, '--out', '.', '--method', 'fbp', '--baseline', 'none'],
      /(measurement\.npy|geometry\.json) is an input/,
    );
    await refuses(['rerun', 'manifest.json', '--out', '.', '--force'], /is an input/);
  });
});

describe('files that no run wrote', () => {
  test('are not replaced, but by force; others in the folder stay', async () => {
    await writeFile('slice.png', picture);
    await mkdir('notes');
    await writeFile('notes/report.html', 'mine');
    await writeFile('notes/thoughts.txt', 'mine too');
    await refuses(['reconstruct', 'slice.png', '--out', 'notes', ...fbp], /report\.html is there already.*--force/);
    const { code, stderr } = await reconstruct('slice.png', '--out', 'notes', '--force');
    expect(code, stderr).toBe(0);
    expect(await readFile('notes/report.html', 'utf8')).toContain('<html');
    expect(await readFile('notes/thoughts.txt', 'utf8')).toBe('mine too');
  });

  test('a picture that --save would replace', async () => {
    await writeFile('blurred.png', picture);
    await writeFile('album.png', other);
    await refuses(['deblur', 'blurred.png', '--save', 'album.png', ...sharpen], /album\.png is there already/);
  });

  test('a folder by the name of a file', async () => {
    await writeFile('slice.png', picture);
    await mkdir('out/reconstruction.png', { recursive: true });
    await refuses(['reconstruct', 'slice.png', '--out', 'out', '--force', ...fbp], /reconstruction\.png is a folder/);
  });
});

describe('a folder of an earlier run', () => {
  test('is written anew: its files are replaced, those that the new run lacks are taken away', async () => {
    await writeFile('slice.png', picture);
    expect((await reconstruct('slice.png', '--out', 'out', '--samples', '1')).code).toBe(0);
    const before = await readdir('out');
    expect(before).toContain('truth.png');
    const given = ['--measurement', 'm.npy', '--geometry', 'g.json', '--out', 'out', '--method', 'cgls', '--baseline', 'none'];
    await copyFile('out/measurement.npy', 'm.npy');
    await copyFile('out/geometry.json', 'g.json');
    const { code, stderr } = await inProcess('reconstruct', ...given);
    expect(code, stderr).toBe(0);
    expect((await readdir('out')).sort()).toEqual(before.filter((name) => !name.startsWith('truth')).sort());
  });

  test('keeps what was changed since', async () => {
    await writeFile('slice.png', picture);
    expect((await reconstruct('slice.png', '--out', 'out')).code).toBe(0);
    await writeFile('out/report.html', 'with my remarks');
    await refuses(['reconstruct', 'slice.png', '--out', 'out', ...fbp], /report\.html was changed since/);
  });

  test('keeps a truth that is the input of the new run', async () => {
    await writeFile('slice.png', picture);
    expect((await reconstruct('slice.png', '--out', 'out')).code).toBe(0);
    await refuses(['reconstruct', 'out/truth.png', '--out', 'out', ...fbp], /truth\.png is an input/);
  });
});

describe('without --out', () => {
  test('two files of one name, and two settings, get folders of their own', async () => {
    await mkdir('a');
    await mkdir('b');
    await writeFile('a/slice.png', picture);
    await writeFile('b/slice.png', other);
    const outs: string[] = [];
    for (const args of [['a/slice.png'], ['b/slice.png'], ['b/slice.png', '--seed', '7']]) {
      const { code, stdout, stderr } = await reconstruct(...args, '--json');
      expect(code, stderr).toBe(0);
      outs.push(JSON.parse(stdout).out);
    }
    expect(outs).toEqual(['out/slice', 'out/slice-2', 'out/slice-3'].map((path) => join(path)));
    expect(await hash('out/slice/truth.png')).not.toBe(await hash('out/slice-2/truth.png'));
  });

  test.each(['...png', '..png', '.png', `${'x'.repeat(200)}.png`, 'a:b?.png'])('an input called %s', async (name) => {
    await mkdir('in');
    await writeFile(join('in', name), picture);
    process.chdir('in');
    const { code, stdout, stderr } = await reconstruct(name, '--json');
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).out).toMatch(/^out.[^/\\.:?]{1,60}$/);
    expect((await readdir('.')).sort()).toEqual([name, 'out'].sort());
    expect(await readdir('..')).toEqual(['in']);
  });
});

test('what a killed run left in the middle of writing is in nobody’s way, and goes', async () => {
  await writeFile('slice.png', picture);
  for (const name of ['.partial-old', `.partial-${process.pid}`]) {
    await mkdir(join('out', name), { recursive: true });
    await writeFile(join('out', name, 'truth.png'), 'half');
    await utimes(join('out', name), new Date('2020-01-01'), new Date('2020-01-01'));
  }
  await mkdir('out/.partial-new');
  const { code, stderr } = await reconstruct('slice.png', '--out', 'out');
  expect(code, stderr).toBe(0);
  expect((await readdir('out')).filter((name) => name.startsWith('.'))).toEqual(['.partial-new']); // it may be another run's
});

test('a name that is too long is told in words', async () => {
  await writeFile('slice.png', picture);
  await refuses(['reconstruct', 'slice.png', '--out', 'y'.repeat(300), ...fbp], /its name is too long/);
});
