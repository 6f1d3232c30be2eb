import type { ChildProcess } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { heldOutPhantom } from '../src/experiments/held-out.js';
import { prepareChoice, runProblem } from '../src/experiments/node/run.js';
import { simulate } from '../src/experiments/problem.js';
import { ctSetup } from '../src/experiments/tasks/index.js';
import { npyTensor, parseNpy } from '../src/io/index.js';
import { encodePng } from '../src/io/node/index.js';
import { OutputFolder } from '../src/io/node/output-folder.js';
import { defaultGeometry } from '../src/operators/index.js';
import { writeResults } from '../src/results/node/results.js';
import type { Runtime } from '../src/runtime/index.js';
import type { Random } from '../src/tensor/random.js';
import { type Tensor, tensor } from '../src/tensor/tensor.js';
import { posteriori, root } from './command-line.js';
import { writeTinyPrior } from './tiny-prior.js';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'posteriori-cli-'));
  await writeTinyPrior(join(cwd, 'tiny'));
  await writeFile(join(cwd, 'slice.png'), await encodePng(heldOutPhantom('tuning', 1).image));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const quick = ['--prior', 'tiny', '--set', 'steps=6', '--set', 'latentIterations=2', '--set', 'cgIterations=3'];
const text = (...path: string[]) => readFile(join(cwd, ...path), 'utf8');
const bytes = async (...path: string[]) => (await readFile(join(cwd, ...path))).toString('base64');
const files = [
  'fbp.npy',
  'fbp.png',
  'geometry.json',
  'manifest.json',
  'measurement.npy',
  'measurement.png',
  'reconstruction.npy',
  'reconstruction.png',
  'report.html',
  'tv.npy',
  'tv.png',
];

test.skipIf(process.platform === 'win32')('the built command may be run, as npx posteriori does in a clone', () => {
  expect(statSync(join(root, 'dist', 'cli', 'main.js')).mode & 0o111).toBe(0o111);
});

test('who reads the output may have read enough (a pipe that closes): the results are written, and nothing is said of it', async () => {
  const args = ['reconstruct', 'slice.png', '--method', 'fbp', '--size', '32', '--angles', '9', '--baseline', 'none', '--out', 'unread'];
  for (const [given, written] of [
    [['reconstruct', '--help'], false],
    [args, true],
  ] as const) {
    const { code, stderr } = await posteriori(given, { cwd, started: (child) => child.stdout?.destroy() });
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('EPIPE')]);
    expect(existsSync(join(cwd, 'unread', 'report.html'))).toBe(written);
  }
});

test('a run that was taken up on its way can be run again too', async () => {
  const setting = {
    method: 'diffpir',
    prior: 'ct-pixel',
    set: { steps: 4 },
    seed: 1,
    baseline: 'none',
    device: 'cpu',
    threads: 1,
  } as const;
  const { image: truth } = heldOutPhantom('tuning', 1, 32);
  const measure = (runtime: Runtime, random: Random) =>
    simulate(runtime, truth, ctSetup(defaultGeometry({ size: 32, views: 9 })), { sigma: 0.01 }, random);
  const estimates: Tensor[] = [];
  const whole = await prepareChoice(setting);
  const first = await runProblem(whole, measure, { onStep: ({ estimate }) => estimate && estimates.push(estimate) });
  const choice = await prepareChoice({ ...setting, from: { estimate: estimates[1], done: 0.5 } });
  const run = await runProblem(choice, measure);
  expect(run.outcome.counts.network).toBeLessThan(first.outcome.counts.network);
  const folder = await OutputFolder.open(join(cwd, 'taken-up'), { elsewhere: '' });
  await writeResults(folder, run, choice, { input: 'a phantom', measurement: 'simulated' });
  const again = await posteriori(['rerun', 'taken-up/manifest.json', '--json'], { cwd });
  expect(JSON.parse(again.stdout).sameBits).toBe(true);
  await expect(runProblem({ ...choice, from: { estimate: tensor([1, 1, 8, 8]), done: 0.5 } }, measure)).rejects.toThrow(
    /estimate to go on from is \[1,1,8,8\], and the image is \[1,1,32,32\]/,
  );
  await expect(prepareChoice({ ...setting, method: 'ddrm', set: {}, from: choice.from })).rejects.toThrow(/cannot go on from an image/);
});

test('whether a prior can make the image is known before any method runs', async () => {
  const image = tensor([1, 1, 90, 90]);
  const scanner = ctSetup(defaultGeometry({ size: 90, views: 5 }));
  const choice = await prepareChoice({ method: 'resample', prior: join(cwd, 'tiny'), seed: 0, device: 'cpu' });
  const steps: string[] = [];
  const run = runProblem(choice, (runtime, random) => simulate(runtime, image, scanner, { sigma: 0.01 }, random), {
    onStep: (_, baseline) => steps.push(baseline ?? 'method'),
  });
  await expect(run).rejects.toThrow(/90/);
  expect(steps).toEqual([]);
});

describe('posteriori reconstruct', () => {
  test('prints one JSON object and leaves a whole set of files; a second run and a rerun give the same bits', async () => {
    const args = ['reconstruct', 'slice.png', ...quick, '--size', '64', '--angles', '7', '--seed', '5', '--json'];
    const first = await posteriori([...args, '--out', 'first'], { cwd });
    expect(first, first.stderr).toMatchObject({ code: 0 });
    const result = JSON.parse(first.stdout);
    expect(Object.keys(result)).toEqual([
      'method',
      'task',
      'psnr',
      'ssim',
      'hu',
      'residual',
      'seconds',
      'noise',
      'peakMemoryMB',
      'counts',
      'baseline',
      'baselines',
      'warnings',
      'notices',
      'out',
    ]);
    expect(result).toMatchObject({ method: 'resample', task: 'ct', noise: 0.01 ** 2, out: 'first', baseline: { method: 'tv' } });
    expect(result.counts.network).toBe(6);
    expect(result.counts.decoderGradients).toBeGreaterThan(1);
    expect(result.peakMemoryMB).toBeGreaterThan(50);
    expect(result.baseline.psnr).toBeGreaterThan(10);

    expect((await readdir(join(cwd, 'first'))).sort()).toEqual([...files, 'truth.npy', 'truth.png'].sort());
    const image = npyTensor(parseNpy(await readFile(join(cwd, 'first', 'reconstruction.npy'))));
    expect(image.shape).toEqual([1, 1, 64, 64]);
    const report = await text('first', 'report.html');
    expect(report.match(/<img class="w-\w+" src="data:image\/png;base64,/g)).toHaveLength(16); // truth, FBP, TV, ReSample in four windows
    expect(report.match(/<img src="data:image\/png;base64,/g)).toHaveLength(3); // error maps
    expect(report).toContain('Not for diagnosis');
    expect(report).toContain('<svg');
    expect(report.replaceAll(/src="data:[^"]*"/g, '')).not.toMatch(/src=|href=|https?:/); // it loads nothing

    const second = await posteriori([...args, '--out', 'second'], { cwd });
    expect(second.code, second.stderr).toBe(0);
    expect(await bytes('second', 'measurement.npy')).toBe(await bytes('first', 'measurement.npy'));
    expect(await bytes('second', 'reconstruction.npy')).toBe(await bytes('first', 'reconstruction.npy'));

    const again = await posteriori(['rerun', 'first/manifest.json', '--json'], { cwd });
    expect(again.code, again.stderr).toBe(0);
    expect(JSON.parse(again.stdout).sameBits).toBe(true);
    expect(await bytes('first', 'rerun', 'reconstruction.npy')).toBe(await bytes('first', 'reconstruction.npy'));
  });

  test('several samples: their mean, spread and quantiles; noise and method have seeds of their own', async () => {
    const args = [
      'reconstruct',
      'slice.png',
      ...quick,
      '--angles',
      '7',
      '--size',
      '64',
      '--window',
      'soft',
      '--baseline',
      'none',
      '--json',
    ];
    const one = await posteriori([...args, '--seed', '5', '--noise-seed', '8', '--out', 'one'], { cwd });
    const two = await posteriori([...args, '--seed', '5', '--noise-seed', '8', '--samples', '2', '--out', 'two'], { cwd });
    expect([one.code, two.code], one.stderr + two.stderr).toEqual([0, 0]);
    expect(JSON.parse(two.stdout)).toMatchObject({
      samples: 2,
      calibration: { correlation: expect.any(Number), coverage: { found: expect.any(Number) } },
    });
    const names = await readdir(join(cwd, 'two'));
    for (const name of ['sample-1.npy', 'sample-2.npy', 'deviation.npy', 'deviation.png', 'quantile-05.npy', 'quantile-95.npy'])
      expect(names).toContain(name);
    // the first sample is what a single run gives, of the same measurement
    expect(await bytes('two', 'sample-1.npy')).toBe(await bytes('one', 'reconstruction.npy'));
    expect(await bytes('two', 'sample-2.npy')).not.toBe(await bytes('two', 'sample-1.npy'));
    const plain = ['reconstruct', 'slice.png', '--method', 'fbp', '--angles', '7', '--size', '64', '--baseline', 'none'];
    const other = await posteriori([...plain, '--seed', '5', '--samples', '3', '--out', 'other'], { cwd });
    expect(other.code, other.stderr).toBe(0);
    expect(other.stderr).toMatch(/gives one image of a measurement, whatever the seed: one is made, not 3/);
    expect(await readdir(join(cwd, 'other'))).not.toContain('sample-2.npy');
    expect(await bytes('other', 'measurement.npy')).not.toBe(await bytes('one', 'measurement.npy'));
    const again = await posteriori(['rerun', 'two/manifest.json', '--json'], { cwd });
    expect(JSON.parse(again.stdout).sameBits).toBe(true);
  });

  test('every method gets the same measurement, and CGLS beats FBP', async () => {
    const [cgls, fbp] = await Promise.all(
      ['cgls', 'fbp'].map((method) =>
        posteriori(['reconstruct', 'slice.png', '--size', '128', '--method', method, '--out', method, '--json'], { cwd }),
      ),
    );
    expect([cgls.code, fbp.code], cgls.stderr + fbp.stderr).toEqual([0, 0]);
    expect(await bytes('cgls', 'measurement.npy')).toBe(await bytes('fbp', 'measurement.npy'));
    const [better, plain] = [JSON.parse(cgls.stdout), JSON.parse(fbp.stdout)];
    expect(better.psnr).toBeGreaterThan(plain.psnr + 1);
    expect(better.residual / better.noise).toBeGreaterThan(0.5);
    expect(better.residual / better.noise).toBeLessThan(1.05);
    expect(plain.baselines.map(({ method }: { method: string }) => method)).toEqual(['tv']); // FBP was not run twice
  });

  test('a given measurement is reconstructed without a truth, and without error maps', async () => {
    const made = await posteriori(
      ['reconstruct', 'slice.png', '--size', '64', '--method', 'cgls', '--angles', '9', '--photons', '50000', '--out', 'scan'],
      { cwd },
    );
    expect(made.code, made.stderr).toBe(0);
    const args = ['reconstruct', '--measurement', 'scan/measurement.npy', '--geometry', 'scan/geometry.json', '--sigma', '0.05', ...quick];
    const { code, stdout, stderr } = await posteriori([...args, '--out', 'given', '--json'], { cwd });
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ psnr: null, ssim: null, noise: 0.05 ** 2 });
    expect((await readdir(join(cwd, 'given'))).sort()).toEqual(files);
    expect(await text('given', 'report.html')).not.toContain('Errors');
  });
});

describe('an interrupted run', () => {
  const long = ['reconstruct', 'slice.png', '--prior', 'tiny', '--set', 'steps=1000', '--set', 'every=1', '--out'];

  /** Send a signal a moment after the output folder has appeared: by then the run is under way. */
  const interrupt =
    (out: string, signal: NodeJS.Signals, told: () => void = () => {}) =>
    async (child: ChildProcess) => {
      while (child.exitCode === null && !existsSync(join(cwd, out))) await sleep(50);
      await sleep(1500);
      told();
      child.kill(signal);
    };

  test('Ctrl-C ends it soon with 130 and leaves nothing', async () => {
    let stopped = 0;
    const started = interrupt('stopped', 'SIGINT', () => {
      stopped = performance.now();
    });
    const { code, stdout, stderr } = await posteriori([...long, 'stopped'], { cwd, started });
    expect(code, stderr).toBe(130);
    expect(performance.now() - stopped).toBeLessThan(30_000);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/Cancelled/);
    expect(await readdir(cwd)).not.toContain('stopped');
  });

  test('killed outright, it leaves no file that looks finished', async () => {
    const { signal } = await posteriori([...long, 'killed'], { cwd, started: interrupt('killed', 'SIGKILL') });
    expect(signal).toBe('SIGKILL');
    expect(await readdir(join(cwd, 'killed'))).toEqual([]);
  });
});

test('posteriori demo runs its whole course', async () => {
  const { code, stdout, stderr } = await posteriori(['demo', ...quick, '--json'], { cwd });
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ task: 'ct', method: 'resample', out: 'out/demo' });
  expect(await readdir(join(cwd, 'out', 'demo'))).toEqual(expect.arrayContaining(['report.html', 'manifest.json', 'reconstruction.npy']));
});

test('posteriori doctor names devices, versions and priors', async () => {
  const { code, stdout, stderr } = await posteriori(['doctor', '--json'], { cwd });
  expect(code, stderr).toBe(0);
  const report = JSON.parse(stdout);
  expect(report.devices.map((entry: { device: string }) => entry.device)).toEqual(['cpu', 'webgpu', 'cuda']);
  expect(report.devices[0].works).toBe(true);
  expect(report.packages['onnxruntime-node']).toMatch(/^\d+\./);
});
