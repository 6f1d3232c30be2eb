// ReSample's options compared on tuning phantoms, never on test ones: one row for each set of options given.
// npm run bench -- tune-resample --count 4 "steps=20 every=2" "steps=50 every=5 kappa=1"

import { heldOutPhantom } from '../src/experiments/held-out.js';
import { pose } from '../src/experiments/pose.js';
import { simulate } from '../src/experiments/problem.js';
import { solve } from '../src/experiments/solve.js';
import { ctSetup } from '../src/experiments/tasks/index.js';
import { defaultGeometry } from '../src/operators/index.js';
import { loadPrior } from '../src/priors/node/index.js';
import { createNodeRuntime } from '../src/runtime/node/index.js';
import { CompiledGraphs } from '../src/solvers/index.js';
import { defaultPreset, findMethod, resolveOptions } from '../src/solvers/methods/index.js';
import { Random } from '../src/tensor/random.js';
import { readFlags } from './_command.js';

const { values, positionals } = readFlags();
const sigma = Number(values.sigma);
const runtime = await createNodeRuntime();
const { prior } = await loadPrior(values.prior);
const scanner = ctSetup(defaultGeometry({ views: Number(values.angles) }));
const graphs = new CompiledGraphs(runtime);
const rows = positionals.length > 0 ? positionals : [''];
for (const method of ['fbp', 'cgls'] as const) await row(method, '', undefined);
for (const options of rows) await row('resample', options, values.presets);
await graphs.dispose();
await runtime.dispose();

async function row(name: 'fbp' | 'cgls' | 'resample', text: string, preset: string | undefined): Promise<void> {
  const method = findMethod(name);
  const set = Object.fromEntries(
    text
      .split(/\s+/)
      .filter(Boolean)
      .map((part) => part.split('=') as [string, string]),
  );
  const chosen = preset ?? defaultPreset(method, prior);
  const options = resolveOptions(method, chosen, set, method.needs.prior ? prior : undefined);
  const total = { psnr: 0, ssim: 0, residual: 0, seconds: 0, gradients: 0, network: 0 };
  const each: string[] = [];
  const count = Number(values.count);
  for (let i = 0; i < count; i++) {
    const { image, seed } = heldOutPhantom('tuning', i);
    const problem = await simulate(runtime, image, scanner, { sigma }, new Random(Number(values.seed)).fork(`measurement ${seed}`));
    const target = method.needs.prior ? pose(problem, prior) : { problem };
    const random = (stream: string) => new Random(Number(values.seed)).fork(stream);
    const outcome = await solve(target, { method, preset: chosen, options }, { lanes: [{ runtime, graphs }], random, truth: image });
    total.psnr += outcome.psnr! / count;
    total.ssim += outcome.ssim! / count;
    total.residual += outcome.residual / sigma ** 2 / count;
    total.seconds += outcome.seconds / count;
    total.gradients += outcome.counts.decoderGradients / count;
    total.network += outcome.counts.network / count;
    each.push(outcome.psnr!.toFixed(1));
  }
  const { psnr, ssim, residual, seconds, gradients, network } = total;
  console.log(
    `${psnr.toFixed(2)} dB  SSIM ${ssim.toFixed(4)}  residual ${residual.toFixed(2)}  ${seconds.toFixed(1)} s  dg ${gradients.toFixed(0)}  net ${network.toFixed(0)}  [${each.join(' ')}]  ${name} ${text}`,
  );
}
