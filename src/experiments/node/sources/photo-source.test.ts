import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { formatNpy } from '../../../io/index.js';
import { encodePng } from '../../../io/node/index.js';
import { tensor } from '../../../tensor/tensor.js';
import { readKernel, readMask } from './photo-source.js';

const folder = await mkdtemp(join(tmpdir(), 'posteriori-parts-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(['mask.npy', 'mask.NPY', 'mask', 'mask.png'])('the numbers of a mask mean the same under the name %s', async (name) => {
  const kept = [1, 1, 0, 1];
  await writeFile(join(folder, name), formatNpy(tensor([2, 2], kept)));
  expect([...(await readMask(join(folder, name))).data]).toEqual(kept);
  await writeFile(join(folder, name), formatNpy(tensor([3, 1], [0.25, 0.5, 0.25])));
  expect((await readKernel(join(folder, name))).shape).toEqual([3, 1]);
});

test('of a picture the white is missing, whatever its name', async () => {
  const path = join(folder, 'holes.npy');
  await writeFile(path, await encodePng(tensor([2, 2], [1, -1, -1, -1])));
  expect([...(await readMask(path)).data]).toEqual([0, 1, 1, 1]);
});
