// D(E(x)) on phantoms that no training has seen: PSNR and SSIM of the first stage alone.
// npm run bench -- round-trip --count 20
import { heldOutPhantom } from '../src/experiments/held-out.js';
import { loadPrior } from '../src/experiments/node/priors.js';
import { input } from '../src/graph/index.js';
import { psnr, ssim } from '../src/metrics/index.js';
import { createNodeRuntime } from '../src/runtime/node/index.js';
import { readFlags } from './_command.js';

const { values } = readFlags();
const count = Number(values.count);
const { prior } = await loadPrior(values.prior);
const runtime = await createNodeRuntime();
const trip = await runtime.compile({ y: prior.decode(prior.encode(input('x', [1, ...prior.imageShape]))) }, { name: 'round trip' });
const figures: number[] = [];
let similarity = 0;
for (let i = 0; i < count; i++) {
  const { image, seed } = heldOutPhantom(values.images as 'test', i);
  const { y } = await trip.run({ x: image });
  figures.push(psnr(y, image));
  similarity += ssim(y, image) / count;
  console.error(`phantom ${seed}: ${figures.at(-1)!.toFixed(2)} dB`);
}
const mean = figures.reduce((a, b) => a + b) / count;
const deviation = Math.sqrt(figures.reduce((a, b) => a + (b - mean) ** 2, 0) / (count - 1));
console.log(
  `round trip of ${count} phantoms: PSNR ${mean.toFixed(2)} ± ${deviation.toFixed(2)} dB (least ${Math.min(...figures).toFixed(2)}), SSIM ${similarity.toFixed(4)}`,
);
await runtime.dispose();
