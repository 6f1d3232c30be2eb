import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { heldOutPhantom, heldOutPhotograph } from '../src/experiments/held-out.js';
import { averagePool, constant, conv2d, input, toOnnx } from '../src/graph/index.js';
import { encodePicture, encodePng } from '../src/io/node/index.js';
import { ctSlice } from '../src/io/testing/dicom-bytes.js';
import { Random } from '../src/tensor/random.js';
import { mapTensor, reshapeTensor, type Tensor, tensor } from '../src/tensor/tensor.js';
import { posteriori, root } from './command-line.js';
import { commandsWithExamples, examplesOf, printedCommands } from './printed-commands.js';

/*
 * Every command of the README and of the helps, as it is printed, run to its end in a folder that holds the files it names. Left out: what
 * needs the network (hf:), trainings, which take hours, the studio, which has no end, and what is about a scanner's files and arrays
 * (docs/scans.md, docs/geometry.md), whose commands have tests of their own.
 */

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'posteriori-printed-'));
  const write = (name: string, bytes: Uint8Array) => writeFile(join(cwd, name), bytes);
  const { data } = heldOutPhantom('tuning', 1, 128).image;
  const stored = Array.from(data, (v) => Math.round(1000 * v) + 1024);
  await write('slice.dcm', ctSlice({ rows: 128, columns: 128, stored }));
  const { image } = heldOutPhotograph('tuning', 1, 256);
  const photo = reshapeTensor(image, [3, 256, 256]);
  const small = reshapeTensor(heldOutPhotograph('tuning', 2, 64).image, [3, 64, 64]);
  const square = (inside: number, outside: number): Tensor =>
    mapTensor(tensor([1, 256, 256]), (_, i) => (Math.abs((i >> 8) - 100) < 12 && Math.abs((i & 255) - 120) < 12 ? inside : outside));
  for (const name of ['damaged.png', 'blurred.png']) await write(name, await encodePng(photo));
  for (const name of ['photo.jpg', 'moved.jpg']) await write(name, await encodePicture(photo, { format: 'jpeg' }));
  await write('cut-out.png', await encodePicture(photo, { format: 'png', alpha: reshapeTensor(square(0, 1), [256, 256]) }));
  await write('small.png', await encodePng(small));
  await write('small.jpg', await encodePicture(small, { format: 'jpeg' }));
  await write('mask.png', await encodePng(square(1, -1)));
  await write('kernel.png', await encodePng(mapTensor(tensor([1, 9, 9]), (_, i) => (Math.floor(i / 9) === 4 && i % 9 > 2 ? 1 : -1))));
  await write('camera.onnx', toOnnx({ y: averagePool(input('x', [1, 3, 256, 256]), 4) }).bytes);
  const weight = constant(new Random(1).normals([3, 4, 3, 3]));
  await write('decoder.onnx', toOnnx({ image: conv2d(input('z', [1, 4, 8, 8]), weight, { pads: 1 }) }).bytes);
  await copyFile(join(root, 'src', 'priors', 'node', 'fixtures', 'lightning.ckpt'), join(cwd, 'model.ckpt'));
  // a real measurement is one that was made before
  const made = await posteriori('reconstruct slice.dcm --size 128 --method fbp --baseline none --out made'.split(' '), { cwd });
  expect(made.stderr).not.toContain('Error');
  await copyFile(join(cwd, 'made', 'measurement.npy'), join(cwd, 'y.npy'));
  await copyFile(join(cwd, 'made', 'geometry.json'), join(cwd, 'geometry.json'));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

test('every command that is printed runs, in the order in which it is printed', async () => {
  const examples = (await Promise.all(commandsWithExamples.map(examplesOf))).flat();
  const failed: string[] = [];
  for (const line of [...printedCommands, ...examples].filter(
    (command) =>
      !/hf:|^train |^studio|^prepare-scan|^inspect|slices\/|volume\.nii|scan\.(mat|h5)|out\/(scan|tooth)|ct-fan|ct-limited/.test(command),
  )) {
    const { code, stderr } = await posteriori(line.split(/\s+/), { cwd });
    if (code !== 0) failed.push(`posteriori ${line}: ${code}\n${stderr}`);
  }
  expect(failed).toEqual([]);
}, 1_500_000);
