/*
 * Forward pass and input gradient of the VQ-f4 decoder at full width (33 million parameters, 64x64x3 latent to 256x256x3 image,
 * no quantiser), against PyTorch where it is installed. Random weights and inputs from seed 0, the same for both; each engine
 * in a process of its own, the two taking turns; medians.
 *
 *   npm run bench -- decoder-gradient [--repeat 5] [--threads 2] [--python PATH] [--width 128] [--json]
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { grad, input, mul, square, sub, sum } from '../src/graph/index.js';
import { constantParams, initialise } from '../src/nn/index.js';
import type { FirstStageConfig } from '../src/priors/config.js';
import { decodeContinuous, firstStageSpecs } from '../src/priors/first-stage.js';
import { ldmVq4 } from '../src/priors/ldm-vq4.js';
import { readSafetensors, writeSafetensors } from '../src/priors/safetensors.js';
import { createNodeRuntime } from '../src/runtime/node/index.js';
import { Random } from '../src/tensor/random.js';
import { Engine, type Reply, relativeError } from './_engines.js';

const options = {
  repeat: { type: 'string', default: '5' },
  threads: { type: 'string', default: String(Math.min(availableParallelism(), 16)) },
  python: { type: 'string' },
  width: { type: 'string', default: '128' },
  json: { type: 'boolean', default: false },
  engine: { type: 'string' },
} as const;
const { values } = parseArgs({ options });
const threads = Number(values.threads);

/** Worker: load `problem.safetensors` from the folder, then compute once per line of standard input. */
async function engine(folder: string): Promise<void> {
  const say = (reply: Partial<Reply>) => process.stdout.write(`${JSON.stringify(reply)}\n`);
  const runtime = await createNodeRuntime({ threads });
  const { compiled, feeds } = await load(folder);
  say({ ready: 'posteriori' });
  for await (const _ of createInterface({ input: process.stdin })) {
    const start = performance.now();
    const result = await compiled.run(feeds);
    const seconds = (performance.now() - start) / 1000;
    writeFileSync(join(folder, 'posteriori.safetensors'), writeSafetensors(new Map(Object.entries(result))));
    say({ seconds, peakMemoryMB: process.resourceUsage().maxRSS / 1024 });
  }
  await runtime.dispose();

  // In a function of its own, so that the weights can be collected once compiled.
  async function load(from: string) {
    const { tensors, metadata } = readSafetensors(readFileSync(join(from, 'problem.safetensors')));
    const z = input('z', tensors.get('z')!.shape);
    const y = input('y', tensors.get('y')!.shape);
    const decoded = decodeContinuous(constantParams(tensors), JSON.parse(metadata.config), z);
    const loss = mul(0.5, sum(square(sub(decoded, y))));
    const [gradient] = grad(loss, [z]);
    return {
      compiled: await runtime.compile({ decoded, gradient }, { name: 'decoder gradient' }),
      feeds: { z: tensors.get('z')!, y: tensors.get('y')! },
    };
  }
}

function writeProblem(folder: string): void {
  const ch = Number(values.width);
  const config: FirstStageConfig = { ...ldmVq4.firstStage, ch };
  const random = new Random(0);
  const specs = firstStageSpecs(config).filter(({ name }) => /^(decoder|post_quant_conv)\./.test(name));
  const tensors = initialise(specs, random);
  tensors.set('z', random.fork('z').normals([1, 3, 64, 64])).set('y', random.fork('y').normals([1, 3, 256, 256]));
  writeFileSync(join(folder, 'problem.safetensors'), writeSafetensors(tensors, { metadata: { config: JSON.stringify(config) } }));
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'posteriori-bench-'));
  const engines = new Map<string, Engine>();
  try {
    writeProblem(folder);
    engines.set('posteriori', new Engine(process.execPath, [process.argv[1], '--engine', folder, '--threads', String(threads)]));
    const torch = new Engine(values.python ?? 'python3', [
      '-B',
      join(import.meta.dirname, '../../../bench/decoder-gradient.py'),
      folder,
      String(threads),
    ]);
    const torchVersion = await torch.reply().then(
      (r) => r.ready,
      (error: Error) =>
        void process.stderr.write(`PyTorch is left out: ${error.message}. Name a Python that has torch and safetensors with --python.\n`),
    );
    if (torchVersion !== undefined) engines.set('pytorch', torch);
    await engines.get('posteriori')!.reply();

    const replies = new Map<string, Reply[]>([...engines.keys()].map((name) => [name, []]));
    for (let i = 0; i <= Number(values.repeat); i++) {
      for (const [name, one] of engines) {
        const reply = await one.run();
        if (i > 0) replies.get(name)!.push(reply); // the first run of each warms up
      }
    }
    const figures = [...replies].map(([name, list]) => ({
      engine: name === 'pytorch' ? torchVersion! : name,
      seconds: list.map((r) => r.seconds).sort((a, b) => a - b)[list.length >> 1],
      fastest: Math.min(...list.map((r) => r.seconds)),
      peakMemoryMB: Math.round(Math.max(...list.map((r) => r.peakMemoryMB))),
    }));
    const [ours, theirs] = figures;
    const result = {
      threads,
      repeat: Number(values.repeat),
      engines: figures,
      ...(theirs === undefined ? {} : { ratio: ours.seconds / theirs.seconds, ...errors(folder) }),
    };
    process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : table(result));
  } finally {
    for (const one of engines.values()) one.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

function errors(folder: string): { errorForward: number; errorGradient: number } {
  const read = (name: string) => readSafetensors(readFileSync(join(folder, `${name}.safetensors`))).tensors;
  const [ours, theirs] = [read('posteriori'), read('pytorch')];
  return {
    errorForward: relativeError(ours.get('decoded')!, theirs.get('decoded')!),
    errorGradient: relativeError(ours.get('gradient')!, theirs.get('gradient')!),
  };
}

function table(result: {
  threads: number;
  engines: { engine: string; seconds: number; fastest: number; peakMemoryMB: number }[];
  ratio?: number;
  errorForward?: number;
  errorGradient?: number;
}): string {
  const rows = result.engines.map(
    (e) => `${e.engine.padEnd(16)} ${e.seconds.toFixed(2)} s (fastest ${e.fastest.toFixed(2)} s), peak ${e.peakMemoryMB} MB`,
  );
  if (result.ratio !== undefined) {
    rows.push(
      `ratio ${result.ratio.toFixed(3)}; largest relative error: forward ${result.errorForward!.toExponential(1)}, gradient ${result.errorGradient!.toExponential(1)}`,
    );
  }
  return `VQ-f4 decoder, forward and input gradient, ${result.threads} threads, median\n${rows.join('\n')}\n`;
}

await (values.engine === undefined ? main() : engine(values.engine));
