import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatNpy } from '../src/io/index.js';
import { encodePng } from '../src/io/node/index.js';
import { full, mapTensor, type Tensor, tensor } from '../src/tensor/tensor.js';
import { inProcess } from './in-process.js';
import { writeTinyPrior } from './tiny-prior.js';

let cwd: string;
let before: string[];
const at = (name: string) => join(cwd, name);
const colour = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: { r: 200, g: 100, b: 30 } } });

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'posteriori-bad-photo-'));
  const png = async (name: string, x: Tensor) => writeFile(at(name), await encodePng(x));
  const npy = (name: string, shape: number[], data: number[]) => writeFile(at(name), formatNpy(tensor(shape, data)));
  await writeTinyPrior(at('tiny'), { channels: 3 });
  await writeTinyPrior(at('grey'));
  await png(
    'photo.png',
    mapTensor(tensor([3, 64, 64]), (_, i) => Math.sin(i / 7)),
  );
  await png('dot.png', full(0.5, [3, 1, 1]));
  await png(
    'small-mask.png',
    mapTensor(tensor([1, 32, 32]), (_, i) => (i % 5 === 0 ? 1 : -1)),
  );
  await png('black.png', full(-1, [1, 64, 64]));
  await png('white.png', full(1, [1, 64, 64]));
  await png('even.png', full(1, [1, 4, 5]));
  await npy('negative.npy', [3, 3], [0, 0, 0, 0, 1, -0.5, 0, 0, 0]);
  await npy('zero.npy', [3, 3], Array(9).fill(0));
  await npy('huge.npy', [99, 99], Array(99 * 99).fill(1));
  await npy('sum3.npy', [3, 3], [0, 0, 0, 1, 1, 1, 0, 0, 0]);
  await npy('y.npy', [3, 10, 10], Array(300).fill(0));
  const frames = Buffer.from(Uint8Array.from({ length: 2 * 8 * 8 * 3 }, (_, k) => (k < 192 ? 250 : k % 256)));
  const animation = sharp(frames, { raw: { width: 8, height: 16, channels: 3, pageHeight: 8 } });
  await writeFile(at('animated.gif'), await animation.gif().toBuffer());
  await writeFile(at('cmyk.jpg'), await colour(64, 64).toColourspace('cmyk').jpeg().toBuffer());
  await writeFile(at('one-bit.png'), await colour(64, 64).threshold().toColourspace('b-w').png({ palette: true, colours: 2 }).toBuffer());
  before = (await readdir(cwd)).sort();
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const quick = ['--set', 'steps=3', '--set', 'latentIterations=1', '--set', 'cgIterations=2', '--json'];
const named = (arg: string) => (/\.(png|npy|gif|jpg)$/.test(arg) ? at(arg) : arg);
const run = (...args: string[]) => inProcess(...args.map(named), '--prior', at('tiny'), '--out', at('out'), ...quick);

test.each([
  [
    'a mask of another size',
    ['inpaint', 'photo.png', '--mask', 'small-mask.png'],
    1,
    /\[32,32\], but the image is 64 x 64: give a mask of the image's own size/,
  ],
  ['a mask that marks nothing', ['inpaint', 'photo.png', '--mask', 'black.png'], 1, /marks nothing to fill in/],
  ['a mask that marks everything', ['inpaint', 'photo.png', '--mask', 'white.png'], 1, /marks everything/],
  ['no mask', ['inpaint', 'photo.png'], 2, /no transparent pixels.*--mask/],
  [
    'a mask of another size, simulated',
    ['reconstruct', 'photo.png', '--task', 'inpaint', '--size', '64', '--mask', 'small-mask.png'],
    1,
    /64 x 64/,
  ],
  ['an even kernel', ['deblur', 'photo.png', '--kernel', 'even.png'], 1, /4 x 5: both sides must be odd/],
  ['a negative kernel', ['deblur', 'photo.png', '--kernel', 'negative.npy'], 1, /holds -0.5/],
  ['a kernel of zeros', ['deblur', 'photo.png', '--kernel', 'zero.npy'], 1, /zero everywhere/],
  ['a kernel larger than the image', ['deblur', 'photo.png', '--kernel', 'huge.npy'], 2, /99 x 99, larger than the image of 64 x 64/],
  ['kernel and blur', ['deblur', 'photo.png', '--kernel', 'sum3.npy', '--blur', '2'], 2, /one of them/],
  ['neither kernel nor blur', ['deblur', 'photo.png'], 2, /--kernel FILE, or by --blur PIXELS/],
  ['a blur of no width', ['deblur', 'photo.png', '--blur', '0'], 2, /above 0/],
  ['a blur wider than the image', ['deblur', 'photo.png', '--blur', '40'], 2, /321 pixels wide/],
  ['a scale that does not divide', ['reconstruct', 'photo.png', '--task', 'sr3', '--size', '64'], 1, /64 x 64.*3/],
  ['a factor of 9', ['upscale', 'photo.png', '--factor', '9'], 2, /from 2 to 8/],
  ['an image of one pixel', ['upscale', 'dot.png'], 1, /1 x 1: both sides must be at least 2 pixels/],
  ['an animation', ['upscale', 'animated.gif'], 1, /2 frames.*[Ee]xtract one frame/],
  ['an unknown task', ['reconstruct', 'photo.png', '--task', 'sr9'], 2, /There is no task "sr9".*inpaint-random/],
  [
    'an unknown option of a task',
    ['reconstruct', 'photo.png', '--task', 'inpaint-random', '--param', 'lost=0.5'],
    2,
    /has no option "lost"/,
  ],
  ['a mask for a task that takes none', ['reconstruct', 'photo.png', '--task', 'sr4', '--mask', 'black.png'], 1, /marks nothing/],
  ['a kernel for CT', ['reconstruct', 'photo.png', '--kernel', 'sum3.npy'], 2, /--kernel is for tasks on pictures/],
  ['tiles that do not suit', ['upscale', 'photo.png', '--tile', '50'], 2, /tiles of 50 pixels/],
  ['a baseline with a prior', ['upscale', 'photo.png', '--baseline', 'resample'], 2, /baseline is a classical method/],
  ['a place to save that is none', ['upscale', 'photo.png', '--save', 'photo.png/large.png'], 1, /Cannot write to the folder .*photo\.png/],
  ['a format that is not written', ['upscale', 'photo.png', '--save', 'large.bmp'], 2, /large.bmp does not say.*\.png/],
  [
    'a measurement that does not fit',
    ['reconstruct', '--task', 'sr4', '--measurement', 'y.npy', '--method', 'bicubic', '--mask', 'small-mask.png'],
    2,
    /takes no mask/,
  ],
  ['TV on what is not linear', ['reconstruct', 'photo.png', '--task', 'hdr', '--size', '64', '--method', 'tv'], 2, /not linear/],
])('%s: one paragraph, nothing half-written', async (_, args, code, message) => {
  // methods without a prior take none of ReSample's options
  const classical = args.includes('--method');
  const result = classical ? await inProcess(...args.map(named), '--out', at('out'), '--json') : await run(...args);
  expect(result.code, result.stderr).toBe(code);
  expect(JSON.parse(result.stdout)).toEqual({ error: { message: expect.stringMatching(message), exitCode: code } });
  expect(result.stderr).toMatch(message);
  const error = result.stderr.slice(result.stderr.indexOf('Error'));
  expect(error.trim().split('\n')).toHaveLength(1);
  expect(error).not.toMatch(/ {4}at /);
  expect((await readdir(cwd)).sort()).toEqual(before);
});

test.each([
  ['a kernel that does not sum to 1 is scaled', ['deblur', 'photo.png', '--kernel', 'sum3.npy'], /summed to 3; it was scaled to 1/],
  ['CMYK is converted', ['deblur', 'cmyk.jpg', '--blur', '0.6'], /CMYK/],
  ['one bit a pixel is read', ['deblur', 'one-bit.png', '--blur', '0.6'], /^/],
  ['a photograph for a grey prior is converted', ['deblur', 'photo.png', '--blur', '0.6', '--prior', 'grey'], /converted to grey/],
])('%s', async (_, args, message) => {
  const prior = args.indexOf('--prior');
  const result =
    prior < 0
      ? await run(...args)
      : await inProcess(...args.slice(0, 1), at(args[1]), '--blur', '0.6', '--prior', at('grey'), '--out', at('out'), ...quick);
  expect(result.code, result.stderr).toBe(0);
  expect(result.stderr).toMatch(message);
  await rm(at('out'), { recursive: true });
});
