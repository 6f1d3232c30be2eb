// What the denoiser adds: the same pipeline with it, without it (from CGLS, from TV), and with that of N(0, I) in its place; in pixels and
// in latents, the same measurements for all.
// npm run bench -- denoiser-share FOLDER|phantoms [--count 4] [--images test] [--spaces pixel,latent] [--angles 25] [--sigma 0.01]
//   [--seed 0]
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { type HeldOutSet, heldOutPhantom } from '../src/experiments/held-out.js';
import { simulate, type TaskProblem } from '../src/experiments/problem.js';
import { reconstruct } from '../src/experiments/reconstruct.js';
import { ctSetup } from '../src/experiments/tasks/index.js';
import { add, constant, div, gather, mul, reshape, sqrt, square, sub, toInt } from '../src/graph/index.js';
import { findImages, readImage } from '../src/io/node/index.js';
import { defaultGeometry } from '../src/operators/index.js';
import { atSize, type LatentPrior, type PixelPrior } from '../src/priors/index.js';
import { loadPrior } from '../src/priors/node/index.js';
import { createNodeRuntime } from '../src/runtime/node/index.js';
import { latentOptimisation, pseudoInverseStep } from '../src/solvers/hard-data-consistency.js';
import {
  CompiledGraphs,
  cgls,
  LatentModel,
  PixelModel,
  proximal,
  type Reconstruction,
  resample,
  resampleOptions,
  resamplePixel,
  type SolverContext,
  type Step,
  tv,
} from '../src/solvers/index.js';
import { Random } from '../src/tensor/random.js';
import { type Tensor, tensor } from '../src/tensor/tensor.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '4' },
    images: { type: 'string', default: 'test' },
    spaces: { type: 'string', default: 'pixel,latent' },
    angles: { type: 'string', default: '25' },
    sigma: { type: 'string', default: '0.01' },
    seed: { type: 'string', default: '0' },
  },
});
if (positionals.length !== 1) {
  process.stderr.write('usage: npm run bench -- denoiser-share FOLDER|phantoms [--count N] [--spaces pixel,latent]\n');
  process.exit(2);
}
const runtime = await createNodeRuntime({});
const graphs = new CompiledGraphs(runtime);
const spaces = values.spaces.split(',');
const pixel = spaces.includes('pixel') ? ((await loadPrior('ct-pixel')).prior as PixelPrior) : undefined;
const latent = spaces.includes('latent') ? ((await loadPrior('ct')).prior as LatentPrior) : undefined;

/** The exact denoiser of images, or latents, that are N(0, I). */
const standardPixel = (prior: PixelPrior): PixelPrior => ({
  ...prior,
  denoise: (x, sigma) => div(x, add(square(reshape(sigma, [sigma.shape[0], 1, 1, 1])), 1)),
});
const standardLatent = (prior: LatentPrior): LatentPrior => {
  const table = constant(tensor([prior.alphaBar.length], Float32Array.from(prior.alphaBar)));
  return { ...prior, epsilon: (z, t) => mul(z, sqrt(sub(1, reshape(gather(table, toInt(t)), [t.shape[0], 1, 1, 1])))) };
};

type Run = (problem: TaskProblem, context: SolverContext) => Reconstruction;

/** The data steps that end a pipeline, from an image made without a denoiser. */
const pixelFrom = (prior: PixelPrior, classical: typeof cgls | typeof tv): Run =>
  async function* (problem, context) {
    const start = yield* classical(problem, context);
    const model = new PixelModel(prior, problem, context);
    const { x } = await proximal(model, start, { trust: 0.01 / Math.sqrt(0.7), iterations: 10, newtonSteps: 1 });
    return x;
  };
const latentFrom = (prior: LatentPrior, classical: typeof cgls | typeof tv): Run =>
  async function* (problem, context) {
    const start = yield* classical(problem, context);
    const model = new LatentModel(prior, problem, context);
    const options = { ...resampleOptions(), latentIterations: 60, kappa: 1, cgIterations: 20 };
    const z = yield* asSteps(latentOptimisation(model, await model.encode(start), options), model);
    return yield* asSteps(pseudoInverseStep(model, await model.decode(z), options), model);
  };
async function* asSteps(inner: ReturnType<typeof latentOptimisation>, model: LatentModel): AsyncGenerator<Step, Tensor, void> {
  for (;;) {
    const { value, done } = await inner.next();
    if (done) return value;
    yield { step: 1, steps: 1, stage: 'latent', ...value, counts: { ...model.counts } };
  }
}

const runs: Array<readonly [string, Run]> = [
  ['CGLS', cgls],
  ['TV', tv],
  ...(pixel
    ? ([
        ['pixel: without, from CGLS', pixelFrom(pixel, cgls)],
        ['pixel: without, from TV', pixelFrom(pixel, tv)],
        ['pixel: N(0, I)', (problem, context) => resamplePixel(standardPixel(pixel), problem, context)],
        ['pixel: denoiser', (problem, context) => resamplePixel(pixel, problem, context)],
      ] as Array<readonly [string, Run]>)
    : []),
  ...(latent
    ? ([
        ['latent: without, from CGLS', latentFrom(atSize(latent, 256, 256), cgls)],
        ['latent: without, from TV', latentFrom(atSize(latent, 256, 256), tv)],
        ['latent: N(0, I)', (problem, context) => resample(standardLatent(latent), problem, context)],
        ['latent: denoiser', (problem, context) => resample(latent, problem, context)],
      ] as Array<readonly [string, Run]>)
    : []),
];

const rows = new Map<string, Array<{ psnr: number; ssim: number; soft: number; residual: number; seconds: number }>>();
for (const [name, problemOf] of await images()) {
  const problem = await problemOf();
  for (const [title, run] of runs) {
    const context = { runtime, random: new Random(Number(values.seed)).fork('solver'), graphs };
    const { psnr, ssim, hu, residual, seconds } = await reconstruct(run(problem, context), problem, runtime);
    const row = { psnr: psnr!, ssim: ssim!, soft: hu!.soft ?? Number.NaN, residual: residual / problem.sigma ** 2, seconds };
    rows.set(title, [...(rows.get(title) ?? []), row]);
    process.stderr.write(
      `${name.padEnd(20)} ${title.padEnd(28)} ${row.psnr.toFixed(2)} dB ${row.ssim.toFixed(3)} ${row.soft.toFixed(0)} HU ${row.residual.toFixed(2)} sigma^2\n`,
    );
  }
}
const mean = (title: string, key: 'psnr' | 'ssim' | 'soft' | 'residual' | 'seconds') =>
  rows.get(title)!.reduce((sum, row) => sum + row[key], 0) / rows.get(title)!.length;
process.stdout.write('| pipeline | PSNR, dB | SSIM | soft tissue, HU | residual / sigma^2 | seconds |\n|---|---|---|---|---|---|\n');
for (const [title] of runs)
  process.stdout.write(
    `| ${title} | ${mean(title, 'psnr').toFixed(2)} | ${mean(title, 'ssim').toFixed(3)} | ${mean(title, 'soft').toFixed(0)} | ${mean(title, 'residual').toFixed(2)} | ${mean(title, 'seconds').toFixed(1)} |\n`,
  );
await graphs.dispose();
await runtime.dispose();

async function images(): Promise<Array<readonly [string, () => Promise<TaskProblem>]>> {
  const count = Number(values.count);
  const noise = { sigma: Number(values.sigma) };
  const views = Number(values.angles);
  const random = (name: string | number) => new Random(Number(values.seed)).fork(`measurement ${name}`);
  if (positionals[0] === 'phantoms') {
    const scanner = ctSetup(defaultGeometry({ views }));
    return Array.from({ length: count }, (_, i) => {
      const { image, seed } = heldOutPhantom(values.images as HeldOutSet, i);
      return [`phantom ${seed}`, () => simulate(runtime, image, scanner, noise, random(seed))] as const;
    });
  }
  const all = await findImages(positionals[0]);
  return all.slice(-count).map((path) => [
    basename(path),
    async () => {
      const { tensor: image, pixelSizeCm = 25 / 256 } = await readImage(path, { channels: 1 });
      return simulate(runtime, image, ctSetup(defaultGeometry({ views, fieldOfView: 256 * pixelSizeCm })), noise, random(basename(path)));
    },
  ]);
}
