/*
 * A checkpoint of LDM-VQ4's exact names and shapes (329 million parameters, 2.4 GB, seeded random weights): how fast it opens, and
 * each part of it against PyTorch: numbers, time, peak memory. Each engine and task in a process of its own, the two taking turns; medians.
 *
 *   npm run bench -- ldm-vq4 --python PATH [--folder DIR] [--repeat 3] [--threads 2]
 *     [--tasks unet,unet-gradient,encode,decode,decode-gradient]
 *
 * PATH is a Python with torch and safetensors. The checkpoint is made once in DIR and kept there for the next time.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { type Expr, grad, input, mul, square, sum } from '../src/graph/index.js';
import { fileSource } from '../src/io/node/index.js';
import { constantParams } from '../src/nn/index.js';
import { openTensorFile } from '../src/priors/checkpoints/index.js';
import { decode, encode } from '../src/priors/first-stage.js';
import { ldmVq4 } from '../src/priors/ldm-vq4.js';
import { readSafetensors, writeSafetensors } from '../src/priors/safetensors.js';
import { unet } from '../src/priors/unet.js';
import { createNodeRuntime } from '../src/runtime/node/index.js';
import type { Tensor } from '../src/tensor/tensor.js';
import { Engine, type Reply, relativeError } from './_engines.js';

const options = {
  repeat: { type: 'string', default: '3' },
  threads: { type: 'string', default: String(Math.min(availableParallelism(), 16)) },
  python: { type: 'string', default: 'python3' },
  folder: { type: 'string', default: join(tmpdir(), 'posteriori-ldm-vq4') },
  tasks: { type: 'string', default: 'unet,unet-gradient,encode,decode,decode-gradient' },
  engine: { type: 'string' },
} as const;
const { values } = parseArgs({ options });
const { folder } = values;
const threads = Number(values.threads);
const root = join(import.meta.dirname, '../../..');
const script = join(root, 'bench/ldm-vq4.py');
const checkpoint = join(folder, 'ldm-vq4.ckpt');

/** Tensors below a prefix, read from the checkpoint by range. */
async function weightsBelow(prefix: string): Promise<Map<string, Tensor>> {
  const file = await openTensorFile(await fileSource(checkpoint));
  const weights = new Map<string, Tensor>();
  for (const [name, stored] of file.tensors) if (name.startsWith(prefix)) weights.set(name.slice(prefix.length), await stored.read());
  await file.close();
  return weights;
}

async function taskGraph(task: string): Promise<Record<string, Expr>> {
  const ofUnet = task.startsWith('unet');
  const params = constantParams(await weightsBelow(ofUnet ? 'state_dict.model.diffusion_model.' : 'state_dict.first_stage_model.'));
  if (task === 'encode') return { out: encode(params, ldmVq4.firstStage, input('x', [1, 3, 256, 256])) };
  const z = input('z', [1, 3, 64, 64]);
  const out = ofUnet ? unet(params, ldmVq4.unet, z, input('t', [1])) : decode(params, ldmVq4.firstStage, z);
  if (!task.endsWith('gradient')) return { out };
  return { out, gradient: grad(mul(0.5, sum(square(out))), [z])[0] };
}

/** Worker: one task, computed once per line of standard input. */
async function engine(task: string): Promise<void> {
  const say = (reply: Partial<Reply>) => process.stdout.write(`${JSON.stringify(reply)}\n`);
  const runtime = await createNodeRuntime({ threads });
  const compiled = await runtime.compile(await taskGraph(task), { name: task });
  const { tensors } = readSafetensors(readFileSync(join(folder, 'problem.safetensors')));
  const feeds = Object.fromEntries(compiled.inputs.map(({ name }) => [name, tensors.get(name)!]));
  say({ ready: 'posteriori' });
  for await (const _ of createInterface({ input: process.stdin })) {
    const start = performance.now();
    const result = await compiled.run(feeds);
    const seconds = (performance.now() - start) / 1000;
    writeFileSync(join(folder, 'posteriori.safetensors'), writeSafetensors(new Map(Object.entries(result))));
    say({ seconds, peakMemoryMB: process.resourceUsage().maxRSS / 1024 });
  }
  await runtime.dispose();
}

function python(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(values.python, ['-B', script, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${values.python} failed: ${stderr}`);
  return stdout;
}

async function compare(task: string): Promise<void> {
  const ours = new Engine(process.execPath, [process.argv[1], '--engine', task, '--folder', folder, '--threads', String(threads)]);
  const theirs = new Engine(values.python, ['-B', script, 'run', folder, task, String(threads)]);
  try {
    await Promise.all([ours.reply(), theirs.reply()]);
    const replies: Record<'ours' | 'theirs', Reply[]> = { ours: [], theirs: [] };
    for (let i = 0; i <= Number(values.repeat); i++) {
      const pair = { ours: await ours.run(), theirs: await theirs.run() };
      if (i === 0) continue; // the first run of each warms up
      replies.ours.push(pair.ours);
      replies.theirs.push(pair.theirs);
    }
    const median = (list: Reply[]) => list.map((r) => r.seconds).sort((a, b) => a - b)[list.length >> 1];
    const peak = (list: Reply[]) => Math.round(Math.max(...list.map((r) => r.peakMemoryMB)));
    const [a, b] = [median(replies.ours), median(replies.theirs)];
    const read = (name: string) => readSafetensors(readFileSync(join(folder, `${name}.safetensors`))).tensors;
    const [got, want] = [read('posteriori'), read('pytorch')];
    const errors = [...want].map(([name, tensor]) => `${name} ${relativeError(got.get(name)!, tensor).toExponential(1)}`);
    process.stdout.write(
      `${task.padEnd(16)} ${a.toFixed(2)} s against ${b.toFixed(2)} s: ${(a / b).toFixed(3)}; peak ${peak(replies.ours)} against ${peak(replies.theirs)} MB; relative error ${errors.join(', ')}\n`,
    );
  } finally {
    ours.end();
    theirs.end();
  }
}

async function main(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  if (!existsSync(checkpoint)) python('make', folder);
  const cli = join(root, 'dist/cli/main.js');
  const { seconds, peakMemoryMB, output } = JSON.parse(python('measure', process.execPath, cli, 'prior', 'inspect', checkpoint, '--json'));
  process.stdout.write(`prior inspect    ${seconds.toFixed(2)} s, peak ${Math.round(peakMemoryMB)} MB: ${output.trim()}\n`);
  for (const task of values.tasks.split(',')) await compare(task);
}

await (values.engine === undefined ? main() : engine(values.engine));
