import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { hashTensor } from '../src/experiments/hash.js';
import { npyTensor, parseNpy } from '../src/io/index.js';
import { Random } from '../src/tensor/random.js';
import { posteriori } from './command-line.js';

/** A bench of small images and quick methods: 2 images, 3 methods. */
export const smallBench = {
  images: [{ phantoms: 'mixed', count: 2, side: 48 }],
  tasks: [{ task: 'ct', angles: 8 }],
  methods: ['fbp', 'cgls', { method: 'sirt', set: { iterations: 5 } }],
  reference: 'cgls',
};

/** A folder of one's own, gone after the test, with the bench in it. */
export async function benchFolder(bench: object = smallBench): Promise<{ folder: string; file: string; out: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'posteriori-bench-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'my.json');
  await writeFile(file, JSON.stringify(bench));
  return { folder, file, out: join(folder, 'out') };
}

/** The hash of every finished run's image, by id. Fails where a file is not whole, or is not what its record says. */
export async function finishedRuns(out: string): Promise<Map<string, string>> {
  const files = await readdir(join(out, 'runs')).catch(() => []);
  const found = new Map<string, string>();
  for (const file of files.filter((name) => name.endsWith('.json') && !name.startsWith('.'))) {
    const record = JSON.parse(await readFile(join(out, 'runs', file), 'utf8')) as { id: string; image: string };
    const image = npyTensor(parseNpy(await readFile(join(out, 'runs', file.replace('.json', '.npy'))), file));
    if (`${record.id}.json` !== file || (await hashTensor(image)) !== record.image) throw new Error(`${file} is not whole`);
    found.set(record.id, record.image);
  }
  return found;
}

/** Kills a bench so many times at random moments; whatever it had done stays, and at its end it is what it is without that. */
export async function killAndGoOn(times: number, seed: number): Promise<void> {
  const { file, out, folder } = await benchFolder();
  const run = (started?: (child: ChildProcess) => void, to = out) => posteriori(['bench', file, '--out', to], { cwd: folder, started });
  expect((await run(undefined, join(folder, 'whole'))).code).toBe(0);
  const whole = await finishedRuns(join(folder, 'whole'));
  const random = new Random(seed);
  let seen = new Map<string, string>();
  for (let k = 0; k < times; k++) {
    const { signal } = await run((child) => void wait(random.uniform(700, 3500)).then(() => child.kill('SIGKILL')));
    const now = await finishedRuns(out);
    for (const [id, image] of seen) expect(now.get(id)).toBe(image);
    seen = now;
    // done before it could be killed: from the beginning
    if (signal === null) {
      await rm(out, { recursive: true });
      seen = new Map();
    }
  }
  expect((await run()).code).toBe(0);
  expect(await finishedRuns(out)).toEqual(whole);
}
