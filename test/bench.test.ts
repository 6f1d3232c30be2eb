import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { benchFolder, finishedRuns, killAndGoOn, smallBench } from './bench-files.js';
import { posteriori } from './command-line.js';
import { inProcess } from './in-process.js';

afterEach(() => {
  process.exitCode = undefined; // the bench sets it, and this process is vitest's
});

describe('posteriori bench', () => {
  test('every method on every image, the tables, and nothing again the second time', async () => {
    const { file, out } = await benchFolder();
    const first = await inProcess('bench', file, '--out', out);
    expect(first.code).toBe(0);
    expect(first.stdout).toContain('| CGLS |');
    expect(first.stderr).toContain('[6/6]');
    const runs = await finishedRuns(out);
    expect(runs.size).toBe(6);
    for (const name of ['report.html', 'tables.md', 'tables.tex', 'results.csv', 'summary.json', 'bench.json'])
      expect((await readFile(join(out, name), 'utf8')).length).toBeGreaterThan(100);
    const csv = await readFile(join(out, 'results.csv'), 'utf8');
    expect(csv.split('\r\n')).toHaveLength(8);

    const again = await inProcess('bench', file, '--out', out);
    expect(again.stderr).not.toContain('[1/');
    expect(again.stdout).toBe(first.stdout);
    expect(await finishedRuns(out)).toEqual(runs);
  });

  test('changed options are noticed: the old results stay and are not used, the others are not made again', async () => {
    const { folder, file, out } = await benchFolder();
    await inProcess('bench', file, '--out', out);
    const before = await finishedRuns(out);
    const changed = join(folder, 'my.json');
    await writeFile(changed, JSON.stringify({ ...smallBench, methods: ['fbp', 'cgls', { method: 'sirt', set: { iterations: 6 } }] }));
    const second = await inProcess('bench', changed, '--out', out);
    expect(second.stderr).toContain('2 results in');
    expect(second.stderr).toContain('[2/2]');
    const after = await finishedRuns(out);
    expect(after.size).toBe(8);
    for (const [id, image] of before) expect(after.get(id)).toBe(image);
    // back to the first: all of it is there
    await writeFile(changed, JSON.stringify(smallBench));
    expect((await inProcess('bench', changed, '--out', out)).stderr).not.toContain('[1/');
  });

  test('shards do the same runs, each its own, and --gather makes the same tables', async () => {
    const { file, out, folder } = await benchFolder();
    const whole = await inProcess('bench', file, '--out', join(folder, 'whole'));
    expect((await inProcess('bench', file, '--out', out, '--shard', '1/2')).stdout).toContain('Part 1 of 2 is done: 3 runs');
    const early = await inProcess('bench', file, '--out', out, '--gather');
    expect(early.code).toBe(1);
    expect(early.stderr).toContain('3 of 6 runs are missing');
    process.exitCode = undefined;
    await inProcess('bench', file, '--out', out, '--shard', '2/2');
    const gathered = await inProcess('bench', file, '--out', out, '--gather');
    expect(gathered.code).toBe(0);
    expect(await finishedRuns(out)).toEqual(await finishedRuns(join(folder, 'whole')));
    const untimed = (text: string) =>
      text
        .split('\n')
        .filter((line) => line.startsWith('| '))
        .map((line) => line.split('|').slice(1, 5).join());
    expect(untimed(gathered.stdout)).toEqual(untimed(whole.stdout));
  });

  test('fewer images are the first of more: their results are there already', async () => {
    const { file, out } = await benchFolder({
      ...smallBench,
      images: [{ phantoms: 'head', count: 11, side: 48 }],
      methods: ['fbp'],
      reference: undefined,
    });
    await inProcess('bench', file, '--out', out, '--count', '2');
    expect((await inProcess('bench', file, '--out', out)).stderr).toContain('2 runs are done already, 9 to go');
  });

  test('a run that fails is told of, the others go on, and the exit code says so', async () => {
    // SIRT finds the negative weights of a Fourier transform when it is at work
    const { file, out } = await benchFolder({ ...smallBench, tasks: [{ task: 'mri' }], methods: ['cgls', 'sirt'] });
    const { code, stderr, stdout } = await inProcess('bench', file, '--out', out);
    expect(code).toBe(1);
    expect(stderr).toMatch(/SIRT FAILED: .*negative weights/);
    expect(stderr).toContain('2 of 4 runs are missing: 2 failed');
    expect(stdout).toContain('| CGLS |');
    expect((await finishedRuns(out)).size).toBe(2);
  });

  test('a method whose network is for other views is left out, and named', async () => {
    const { file, out } = await benchFolder({ ...smallBench, methods: ['fbp', 'fbp-unet'], reference: undefined });
    const { code, stderr } = await inProcess('bench', file, '--out', out);
    expect(code).toBe(0);
    expect(stderr).toMatch(/without FBP-UNet\. .*restores images of 25 views/);
    expect((await finishedRuns(out)).size).toBe(2);
  });

  test('a folder of another bench, and one that another process works on, are refused', async () => {
    const { file, folder, out } = await benchFolder();
    await inProcess('bench', file, '--out', out);
    const other = join(folder, 'other.json');
    await writeFile(other, JSON.stringify(smallBench));
    const mixed = await inProcess('bench', other, '--out', out);
    expect(mixed.code).toBe(2);
    expect(mixed.stderr).toContain('holds results of the bench "my", not of "other"');

    const lock = join(out, '.lock');
    await writeFile(lock, JSON.stringify({ pid: process.pid, host: hostname() }));
    const busy = await inProcess('bench', file, '--out', out);
    expect(busy.code).toBe(2);
    expect(busy.stderr).toContain(`Another bench is at work in ${out} (process ${process.pid}`);
    // one that was killed leaves its lock untouched
    const long = new Date(Date.now() - 120_000);
    await utimes(lock, long, long);
    expect((await inProcess('bench', file, '--out', out)).code).toBe(0);
    await writeFile(lock, JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() }));
    expect((await inProcess('bench', file, '--out', out)).code).toBe(0);
  });

  test('what cannot be written ends it at once, and what was done is kept', async () => {
    const { file, out } = await benchFolder();
    await inProcess('bench', file, '--out', out, '--methods', 'fbp');
    const done = await finishedRuns(out);
    expect(done.size).toBe(2);
    // a folder where the image of a run ought to go
    const { runs } = JSON.parse((await inProcess('bench', file, '--out', out, '--dry-run', '--json')).stdout) as {
      runs: { id: string; column: string }[];
    };
    const next = runs.find(({ column }) => column === 'CGLS')!.id;
    await mkdir(join(out, 'runs', `${next}.npy`, 'x'), { recursive: true });
    const failed = await inProcess('bench', file, '--out', out);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/Cannot write .*The runs done so far are kept/);
    expect(await finishedRuns(out)).toEqual(done);
    await rm(join(out, 'runs', `${next}.npy`), { recursive: true });
    expect((await inProcess('bench', file, '--out', out)).code).toBe(0);
  });

  test.each([
    [['bench'], /Name a bench/],
    [['bench', 'tabel3'], /did you mean "table3"/],
    [['bench', 'nowhere.json'], /Cannot read nowhere\.json/],
    [['bench', 'my.json', '--shard', '3/2'], /k\/n/],
    [['bench', 'my.json', '--gather', '--shard', '1/2'], /--gather/],
    [['bench', 'my.json', '--methods', 'fbp,nope'], /no method "nope"/],
    [['bench', 'my.json', '--images', '/nowhere/at/all'], /nowhere/],
    [['bench', 'my.json', '--objects', 'x'], /--queue/],
    [['bench', 'my.json', '--lpips', 'squeeze=x'], /alex or vgg/],
    [['bench', 'my.json', '--lpips', 'alex=nowhere.pth'], /nowhere\.pth/],
    [['bench', 'my.json', '--queue', 'nonsense'], /redis:\/\/HOST/],
    [['bench', 'my.json', '--queue', 'redis://127.0.0.1:1'], /no Redis at 127\.0\.0\.1:1/],
    [['worker', '--queue', 'redis://127.0.0.1:1'], /no Redis/],
    [['compare', '/nowhere', '/nowhere'], /no folder of a bench/],
  ])('%j is refused before anything is done', async (args, message) => {
    const { folder, file } = await benchFolder();
    const given = args.map((arg) => (arg === 'my.json' ? file : arg));
    const { code, stderr } = await inProcess(...given, ...(args[0] === 'bench' && args.length > 1 ? ['--out', join(folder, 'x')] : []));
    expect(code).toBeGreaterThan(0);
    expect(stderr).toMatch(message);
    expect((await finishedRuns(join(folder, 'x'))).size).toBe(0);
  });

  test.each([
    [{ ...smallBench, methods: ['tv', 'nope'] }, /nope/],
    [{ ...smallBench, methods: [{ method: 'tv', set: { itrations: 3 } }] }, /no option "itrations"/],
    [{ ...smallBench, methods: ['tv', 'tv'] }, /called "TV"/],
    [{ ...smallBench, tasks: ['ctt'] }, /no task "ctt"/],
    [{ ...smallBench, tasks: [{ task: 'sr4', angles: 3 }] }, /"angles"/],
    [{ ...smallBench, tasks: ['sr4'] }, /channel/],
    [{ ...smallBench, tasks: ['inpaint'] }, /mask/],
    [{ ...smallBench, reference: 'tv' }, /reference "tv"/],
    [{ ...smallBench, tasks: ['ct', 'ct'] }, /Two tables/],
    [{ ...smallBench, methods: [{ method: 'tv', samples: 3 }] }, /"samples" is 1/],
  ])('a bench file that asks the impossible is refused: %j', async (bench, message) => {
    const { file, out } = await benchFolder(bench);
    const { code, stderr } = await inProcess('bench', file, '--out', out);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect((await finishedRuns(out)).size).toBe(0);
  });
});

test('killed at random moments, it goes on where it was: nothing lost, doubled or half there', () => killAndGoOn(4, 11));

test('Ctrl-C leaves what was done, and says how to go on', async () => {
  const { file, out, folder } = await benchFolder({
    ...smallBench,
    methods: ['fbp', { method: 'sirt', set: { iterations: 100000 } }],
    reference: undefined,
  });
  const { code, stderr } = await posteriori(['bench', file, '--out', out], {
    cwd: folder,
    started: (child) => {
      let heard = '';
      child.stderr?.on('data', (chunk) => {
        heard += chunk;
        if (heard.includes('[2/4]') && !child.killed) child.kill('SIGINT');
      });
    },
  });
  expect(code).toBe(130);
  expect(stderr).toContain('the same command goes on from there');
  expect((await finishedRuns(out)).size).toBe(2);
});
