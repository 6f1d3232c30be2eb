// A measured scan: 25 of the 181 views of a tooth against filtered backprojection from all 181, which stands in for the truth.
// npm run bench -- tooth FOLDER [--angles 25] [--out out/bench/tooth], with tooth_data.npy [views, slices, bins], tooth_white.npy,
// tooth_dark.npy, tooth_theta_deg.npy. Results as of any bench (posteriori bench).
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseBench } from '../src/experiments/bench/bench-file.js';
import { packProblem } from '../src/experiments/bench/pack.js';
import { type PlannedRun, runId } from '../src/experiments/bench/run-spec.js';
import { BenchFolder } from '../src/experiments/node/bench/bench-folder.js';
import { columnsOf, Priors } from '../src/experiments/node/bench/contenders.js';
import { LocalQueue } from '../src/experiments/node/bench/local-queue.js';
import { ProblemFiles } from '../src/experiments/node/bench/problem-files.js';
import { benchState, runMissing } from '../src/experiments/node/bench/run-bench.js';
import { type TaskProblem, takeMeasurement } from '../src/experiments/problem.js';
import { ctSetup } from '../src/experiments/tasks/index.js';
import { npyTensor } from '../src/io/index.js';
import { readNpy } from '../src/io/node/index.js';
import { fbp, parseGeometry, selectViews, spreadViews } from '../src/operators/index.js';
import { writeBenchResults } from '../src/results/node/bench-results.js';
import type { Runtime } from '../src/runtime/index.js';
import { createNodeRuntime, versions } from '../src/runtime/node/index.js';
import { reshapeTensor, type Tensor, tensor } from '../src/tensor/tensor.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { angles: { type: 'string', default: '25' }, out: { type: 'string', default: 'out/bench/tooth' } },
});
if (positionals.length !== 1) {
  process.stderr.write('usage: npm run bench -- tooth FOLDER [--angles 25] [--out FOLDER]\n');
  process.exit(2);
}
const read = async (name: string): Promise<Tensor> => npyTensor(await readNpy(join(positionals[0], `tooth_${name}.npy`)));
const [data, white, dark, degrees] = [await read('data'), await read('white'), await read('dark'), await read('theta_deg')];
const [views, slices, bins] = data.shape;
/** The rotation axis, in detector bins. */
const axis = 296;
/** Bins averaged into one: the pixels of 256 across the scan are a little over two bins wide. */
const binning = 2;
const size = 256;

/** `-log((data - dark) / (white - dark))` of one slice, flats and darks averaged, binned: [1, views, bins / binning]. */
function lineIntegrals(slice: number): Tensor {
  const mean = (frames: Tensor, bin: number) => {
    let sum = 0;
    for (let k = 0; k < frames.shape[0]; k++) sum += frames.data[(k * slices + slice) * bins + bin];
    return sum / frames.shape[0];
  };
  const width = Math.floor(bins / binning);
  const y = tensor([1, views, width]);
  for (let view = 0; view < views; view++) {
    for (let j = 0; j < width; j++) {
      let [seen, open] = [0, 0];
      for (let bin = j * binning; bin < (j + 1) * binning; bin++) {
        seen += data.data[(view * slices + slice) * bins + bin] - mean(dark, bin);
        open += mean(white, bin) - mean(dark, bin);
      }
      y.data[view * width + j] = -Math.log(Math.max(seen, 1) / open);
    }
  }
  return y;
}

/** Standard deviation of the noise, from differences of neighbouring bins in the outermost twentieth of every view, where there is air. */
function noiseOf(y: Tensor): number {
  const [, rows, width] = y.shape;
  const edge = Math.floor(width / 20);
  let [sum, n] = [0, 0];
  for (let view = 0; view < rows; view++) {
    for (let j = 0; j < edge; j++) {
      const at = view * width + j;
      const mirrored = view * width + width - 2 - j;
      sum += (y.data[at + 1] - y.data[at]) ** 2 + (y.data[mirrored + 1] - y.data[mirrored]) ** 2;
      n += 2;
    }
  }
  return Math.sqrt(sum / n / 2);
}

// The scan's unit of length is not known; any will do, since muMax is fitted to it.
const width = Math.floor(bins / binning);
const pixelSize = 25 / size;
const binSize = ((pixelSize * size) / (2 * Math.min(axis, bins - axis))) * binning;
const angles = Array.from(degrees.data, (angle) => (angle * Math.PI) / 180);
const whole = parseGeometry({
  size: [size, size],
  pixelSize,
  angles,
  bins: width,
  binSize,
  axis: (axis - (binning - 1) / 2) / binning,
  muMax: 1,
});

async function problemOf(runtime: Runtime, slice: number): Promise<TaskProblem> {
  const all = lineIntegrals(slice);
  const few = selectViews(whole, all, spreadViews(whole, Number(values.angles)));
  // the densest thousandth of what 25 views show lies at three quarters of the range: the truth is not asked
  const rough = Float32Array.from((await fbp(few.sinogram, few.geometry, { workers: runtime.workers })).data).sort();
  const muMax = (rough[Math.floor(0.999 * rough.length)] + 1) / 2 / 0.75;
  const truth = await fbp(all, { ...whole, muMax }, { workers: runtime.workers });
  const sigma = noiseOf(few.sinogram);
  process.stderr.write(`slice ${slice}: sigma ${sigma.toPrecision(3)} on line integrals up to ${Math.max(...all.data).toPrecision(3)}\n`);
  return takeMeasurement(reshapeTensor(few.sinogram, few.sinogram.shape), ctSetup({ ...few.geometry, muMax }), sigma, { truth });
}

const file = parseBench(
  {
    title: 'A measured tooth',
    images: [{ folder: positionals[0] }],
    tasks: ['ct'],
    methods: ['resample', { method: 'resample', preset: 'pixel-scan' }, 'pnp-unet', 'tv', 'fbp'],
  },
  'tooth',
);
const table = `a measured tooth: ${values.angles} of ${views} views`;
const folder = await BenchFolder.open(values.out, 'tooth');
const columns = (await Promise.all(file.methods.map((entry) => columnsOf(entry, 1, new Priors())))).flat();
const runtime = await createNodeRuntime();
const problems = new Map<string, string>();
const runs: PlannedRun[] = [];
const files = new ProblemFiles(folder.problems);
for (let slice = 0; slice < slices; slice++) {
  const key = `tooth-${slice}-${values.angles}`;
  const { hash } = await files.get(key, async () => packProblem(await problemOf(runtime, slice)));
  problems.set(hash, files.path(key));
  for (const { name: column, contender } of columns) {
    const spec = { problem: hash, contender, seed: 0, device: 'cpu' as const };
    runs.push({ id: await runId(spec, versions().posteriori), ...spec, table, column, image: `slice ${slice}` });
  }
}
await runtime.dispose();
const plan = { tables: [{ name: table, columns: columns.map(({ name }) => name), reference: 'ReSample' }], runs, problems, notices: [] };
const failures = await runMissing(plan, folder, new LocalQueue(), {
  onRun: ({ column, image }, { psnr }) => process.stderr.write(`${image}, ${column}: ${psnr?.toFixed(2)} dB\n`),
});
const state = await benchState(plan, folder, failures);
const title = { title: 'A measured tooth', command: 'npm run bench -- tooth FOLDER', wall: slices };
process.stdout.write(`${(await writeBenchResults(folder, plan, state, file, title)).markdown}\n${folder.path}/report.html\n`);
