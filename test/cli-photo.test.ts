import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { averagePool, input, tanh, toOnnx } from '../src/graph/index.js';
import { photograph } from '../src/images/photographs/index.js';
import { formatNpy, npyTensor, parseNpy } from '../src/io/index.js';
import { encodePng, readPicture } from '../src/io/node/index.js';
import { Random } from '../src/tensor/random.js';
import { mapTensor, tensor } from '../src/tensor/tensor.js';
import { inProcess } from './in-process.js';
import { writeTinyPrior } from './tiny-prior.js';

let cwd: string;
const at = (...path: string[]) => join(cwd, ...path);
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'posteriori-photo-'));
  await writeTinyPrior(at('tiny'), { channels: 3 });
  const picture = photograph(new Random(3), { size: 80 });
  await writeFile(at('photo.png'), await encodePng(picture));
  const mask = tensor([80, 80]);
  for (let i = 0; i < 80 * 80; i++) mask.data[i] = i % 80 > 30 && i % 80 < 45 && i > 1600 && i < 3200 ? 1 : -1;
  await writeFile(at('mask.png'), await encodePng(mask));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const quick = () => ['--prior', at('tiny'), '--set', 'steps=4', '--set', 'latentIterations=2', '--set', 'cgIterations=3', '--json'];
const numbers = async (...path: string[]) => npyTensor(parseNpy(await readFile(at(...path))));

describe('posteriori reconstruct of a photograph', () => {
  test.each([
    ['inpaint-random', ['tv'], ['mask.npy', 'mask.png']],
    ['sr4', ['bicubic', 'tv'], []],
    ['blur-motion', ['tv'], ['kernel.npy', 'kernel.png']],
    ['blur-nonlinear', [], ['kernel.npy', 'kernel.png']],
  ])('%s leaves a whole set of files, and a rerun gives the same bits', async (task, baselines, parts) => {
    const params = task.startsWith('blur') ? ['--param', 'size=9'] : [];
    const args = ['reconstruct', at('photo.png'), '--task', task, ...params, '--size', '64', '--seed', '5', '--out', at(task), ...quick()];
    const { code, stdout, stderr } = await inProcess(...args, '--set', 'pixelIterations=3');
    expect(code, stderr).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ method: 'resample', task, noise: 1e-4 });
    expect(result.baselines.map(({ method }: { method: string }) => method)).toEqual(baselines);
    expect(result.baseline?.method).toBe(baselines.at(-1)); // the strongest
    expect(result.psnr).toBeGreaterThan(5);
    const files = ['truth', 'reconstruction', 'measurement', ...baselines].flatMap((name) => [`${name}.png`, `${name}.npy`]);
    expect((await readdir(at(task))).sort()).toEqual([...files, ...parts, 'manifest.json', 'report.html'].sort());
    expect((await numbers(task, 'reconstruction.npy')).shape).toEqual([1, 3, 64, 64]);
    const again = await inProcess('rerun', at(task, 'manifest.json'), '--json');
    expect(again.code, again.stderr).toBe(0);
    expect(JSON.parse(again.stdout).sameBits).toBe(true);
  });

  test('a measurement made elsewhere, with its mask; an odd size is laid on a canvas and cut back', async () => {
    const made = await inProcess(
      'reconstruct',
      at('photo.png'),
      '--task',
      'inpaint',
      '--mask',
      at('mask.png'),
      '--size',
      'native',
      '--method',
      'tv',
      '--out',
      at('scan'),
      '--json',
    );
    expect(made.code, made.stderr).toBe(0);
    const given = await inProcess(
      'reconstruct',
      '--measurement',
      at('scan', 'measurement.npy'),
      '--task',
      'inpaint',
      '--mask',
      at('mask.png'),
      '--out',
      at('given'),
      '--baseline',
      'none',
      ...quick(),
    );
    expect(given.code, given.stderr).toBe(0);
    expect(JSON.parse(given.stdout)).toMatchObject({ psnr: null, baseline: null });
    expect((await numbers('given', 'reconstruction.npy')).shape).toEqual([1, 3, 80, 80]);
  });

  test('an operator from a file', async () => {
    const x = input('image', [1, 3, 64, 64]);
    await writeFile(at('camera.onnx'), toOnnx({ y: tanh(averagePool(x, 4)) }, { standard: true }).bytes);
    const made = await inProcess(
      'reconstruct',
      at('photo.png'),
      '--operator',
      at('camera.onnx'),
      '--size',
      '64',
      '--out',
      at('camera'),
      '--set',
      'pixelIterations=5',
      ...quick(),
    );
    expect(made.code, made.stderr).toBe(0);
    expect(JSON.parse(made.stdout)).toMatchObject({ task: 'operator', baseline: null });
    expect((await numbers('camera', 'measurement.npy')).shape).toEqual([1, 3, 16, 16]);
    const again = await inProcess('rerun', at('camera', 'manifest.json'), '--json');
    expect(JSON.parse(again.stdout).sameBits).toBe(true);

    const wrong = await inProcess(
      'reconstruct',
      '--operator',
      at('camera.onnx'),
      '--measurement',
      at('scan', 'measurement.npy'),
      '--out',
      at('wrong'),
      ...quick(),
    );
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(/measurement has shape \[1,3,\d+\], but operator of an image of 64 x 64 makes \[3,16,16\]/);
    const size = await inProcess('reconstruct', at('photo.png'), '--operator', at('camera.onnx'), '--out', at('wrong'), ...quick());
    expect(size.stderr).toMatch(/takes images of 64 x 64 pixels.*--size 64/);
    expect(await readdir(cwd)).not.toContain('wrong');
  });
});

describe('pictures restored', () => {
  test('inpaint keeps what is there, bit by bit, and fills what the mask shows', async () => {
    const { code, stderr } = await inProcess(
      'inpaint',
      at('photo.png'),
      '--mask',
      at('mask.png'),
      '--out',
      at('filled'),
      '--save',
      at('filled.webp'),
      ...quick(),
    );
    expect(code, stderr).toBe(0);
    const [before, after, saved, mask] = await Promise.all(
      ['photo.png', 'filled/picture.png', 'filled.webp', 'mask.png'].map((name) => readPicture(at(name))),
    );
    expect(after.pixels.shape).toEqual([3, 80, 80]);
    expect(saved.pixels).toEqual(after.pixels);
    const changed = after.pixels.data.map((value, i) => (value === before.pixels.data[i] ? 0 : 1));
    expect(changed.every((one, i) => one === 0 || mask.pixels.data[i % 6400] === 1)).toBe(true);
    expect(changed.reduce((a, b) => a + b)).toBeGreaterThan(500);
  });

  test.each([
    ['opaque', 1],
    ['veiled', 0.8],
  ])('inpaint without a mask fills what is transparent and makes it opaque; the rest stays as it is, %s', async (name, opacity) => {
    const { pixels } = await readPicture(at('photo.png'));
    const alpha = mapTensor(tensor([80, 80]), (_, i) => (i % 80 < 8 ? 0 : opacity));
    await writeFile(at(`${name}.png`), await encodePng(pixels, { alpha }));
    const { code, stderr } = await inProcess('inpaint', at(`${name}.png`), '--out', at(`${name}-whole`), ...quick());
    expect(code, stderr).toBe(0);
    const { pixels: filled, alpha: left } = await readPicture(at(`${name}-whole`, 'picture.png'));
    expect([0, 7, 8, 79].map((column) => left?.data[column] ?? 1)).toEqual([1, 1, opacity, opacity].map(Math.fround));
    expect(filled.data.filter((value, i) => i % 80 >= 8 && value !== pixels.data[i])).toHaveLength(0);
  });

  test('upscale enlarges colour, grey and alpha alike', async () => {
    const grey = mapTensor(tensor([1, 13, 21]), (_, i) => Math.sin(i / 9));
    const alpha = mapTensor(tensor([13, 21]), (_, i) => (i % 21) / 20);
    await writeFile(at('small.png'), await encodePng(grey, { alpha, bits: 16 }));
    const { code, stdout, stderr } = await inProcess('upscale', at('small.png'), '--factor', '3', '--out', at('large'), ...quick());
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ task: 'sr3', psnr: null });
    const large = await readPicture(at('large', 'picture.png'));
    const { shape, data } = large.pixels; // grey with alpha is read as three equal planes
    expect(shape.slice(1)).toEqual([39, 63]);
    expect(data.every((value, i) => value === data[i % (39 * 63)])).toBe(true);
    expect(large.source.depth).toBe('16');
    expect(large.alpha?.shape).toEqual([39, 63]);
    expect(Math.abs(large.alpha!.data[31] - 0.5)).toBeLessThan(0.02);
  });

  test('deblur takes a kernel or a width, and the world beyond the frame is free', async () => {
    const kernel = tensor([3, 5], [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0]);
    await writeFile(at('kernel.npy'), formatNpy(kernel));
    await writeFile(at('kernel.png'), await encodePng(kernel, { range: [0, 1] }));
    for (const file of ['kernel.npy', 'kernel.png']) {
      const { code, stderr } = await inProcess('deblur', at('photo.png'), '--kernel', at(file), '--out', at(`sharp-${file}`), ...quick());
      expect(code, stderr).toBe(0);
    }
    const [one, other] = await Promise.all(['kernel.npy', 'kernel.png'].map((file) => numbers(`sharp-${file}`, 'reconstruction.npy')));
    expect(one).toEqual(other);
    const wide = await inProcess('deblur', at('photo.png'), '--blur', '1.5', '--out', at('sharp'), '--tile', '64', ...quick());
    expect(wide.code, wide.stderr).toBe(0);
    expect(wide.stderr).toMatch(/made in 4 tiles/);
    expect((await readPicture(at('sharp', 'picture.png'))).pixels.shape).toEqual([3, 80, 80]);
    const manifest = JSON.parse(await readFile(at('sharp', 'manifest.json'), 'utf8'));
    expect(manifest.operator.recipe).toMatchObject({ frame: 'open', options: { std: 1.5, size: 13 } });
    const again = await inProcess('rerun', at('sharp', 'manifest.json'), '--json');
    expect(JSON.parse(again.stdout).sameBits).toBe(true);
  });

  test.each(['upscale', 'deblur'])('%s draws no fringe from colours under what is transparent', async (command) => {
    const rgba = Uint8Array.from({ length: 4 * 24 * 24 }, (_, i) => {
      const inside = (i >> 2) % 24 > 7 && (i >> 2) % 24 < 16;
      return inside ? [200, 40, 40, 255][i % 4] : 0;
    });
    await sharp(rgba, { raw: { width: 24, height: 24, channels: 4 } })
      .png()
      .toFile(at('cut-out.png'));
    const how = command === 'upscale' ? ['--factor', '2'] : ['--blur', '1'];
    const args = [command, at('cut-out.png'), ...how, '--method', 'tv', '--out', at(`cut-out-${command}`)];
    const { code, stderr } = await inProcess(...args);
    expect(code, stderr).toBe(0);
    const { data } = await sharp(at(`cut-out-${command}`, 'picture.png'))
      .raw()
      .toBuffer({ resolveWithObject: true });
    for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 0) expect(Math.abs(data[i] - 200)).toBeLessThan(6);
  });

  test('a picture turned by its camera comes out upright', async () => {
    const upright = await sharp(at('photo.png')).resize(80, 48, { fit: 'fill' }).png().toBuffer();
    await writeFile(at('turned.jpg'), await sharp(upright).rotate(90).jpeg({ quality: 100 }).withMetadata({ orientation: 8 }).toBuffer());
    const { code, stderr } = await inProcess('deblur', at('turned.jpg'), '--blur', '0.6', '--out', at('upright'), ...quick());
    expect(code, stderr).toBe(0);
    expect((await readPicture(at('upright', 'picture.png'))).pixels.shape).toEqual([3, 48, 80]);
  });
});
