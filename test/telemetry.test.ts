import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { root } from './command-line.js';

/** Where the engine would keep the identifier of the machine, and what it has to tell; and its log. */
test.skipIf(process.platform === 'win32')(
  'the engine tells nobody of what is done: nothing is kept for it, and no identifier made',
  async () => {
    const home = await mkdtemp(join(tmpdir(), 'posteriori-home-'));
    onTestFinished(() => rm(home, { recursive: true, force: true }));
    await mkdir(join(home, 'tmp'));
    // without CI's own variable, for which the engine is silent as well
    const env = { PATH: process.env.PATH, HOME: home, TMPDIR: join(home, 'tmp') };
    const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'dist', 'cli', 'main.js'), 'doctor'], { env });
    expect(stdout).toContain('cpu');
    expect((await readdir(home, { recursive: true })).filter((name) => /microsoft|onnxruntime|mat-debug|\.ses$/i.test(name))).toEqual([]);
  },
);
