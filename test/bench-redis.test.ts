import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { benchFolder, finishedRuns, smallBench } from './bench-files.js';
import { posteriori, root } from './command-line.js';
import { freePort, redisServer, said, startRedis, startWorker } from './redis-server.js';

const bench = {
  ...smallBench,
  images: [{ phantoms: 'mixed', count: 4, side: 48 }],
  methods: ['fbp', 'cgls', { method: 'sirt', set: { iterations: 400 } }],
};

describe.skipIf(redisServer === undefined)('a bench over Redis', () => {
  const kinds: [string, string[]][] = [
    ['that forgets everything', []],
    ['whose memory is on disk', ['--appendonly', 'yes', '--appendfsync', 'always']],
  ];
  test.each(process.env.TESTS === 'full' ? kinds : kinds.slice(0, 1))(
    'three workers, one killed, and a Redis %s started again: every result once',
    async (_, persistence) => {
      const { file, out, folder } = await benchFolder(bench);
      expect((await posteriori(['bench', file, '--out', join(folder, 'whole')], { cwd: folder })).code).toBe(0);
      const port = await freePort();
      const url = `redis://127.0.0.1:${port}`;
      const first = await startRedis(port, folder, persistence);
      const workers = [1, 2, 3].map(() => startWorker(url, folder));
      const running = posteriori(['bench', file, '--out', out, '--queue', url], {
        cwd: folder,
        started: (child) =>
          void said(child, '[2/12]').then(async () => {
            workers[0].kill('SIGKILL');
            first.kill('SIGKILL');
            await wait(1500);
            await startRedis(port, folder, persistence);
          }),
      });
      const { code, stderr } = await running;
      expect(code, stderr).toBe(0);
      expect(stderr).toContain('went away; waiting for it');
      expect(stderr.match(/^\[\d+\/12\]/gm)).toHaveLength(12);
      expect(await finishedRuns(out)).toEqual(await finishedRuns(join(folder, 'whole')));
    },
  );

  test('Ctrl-C ends bench and worker also while the Redis is away', async () => {
    const { file, out, folder } = await benchFolder(smallBench);
    const port = await freePort();
    const url = `redis://127.0.0.1:${port}`;
    const redis = await startRedis(port, folder);
    const worker = startWorker(url, folder);
    const { code, stderr } = await posteriori(['bench', file, '--out', out, '--queue', url], {
      cwd: folder,
      started: (child) => {
        void said(child, '[1/').then(() => redis.kill('SIGKILL'));
        void said(child, 'went away').then(() => {
          for (const one of [child, worker]) one.kill('SIGINT');
        });
      },
    });
    expect(code).toBe(130);
    expect(stderr).toContain('the same command goes on from there');
    await new Promise((resolve) => (worker.exitCode === null ? worker.once('exit', resolve) : resolve(undefined)));
    expect(worker.signalCode).toBeNull();
  });

  test('a wrong password is named; images go through a folder where one is given', async () => {
    const { file, out, folder } = await benchFolder(smallBench);
    const port = await freePort();
    await startRedis(port, folder, ['--requirepass', 'geheim']);
    const wrong = await posteriori(['bench', file, '--out', out, '--queue', `redis://:x@127.0.0.1:${port}`], { cwd: folder });
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(/does not accept the password/);
    expect(wrong.stderr).not.toContain('geheim');
    const url = `redis://:geheim@127.0.0.1:${port}`;
    const objects = join(folder, 'objects');
    const main = join(root, 'dist', 'cli', 'main.js');
    const worker = spawn(process.execPath, [main, 'worker', '--queue', url, '--objects', objects, '--idle', '60'], { cwd: folder });
    onTestFinished(() => void worker.kill('SIGKILL'));
    const { code, stdout } = await posteriori(['bench', file, '--out', out, '--queue', url, '--objects', objects], { cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toContain('| CGLS |');
    expect((await finishedRuns(out)).size).toBe(6);
    worker.kill('SIGINT');
    expect(await new Promise((resolve) => worker.once('exit', resolve))).toBe(0);
  });
});
