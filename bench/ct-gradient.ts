/*
 * What one gradient of the data term costs, the unit of ReSample's work: 1/2 ||y - A D(z)||^2 by z for a prior and a 25-view scan.
 * First its parts, taking turns (least and median time), then the whole by operator, as ONNX Runtime's profiler counts it:
 * for every node the least time over the runs.
 *
 *   npm run bench -- ct-gradient [--prior ct] [--repeat 20] [--threads 1] [--angles 25] [--json]
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as ort from 'onnxruntime-node';
import { type Expr, grad, input, mul, sub, sumSquares, toOnnx, vjp } from '../src/graph/index.js';
import { defaultGeometry, radon } from '../src/operators/index.js';
import { loadLatentPrior } from '../src/priors/node/index.js';
import { createNodeRuntime } from '../src/runtime/node/index.js';
import { Random } from '../src/tensor/random.js';
import type { Tensor } from '../src/tensor/tensor.js';

const { values } = parseArgs({
  options: {
    prior: { type: 'string', default: 'ct' },
    repeat: { type: 'string', default: '20' },
    threads: { type: 'string', default: '1' },
    angles: { type: 'string', default: '25' },
    json: { type: 'boolean', default: false },
  },
});
const repeat = Number(values.repeat);
const threads = Number(values.threads);
const { prior } = await loadLatentPrior(values.prior, { use: 'This bench' });
const operator = radon(defaultGeometry({ size: prior.imageShape[1], views: Number(values.angles) }));

const z = input('z', [1, ...prior.latentShape]);
const x = input('x', [1, ...prior.imageShape]);
const y = input('y', [1, ...operator.outputShape]);
const image = prior.decode(z);
const whole = { gradient: grad(mul(0.5, sumSquares(sub(operator.apply(image), y))), [z])[0] };
const parts: Record<string, Record<string, Expr>> = {
  'decoder, forward': { image },
  'decoder, gradient': { gradient: vjp(image, x, [z])[0] },
  projection: { y: operator.linearPart(x) },
  'back projection': { x: operator.adjoint(y) },
  'the whole gradient': whole,
};
const random = new Random(0);
const feeds: Record<string, Tensor> = Object.fromEntries([z, x, y].map((e) => [e.attrs.name, random.fork(e.attrs.name).normals(e.shape)]));

interface Figure {
  readonly name: string;
  /** Milliseconds. */
  readonly least: number;
  readonly median: number;
}

async function timeParts(): Promise<Figure[]> {
  const runtime = await createNodeRuntime({ threads });
  const compiled = await Promise.all(Object.entries(parts).map(([name, outputs]) => runtime.compile(outputs, { name })));
  const times: number[][] = compiled.map(() => []);
  for (let i = 0; i <= repeat; i++) {
    for (const [k, one] of compiled.entries()) {
      const own = Object.fromEntries(one.inputs.map(({ name }) => [name, feeds[name]]));
      const start = performance.now();
      await one.run(own);
      if (i > 0) times[k].push(performance.now() - start); // the first run of each warms up
    }
  }
  await runtime.dispose();
  return Object.keys(parts).map((name, k) => {
    const sorted = times[k].sort((a, b) => a - b);
    return { name, least: sorted[0], median: sorted[sorted.length >> 1] };
  });
}

interface Share {
  readonly operator: string;
  readonly nodes: number;
  readonly milliseconds: number;
}

/** Time of the whole gradient by kind of operator, the longest first. */
async function profile(): Promise<Share[]> {
  const folder = mkdtempSync(join(tmpdir(), 'posteriori-bench-'));
  try {
    const { bytes, inputs } = toOnnx(whole);
    const session = await ort.InferenceSession.create(bytes, {
      intraOpNumThreads: threads,
      enableMemPattern: false,
      enableProfiling: true,
      profileFilePrefix: join(folder, 'profile'),
    });
    const own = Object.fromEntries(inputs.map(({ name, shape }) => [name, new ort.Tensor('float32', feeds[name].data, [...shape])]));
    for (let i = 0; i <= repeat; i++) await session.run(own);
    session.endProfiling();
    await session.release();
    const [file] = readdirSync(folder);
    const events: { cat: string; name: string; dur: number; args: { op_name: string } }[] = JSON.parse(
      readFileSync(join(folder, file), 'utf8'),
    );
    const least = new Map<string, { operator: string; time: number }>();
    for (const { cat, name, dur, args } of events) {
      if (cat !== 'Node' || !name.endsWith('_kernel_time')) continue;
      least.set(name, { operator: args.op_name, time: Math.min(dur, least.get(name)?.time ?? Number.POSITIVE_INFINITY) });
    }
    const kinds = new Map<string, Share>();
    for (const { operator, time } of least.values()) {
      const { nodes, milliseconds } = kinds.get(operator) ?? { nodes: 0, milliseconds: 0 };
      kinds.set(operator, { operator, nodes: nodes + 1, milliseconds: milliseconds + time / 1000 });
    }
    return [...kinds.values()].sort((a, b) => b.milliseconds - a.milliseconds);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const figures = await timeParts();
const shares = await profile();
if (values.json) {
  process.stdout.write(`${JSON.stringify({ prior: prior.name, threads, repeat, figures, shares })}\n`);
} else {
  const ms = (time: number): string => time.toFixed(1).padStart(8);
  const total = shares.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const lines = [
    `gradient of the data term, prior ${prior.name}, ${operator.outputShape[0]} views, ${threads} thread(s), ${repeat} runs; milliseconds`,
    `${''.padEnd(20)}   least  median`,
    ...figures.map(({ name, least, median }) => name.padEnd(20) + ms(least) + ms(median)),
    '',
    `the whole by operator${ms(total)}`,
    ...shares
      .filter(({ milliseconds }) => milliseconds > total / 200)
      .map(({ operator: kind, nodes, milliseconds }) => `${kind.padEnd(20)} ${ms(milliseconds)}  in ${nodes} nodes`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
