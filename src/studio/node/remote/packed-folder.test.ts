import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { zipBytes } from '../../../io/testing/array-files.js';
import { packFolder, unpackFolder } from './packed-folder.js';

async function folderFor(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'posteriori-packed-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const always = () => true;
const bytes = new TextEncoder().encode('content');

test('a folder comes back as it was, in place of what lay there; not where it is not wanted any more', async () => {
  const folder = await folderFor();
  const names = ['manifest.json', 'sample-1.npy'];
  for (const name of names) await writeFile(join(folder, name), name);
  const packed = await packFolder(folder, names);
  const out = join(folder, 'out');
  await unpackFolder(packed, names, out, () => false);
  expect(await readdir(folder)).toEqual(names);
  await unpackFolder(packed, names, out, always);
  await writeFile(join(out, 'old.png'), '');
  await unpackFolder(packed, names, out, always);
  expect(await readdir(out)).toEqual(names);
  expect(await readFile(join(out, names[1]), 'utf8')).toBe(names[1]);
  expect((await readdir(folder)).sort()).toEqual(['manifest.json', 'out', 'sample-1.npy']);
});

test.each([
  [['../evil.txt'], ['../evil.txt']],
  [['/tmp/evil.txt'], ['/tmp/evil.txt']],
  [['a\\b.txt'], ['a\\b.txt']],
  [['.hidden'], ['.hidden']],
  [['a/b.txt'], ['a/b.txt']],
  [['a.txt', 'more.txt'], ['a.txt']],
  [['a.txt'], ['a.txt', 'missing.txt']],
])('a zip of %j that says %j is refused, and nothing is written', async (members, names) => {
  const folder = await folderFor();
  const packed = await zipBytes(Object.fromEntries(members.map((name) => [name, bytes])), 0);
  await expect(unpackFolder(packed, names, join(folder, 'out'), always)).rejects.toThrow(/another result than it says|Unsafe filename/);
  expect(await readdir(folder)).toEqual([]);
});

test('bytes that are no zip', async () => {
  const folder = await folderFor();
  await expect(unpackFolder(bytes, ['a.txt'], join(folder, 'out'), always)).rejects.toThrow(/cannot be read as a zip/);
});
