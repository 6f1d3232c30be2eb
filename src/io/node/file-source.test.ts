import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UserError } from '../../tensor/errors.js';
import { fileSource } from './file-source.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posteriori-source-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('ranges of a file, also several at once', async () => {
  const path = join(folder, 'a');
  await writeFile(path, 'hello, world');
  const source = await fileSource(path);
  expect([source.name, source.size]).toEqual([path, 12]);
  const parts = await Promise.all([source.read(7, 5), source.read(0, 5), source.read(12, 0)]);
  expect(parts.map((part) => new TextDecoder().decode(part))).toEqual(['world', 'hello', '']);
  await expect(source.read(7, 6)).rejects.toThrow(/a is truncated: it has 12 bytes/);
  await source.close();
});

test('a file beyond 4 GiB is read at its far end', async () => {
  const path = join(folder, 'large');
  const file = await open(path, 'w');
  await file.write(Uint8Array.of(1, 2, 3), 0, 3, 5 * 2 ** 30); // the rest takes no room on the disk
  await file.close();
  const source = await fileSource(path);
  expect(source.size).toBe(5 * 2 ** 30 + 3);
  expect([...(await source.read(5 * 2 ** 30 - 1, 4))]).toEqual([0, 1, 2, 3]);
  await source.close();
});

test('a file that becomes shorter, is missing, a folder, or no file at all', async () => {
  const path = join(folder, 'b');
  await writeFile(path, 'hello');
  const source = await fileSource(path);
  await truncate(path, 2);
  await expect(source.read(0, 5)).rejects.toThrow(UserError);
  await expect(source.read(0, 5)).rejects.toThrow(/became shorter/);
  await source.close();
  for (const [bad, message] of [
    [join(folder, 'nowhere'), /nowhere: it does not exist/],
    [join(path, 'below'), /a part of its path is a file/],
    [folder, /is a folder/],
    ['/dev/null', /not a regular file/],
  ] as const) {
    await expect(fileSource(bad)).rejects.toThrow(UserError);
    await expect(fileSource(bad)).rejects.toThrow(message);
  }
});
