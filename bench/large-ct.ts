/*
 * Time and memory of CT with the operator as a sparse matrix in a graph ("graph") and as loops on plain arrays ("loops"), each run in a
 * process of its own, one after another. The matrix of the large scan does not fit a graph, so that one runs by loops alone.
 *
 *   npm run bench -- large-ct [--scans 180,720] [--methods fbp,cgls,tv] [--threads 2] [--json]
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { heldOutPhantom } from '../src/experiments/held-out.js';
import { simulate } from '../src/experiments/problem.js';
import { ctSetup } from '../src/experiments/tasks/index.js';
import { psnr } from '../src/metrics/index.js';
import { defaultGeometry, type LinearOperator, parseGeometry } from '../src/operators/index.js';
import { createNodeRuntime } from '../src/runtime/node/index.js';
import { finish } from '../src/solvers/index.js';
import { findMethod, resolveOptions, runMethod } from '../src/solvers/methods/index.js';
import { Random } from '../src/tensor/random.js';

const { values } = parseArgs({
  options: {
    scans: { type: 'string', default: '180,720' },
    methods: { type: 'string', default: 'fbp,cgls,tv' },
    threads: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
    // of one run
    run: { type: 'string' },
  },
});

const scans: Record<string, { size: number; views: number; bins: number }> = {
  180: { size: 256, views: 180, bins: 363 },
  720: { size: 512, views: 720, bins: 1024 },
};

interface Order {
  readonly scan: string;
  readonly method: string;
  readonly form: 'graph' | 'loops';
}

interface Figure extends Order {
  readonly seconds: number;
  /** Of all threads: what it takes on cores that others use as well. */
  readonly coreSeconds: number;
  readonly steps: number;
  readonly psnr: number;
  readonly peakMB: number;
}

async function run({ scan, method: name, form }: Order): Promise<Figure> {
  const { size, views, bins } = scans[scan];
  const base = defaultGeometry({ size, views });
  const binSize = (base.bins * base.binSize) / bins;
  const geometry = parseGeometry({ ...base, bins, binSize, axis: (bins - 1) / 2 });
  const runtime = await createNodeRuntime({ threads: Number(values.threads), worker: true });
  const { image: truth } = heldOutPhantom('demo', 0, size);
  const { y, sigma, operator } = await simulate(runtime, truth, ctSetup(geometry), { sigma: 0.01 }, new Random(0));
  const { direct: _, ...asGraph } = operator as LinearOperator;
  const method = findMethod(name);
  const problem = { operator: form === 'graph' ? asGraph : operator, y, sigma };
  const context = { runtime, random: new Random(0) };
  let steps = 0;
  const [start, before] = [performance.now(), process.cpuUsage()];
  const course = runMethod(method, 'default', { problem, context, options: resolveOptions(method) });
  const image = await finish(course, ({ step }) => {
    steps = step;
  });
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  const coreSeconds = (user + system) / 1e6;
  await runtime.dispose();
  return { scan, method: name, form, seconds, coreSeconds, steps, psnr: psnr(image, truth), peakMB: process.resourceUsage().maxRSS / 1024 };
}

function inProcess(order: Order): Figure {
  const args = [process.argv[1], '--run', JSON.stringify(order), '--threads', values.threads];
  const { stdout, status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
  if (status !== 0) throw new Error(`${order.method} ended with ${status}`);
  return JSON.parse(stdout);
}

if (values.run !== undefined) process.stdout.write(JSON.stringify(await run(JSON.parse(values.run))));
else {
  const orders = values.scans.split(',').flatMap((scan) =>
    values.methods.split(',').flatMap((method) => {
      const forms = scan === '720' || method === 'fbp' ? (['loops'] as const) : (['graph', 'loops'] as const);
      return forms.map((form): Order => ({ scan, method, form }));
    }),
  );
  const figures = orders.map(inProcess);
  if (values.json) process.stdout.write(`${JSON.stringify(figures)}\n`);
  else {
    console.log('scan                          method  by        s  cores s  steps     dB     MB   of the graph: work, memory');
    for (const figure of figures) {
      const { size, views, bins } = scans[figure.scan];
      const graph = figures.find(({ scan, method, form }) => form === 'graph' && scan === figure.scan && method === figure.method);
      const ratio =
        graph && figure.form === 'loops'
          ? `   ${(figure.coreSeconds / graph.coreSeconds).toFixed(2)}, ${(figure.peakMB / graph.peakMB).toFixed(2)}`
          : '';
      const scan = `${views} x ${bins} on ${size} x ${size}`.padEnd(29);
      console.log(
        `${scan} ${figure.method.padEnd(7)} ${figure.form} ${figure.seconds.toFixed(1).padStart(7)} ${figure.coreSeconds.toFixed(1).padStart(8)} ${String(figure.steps).padStart(6)} ${figure.psnr.toFixed(2).padStart(6)} ${figure.peakMB.toFixed(0).padStart(6)}${ratio}`,
      );
    }
  }
}
