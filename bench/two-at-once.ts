/*
 * What work costs alone, and each of two processes that do it at once, by threads a process and by whether they spin (look for work between
 * two operations instead of sleeping): one gradient of the latent prior `ct`, one call of the pixel denoiser `ct-pixel`. The settings take
 * turns; least and median over the rounds. Threads that spin take the cores from the other process: two at once should cost no more than
 * 2.0 times one alone.
 *
 *   npm run bench -- two-at-once [--rounds 7] [--runs 3] [--json]
 */
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { type Expr, grad, input, mul, sub, sumSquares } from '../src/graph/index.js';
import { defaultGeometry, radon } from '../src/operators/index.js';
import type { PixelPrior } from '../src/priors/index.js';
import { loadLatentPrior, loadPrior } from '../src/priors/node/index.js';
import { createNodeRuntime } from '../src/runtime/node/index.js';
import { Random } from '../src/tensor/random.js';
import { full, type Tensor } from '../src/tensor/tensor.js';
import { Engine } from './_engines.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    runs: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
    // of a worker process
    engine: { type: 'string' },
    threads: { type: 'string', default: '1' },
    spinning: { type: 'boolean', default: false },
  },
});

interface Work {
  readonly outputs: Record<string, Expr>;
  readonly feeds: Record<string, Tensor>;
}

const random = new Random(0);
const works: Record<string, () => Promise<Work>> = {
  async 'ct gradient'() {
    const { prior } = await loadLatentPrior('ct', { use: 'This bench' });
    const operator = radon(defaultGeometry({ size: prior.imageShape[1], views: 25 }));
    const z = input('z', [1, ...prior.latentShape]);
    const y = input('y', [1, ...operator.outputShape]);
    const [gradient] = grad(mul(0.5, sumSquares(sub(operator.apply(prior.decode(z)), y))), [z]);
    return { outputs: { gradient }, feeds: { z: random.normals(z.shape), y: random.normals(y.shape) } };
  },
  async 'ct-pixel denoiser'() {
    const prior = (await loadPrior('ct-pixel')).prior as PixelPrior;
    const x = input('x', [1, prior.channels, 256, 256]);
    return { outputs: { clean: prior.denoise(x, input('sigma', [1])) }, feeds: { x: random.normals(x.shape), sigma: full(0.3, [1]) } };
  },
};
const settings = [
  { threads: 1, spinning: false }, // which has no other thread that could spin
  { threads: 2, spinning: false },
  { threads: 2, spinning: true },
];

/** A process that does one piece of work for every line it reads, and says how long it took. */
async function engine(name: string): Promise<void> {
  const runtime = await createNodeRuntime({ threads: Number(values.threads), spinning: values.spinning });
  const { outputs, feeds } = await works[name]();
  const compiled = await runtime.compile(outputs, { name });
  await compiled.run(feeds); // warms up
  const say = (seconds: number): void => {
    process.stdout.write(`${JSON.stringify({ seconds, peakMemoryMB: process.resourceUsage().maxRSS / 1024 })}\n`);
  };
  say(0);
  for await (const _ of createInterface({ input: process.stdin })) {
    const start = performance.now();
    await compiled.run(feeds);
    say((performance.now() - start) / 1000);
  }
  await runtime.dispose();
}

interface Figure {
  readonly work: string;
  readonly threads: number;
  readonly spinning: boolean;
  /** Milliseconds, least and median. */
  readonly alone: readonly [number, number];
  readonly eachOfTwo: readonly [number, number];
  readonly peakMemoryMB: number;
}

async function measure(): Promise<Figure[]> {
  const cases = Object.keys(works).flatMap((work) =>
    settings.map(({ threads, spinning }) => {
      const args = [process.argv[1], '--engine', work, '--threads', String(threads), ...(spinning ? ['--spinning'] : [])];
      const pair = [0, 1].map(() => new Engine(process.execPath, args));
      return { work, threads, spinning, pair, alone: [] as number[], eachOfTwo: [] as number[], peakMemoryMB: 0 };
    }),
  );
  try {
    for (const { pair } of cases) for (const one of pair) await one.reply();
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const each of cases) {
        const mean = async (one: Engine): Promise<number> => {
          let total = 0;
          for (let i = 0; i < Number(values.runs); i++) {
            const { seconds, peakMemoryMB } = await one.run();
            total += 1000 * seconds;
            each.peakMemoryMB = Math.max(each.peakMemoryMB, Math.round(peakMemoryMB));
          }
          return total / Number(values.runs);
        };
        each.alone.push(await mean(each.pair[0]));
        const [a, b] = await Promise.all(each.pair.map(mean));
        each.eachOfTwo.push((a + b) / 2);
      }
    }
  } finally {
    for (const { pair } of cases) for (const one of pair) one.end();
  }
  const leastAndMedian = (list: number[]): [number, number] => {
    const sorted = list.sort((a, b) => a - b);
    return [sorted[0], sorted[sorted.length >> 1]];
  };
  return cases.map(({ pair, alone, eachOfTwo, ...rest }) => ({
    ...rest,
    alone: leastAndMedian(alone),
    eachOfTwo: leastAndMedian(eachOfTwo),
  }));
}

function table(figures: readonly Figure[]): string {
  const ms = (pair: readonly [number, number]): string => pair.map((time) => time.toFixed(0).padStart(6)).join(' ');
  const rows = figures.map(({ work, threads, spinning, alone, eachOfTwo, peakMemoryMB }) => {
    const setting = `${threads} thread${threads > 1 ? 's' : ' '}${spinning ? ', spinning' : ''}`;
    const ratio = (eachOfTwo[0] / alone[0]).toFixed(2).padStart(6);
    return `${work.padEnd(18)} ${setting.padEnd(19)} ${ms(alone)}   ${ms(eachOfTwo)} ${ratio} ${String(peakMemoryMB).padStart(7)}`;
  });
  const head = `${''.padEnd(38)} ${'alone'.padStart(13)}   ${'each of two'.padStart(13)}  ratio  MB each`;
  return `milliseconds, least and median of ${values.rounds} rounds; ratio of the least\n${[head, ...rows].join('\n')}\n`;
}

if (values.engine !== undefined) await engine(values.engine);
else {
  const figures = await measure();
  process.stdout.write(values.json ? `${JSON.stringify(figures)}\n` : table(figures));
}
