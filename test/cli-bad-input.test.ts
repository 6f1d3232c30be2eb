import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatNpy } from '../src/io/index.js';
import { ctSlice } from '../src/io/testing/dicom-bytes.js';
import { methods } from '../src/solvers/methods/index.js';
import { tensor } from '../src/tensor/tensor.js';
import { posteriori } from './command-line.js';
import { writeTinyPrior } from './tiny-prior.js';

let cwd: string;
/** Names in `cwd` that the cases speak of. */
let fixtures: ReadonlySet<string>;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'posteriori-bad-'));
  const put = (name: string, content: Uint8Array | string) => writeFile(join(cwd, name), content);
  const image = (side: number) => tensor([1, side, side]);
  const broken = (value: number) => {
    const x = image(256);
    x.data[77] = value;
    return formatNpy(x);
  };
  const png = (channels: 3 | 1, side: number) =>
    sharp({ create: { width: side, height: side, channels: 3, background: { r: 200, g: 100, b: 30 } } })
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .png()
      .toBuffer();
  await put('good.npy', formatNpy(image(256)));
  await put('small.npy', formatNpy(image(64)));
  await put('nan.npy', broken(Number.NaN));
  await put('infinite.npy', broken(Number.POSITIVE_INFINITY));
  await put('text.png', 'this is no image');
  await put('empty.png', '');
  await put('cut.png', (await png(1, 256)).subarray(0, 100));
  await put('colour.png', await png(3, 256));
  const slice = { rows: 64, columns: 64, stored: Array.from({ length: 64 * 64 }, (_, i) => i % 1000) };
  await put('slice.dcm', ctSlice(slice));
  await put('cut.dcm', ctSlice(slice).subarray(0, 3000));
  await put('compressed.dcm', ctSlice({ ...slice, syntax: '1.2.840.10008.1.2.4.70' }));
  await put('sinogram.npy', formatNpy(tensor([3, 5])));
  await put('nan-sinogram.npy', formatNpy(tensor([2, 5], [0, 0, 0, 0, 0, 0, Number.NaN, 0, 0, 0])));
  await put('geometry.json', JSON.stringify({ size: [8, 8], pixelSize: 1, angles: [0, 1.5], bins: 5, binSize: 1, axis: 2 }));
  await put('degrees.json', JSON.stringify({ size: [8, 8], pixelSize: 1, angles: [0, 90], bins: 5, binSize: 1, axis: 2 }));
  await put('bad.json', '{ size: ');
  await put('a-file', 'in the way');
  await writeTinyPrior(join(cwd, 'tiny'));
  await writeTinyPrior(join(cwd, 'misshapen'), { misshapen: 'first_stage_model.decoder.conv_in.weight' });
  await writeTinyPrior(join(cwd, 'no-config'));
  await put('no-config/config.json', '{"name":"x"}');
  await writeTinyPrior(join(cwd, 'cut-weights'));
  await put('cut-weights/model.safetensors', new Uint8Array(9));
  await mkdir(join(cwd, 'folder'));
  fixtures = new Set(await readdir(cwd));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const reconstruct = (...args: string[]) => ['reconstruct', ...args, '--out', 'out'];
const cgls = (...args: string[]) => reconstruct(...args, '--method', 'cgls');
const tiny = (...args: string[]) => reconstruct('good.npy', '--prior', 'tiny', ...args);
const measured = (y: string, geometry: string) => cgls('--measurement', y, '--geometry', geometry);

/** What is wrong, the arguments, the exit code, and what the message must name. */
const cases: ReadonlyArray<readonly [string, readonly string[], number, RegExp]> = [
  ['a file that is not there', cgls('nowhere.png'), 1, /nowhere\.png.*does not exist/],
  ['a folder without images', cgls('folder'), 1, /folder.*holds no image/],
  ['a file that is no image', cgls('text.png'), 1, /text\.png is not an image/],
  ['an empty file', cgls('empty.png'), 1, /empty\.png is empty/],
  ['a PNG cut short', cgls('cut.png'), 1, /cut\.png.*cannot be decoded/],
  ['a DICOM cut short', cgls('cut.dcm'), 1, /cut\.dcm.*cut short/],
  ['a compressed DICOM without its pixels', cgls('compressed.dcm'), 1, /compressed\.dcm.*packed pixels are missing/],
  ['another size with --no-resize', cgls('small.npy', '--no-resize'), 1, /small\.npy.*64 x 64.*256 x 256/],
  ['NaN pixels', cgls('nan.npy'), 1, /nan\.npy.*NaN/],
  ['infinite pixels', cgls('infinite.npy'), 1, /infinite\.npy.*infinite/],
  ['0 angles', cgls('good.npy', '--angles', '0'), 2, /--angles.*whole number of at least 1/],
  ['half an angle', cgls('good.npy', '--angles', '2.5'), 2, /--angles/],
  ['a negative sigma', cgls('good.npy', '--sigma', '-0.01'), 2, /--sigma.*at least 0/],
  ['no photons', cgls('good.npy', '--photons', '0'), 2, /--photons/],
  ['a negative seed', cgls('good.npy', '--seed', '-1'), 2, /--seed/],
  [
    'an unknown method',
    reconstruct('good.npy', '--method', 'magic'),
    2,
    new RegExp(`"magic".*${methods.map(({ name }) => name).join(', ')}`),
  ],
  ['an unknown preset', tiny('--preset', 'best'), 2, /"best".*pixel.*fast.*photo/],
  ['an unknown option of the method', tiny('--set', 'stepz=3'), 2, /"stepz".*steps/],
  ['a word where a number belongs', tiny('--set', 'steps=many'), 2, /steps is a number/],
  ['a word the option does not take', tiny('--set', 'sigmaSchedule=mine'), 2, /paper, posterior/],
  ['no samples', tiny('--samples', '0'), 2, /--samples.*whole number from 1/],
  ['a window that is none', tiny('--window', 'softly'), 2, /"softly" is no window.*soft, lung, bone/],
  ['a window without width', tiny('--window', '40,0'), 2, /"40,0" is no window/],
  [
    'a noise seed for a measurement that has its own noise',
    reconstruct('--measurement', 'y.npy', '--geometry', 'geometry.json', '--noise-seed', '3'),
    2,
    /--noise-seed.*--measurement/,
  ],
  [
    'a size for a measurement whose geometry has one',
    reconstruct('--measurement', 'y.npy', '--geometry', 'geometry.json', '--size', '64'),
    2,
    /--size is for a true image.*geometry says the rest/,
  ],
  ['photons for a measurement', reconstruct('--measurement', 'y.npy', '--task', 'denoise', '--photons', '9'), 2, /--photons is for a true/],
  ['a window for pictures', reconstruct('good.npy', '--task', 'denoise', '--window', 'soft'), 2, /--window is for CT/],
  ['a preset of the other space', reconstruct('good.npy', '--prior', 'tiny', '--preset', 'pixel'), 2, /for pixel priors.*latent prior/],
  ['noise that the pixel prior does not know', reconstruct('good.npy', '--set', 'sigmaMax=9'), 2, /"ct-pixel" knows noise of 0.002 to 4/],
  [
    'DDRM for CT, whose decomposition is out of reach',
    reconstruct('good.npy', '--method', 'ddrm'),
    2,
    /DDRM needs the singular value decomp.*Choose another/,
  ],
  [
    'DDS for a nonlinear operator',
    reconstruct('good.npy', '--task', 'hdr', '--method', 'dds'),
    2,
    /DDS needs a linear operator; .* is not linear/,
  ],
  [
    'a pixel method with a latent prior',
    reconstruct('good.npy', '--method', 'dps', '--prior', 'tiny'),
    2,
    /DPS is for pixel priors.*"tiny".*--prior/,
  ],
  [
    'a restorer for a sampler',
    reconstruct('good.npy', '--method', 'dds', '--prior', 'ct-fbp-unet'),
    2,
    /DDS is for pixel priors.*restorer/,
  ],
  ['FBP-UNet for other views', reconstruct('good.npy', '--method', 'fbp-unet', '--angles', '30'), 2, /25 views.*has 30.*resample/],
  ['a value out of range', tiny('--set', 'every=0'), 2, /every.*from 1/],
  ['more steps than the schedule has levels', tiny('--set', 'steps=2000'), 2, /steps/],
  ['an unknown prior', reconstruct('good.npy', '--prior', 'nosuch'), 2, /no prior "nosuch"/],
  ['a weight of another shape', reconstruct('good.npy', '--prior', 'misshapen'), 1, /decoder\.conv_in\.weight.*\[2,2\]/],
  ['a wrong configuration of a prior', reconstruct('good.npy', '--prior', 'no-config'), 1, /config\.json.*firstStage/],
  ['weights cut short', reconstruct('good.npy', '--prior', 'cut-weights'), 1, /model\.safetensors/],
  ['more views than any scan has', cgls('good.npy', '--angles', '1000000000'), 2, /from 1 to 20000/],
  ['an unknown task', cgls('good.npy', '--task', 'tomography'), 2, /"tomography".*ct/],
  ['an unknown device', cgls('good.npy', '--device', 'abacus'), 2, /cpu, webgpu, cuda/],
  ['a device that is not there', cgls('good.npy', '--device', 'cuda'), 1, /cuda.*(not installed|does not work)/],
  ['no threads', cgls('good.npy', '--threads', '0'), 2, /--threads/],
  ['nothing to reconstruct', reconstruct(), 2, /give an image/],
  ['two things to reconstruct', reconstruct('good.npy', '--measurement', 'sinogram.npy', '--geometry', 'geometry.json'), 2, /one of them/],
  ['a measurement without geometry', reconstruct('--measurement', 'sinogram.npy'), 2, /belong together/],
  ['a measurement that does not fit', measured('sinogram.npy', 'geometry.json'), 1, /\[3,5\].*\[2,5\]/],
  ['a measurement with NaN', measured('nan-sinogram.npy', 'geometry.json'), 1, /NaN at view 1, bin 1/],
  ['a geometry in degrees', measured('sinogram.npy', 'degrees.json'), 1, /degrees\.json.*radians/],
  ['a geometry that is not JSON', measured('sinogram.npy', 'bad.json'), 1, /bad\.json is not JSON/],
  ['an output folder that is a file', ['reconstruct', 'good.npy', '--method', 'cgls', '--out', 'a-file'], 2, /a-file cannot be written/],
  [
    'an output folder below a file',
    ['reconstruct', 'good.npy', '--method', 'cgls', '--out', 'a-file/out'],
    2,
    /a-file\/out cannot be written/,
  ],
  [
    'an output folder nobody can make',
    ['reconstruct', 'good.npy', '--method', 'cgls', '--out', '/proc/posteriori'],
    2,
    /cannot be written/,
  ],
  ['an unknown command', ['reconstrct'], 2, /unknown command.*reconstruct/],
  ['an unknown flag', cgls('good.npy', '--angels', '3'), 2, /--angels.*--angles/],
  ['a manifest that is none', ['rerun', 'geometry.json'], 1, /geometry\.json is not a manifest/],
  ['a configuration that is not JSON', ['train', 'bad.json'], 2, /bad\.json is not JSON/],
  ['a configuration that is not there', ['train', 'nowhere.json'], 2, /nowhere\.json/],
];

describe('bad input gives one clear paragraph, the right exit code, and writes nothing', () => {
  test.concurrent.for(cases)('%s', async ([what, args, exitCode, message], { expect }) => {
    // an empty folder of its own, so that whatever is written shows
    const own = join(cwd, what.replaceAll(' ', '-'));
    await mkdir(own);
    const { code, stdout, stderr } = await posteriori(
      args.map((arg) => (fixtures.has(arg.split('/')[0]) ? `../${arg}` : arg)),
      { cwd: own },
    );
    expect(stderr).toMatch(message);
    expect(code, stderr).toBe(exitCode);
    expect(
      stderr
        .trim()
        .split('\n')
        // on a busy machine, progress too
        .filter((line) => !/^Note: |, step \d+ of \d+/.test(line)),
    ).toHaveLength(1);
    expect(stderr).toMatch(/^Error: .*\.$/m);
    expect(stderr).not.toMatch(/\n\s+at /); // no stack
    expect(stdout).toBe('');
    expect(await readdir(own)).toEqual([]);
  });
});

test.each([
  ['wrong usage', ['reconstruct', 'good.npy', '--angels', '3', '--json'], 2, /unknown option '--angels'/],
  ['bad input', ['reconstruct', 'nan.npy', '--method', 'fbp', '--json'], 1, /NaN/],
  ['an unknown method', ['deblur', 'colour.png', '--method', 'sharpen', '--json'], 2, /no method "sharpen"/],
  [
    'a method that cannot do it',
    ['deblur', 'colour.png', '--blur', '2', '--method', 'fbp', '--json'],
    2,
    // all but those that need projections, or a measurement smaller than the image
    new RegExp(`${methods.flatMap(({ name, needs }) => (needs.geometry || needs.smaller ? [] : name)).join(', ')} can do this`),
  ],
] as const)('with --json %s is told as an object on standard output too', async (_, args, exitCode, message) => {
  const { code, stdout } = await posteriori([...args], { cwd });
  const { error } = JSON.parse(stdout);
  expect(error).toEqual({ message: expect.stringMatching(message), exitCode });
  expect(code).toBe(exitCode);
});

describe('input that is put right says so', () => {
  test('colour becomes grey, another size is resized, each with a notice', async () => {
    const plain = ['--method', 'fbp', '--baseline', 'none'];
    const colour = await posteriori(['reconstruct', 'colour.png', ...plain, '--out', 'fine/colour', '--json'], { cwd });
    expect(colour.code, colour.stderr).toBe(0);
    expect(colour.stderr).toMatch(/Note: colour\.png is in colour; it was converted to grey/);
    const dicom = await posteriori(['reconstruct', 'slice.dcm', ...plain, '--out', 'fine/dicom', '--json'], { cwd });
    expect(dicom.code, dicom.stderr).toBe(0);
    expect(dicom.stderr).toMatch(/Note: slice\.dcm has 64 x 64 pixels; it was resized to 256 x 256/);
  });
});
