import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileSource } from '../../io/node/index.js';
import { UserError } from '../../tensor/errors.js';
import { Random } from '../../tensor/random.js';
import { full, type Tensor, tensor } from '../../tensor/tensor.js';
import { openTensorFile } from '../checkpoints/index.js';
import { readSafetensors, writeSafetensors } from '../safetensors.js';
import type { StoredTensor } from '../stored-tensor.js';
import { writeSafetensorsFile } from './write-safetensors-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posteriori-tensors-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const tensors = new Map<string, Tensor>([
  ['b', new Random(1).normals([3, 5])],
  ['a', full(0.5)],
  ['none', tensor([0, 2])],
]);

test.each(['F32', 'F16', 'BF16'] as const)('%s: byte for byte what is written in memory', async (dtype) => {
  const path = join(folder, 'a.safetensors');
  const told: [number, number][] = [];
  await writeSafetensorsFile(path, tensors, { dtype, metadata: { made: 'here' }, progress: (...now) => told.push(now) });
  expect(new Uint8Array(await readFile(path))).toEqual(writeSafetensors(tensors, { dtype, metadata: { made: 'here' } }));
  expect(told.map(([done, total]) => `${done}/${total}`)).toEqual(['1/3', '2/3', '3/3']);
});

test('a checkpoint of PyTorch, tensor after tensor into a safetensors file', async () => {
  const source = await fileSource(fileURLToPath(new URL('../checkpoints/fixtures/zip-2.pt', import.meta.url)));
  const checkpoint = await openTensorFile(source);
  const path = join(folder, 'converted.safetensors');
  await writeSafetensorsFile(path, checkpoint.tensors);
  await checkpoint.close();
  const expected = readSafetensors(await readFile(new URL('../checkpoints/fixtures/expected.safetensors', import.meta.url))).tensors;
  const written = await openTensorFile(await fileSource(path));
  expect([...written.tensors.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [name, stored] of written.tensors) expect(await stored.read()).toEqual(expected.get(name));
  await written.close();
});

test('what fails on the way leaves no file, and the reason as it was', async () => {
  const path = join(folder, 'sub.safetensors');
  const before = await readdir(folder);
  const failing = {
    shape: [1],
    dtype: 'F32' as const,
    read: async () => {
      throw new UserError('the disk was pulled out');
    },
  };
  await expect(writeSafetensorsFile(path, new Map<string, Tensor | StoredTensor>([...tensors, ['late', failing]]))).rejects.toThrow(
    /^the disk was pulled out$/,
  );
  await expect(writeSafetensorsFile(path, new Map([['w', full(1e6)]]), { dtype: 'F16' })).rejects.toThrow(/"w" has values beyond 65504/);
  await expect(writeSafetensorsFile(join(folder, 'no', 'such'), tensors)).rejects.toThrow(/folder does not exist/);
  expect(await readdir(folder)).toEqual(before);
});
