// D(E(x)) on images that no training has seen: PSNR and SSIM of the first stage alone. Held-out phantoms or synthetic photographs, by the
// channels of the prior; with a folder, the pictures in it: crops from their middle, or the whole, resized.
// npm run bench -- round-trip [FOLDER] [--prior ct] [--count 20] [--fit crop|resize]
import { heldOutPhantom, heldOutPhotograph } from '../src/experiments/held-out.js';
import { input } from '../src/graph/index.js';
import { psnr, ssim } from '../src/metrics/index.js';
import { loadLatentPrior } from '../src/priors/node/index.js';
import { createNodeRuntime } from '../src/runtime/node/index.js';
import type { Tensor } from '../src/tensor/tensor.js';
import { readFlags } from './_command.js';
import { type Fit, squares } from './_photos.js';

const { values, positionals } = readFlags();
const { prior } = await loadLatentPrior(values.prior === 'ct-pixel' ? 'ct' : values.prior, { use: 'A round trip' });
const [channels, height] = prior.imageShape;
const runtime = await createNodeRuntime();
const trip = await runtime.compile({ y: prior.decode(prior.encode(input('x', [1, ...prior.imageShape]))) }, { name: 'round trip' });

async function* images(): AsyncGenerator<[name: string, image: Tensor]> {
  if (positionals.length > 0) {
    for (const [name, image] of await squares(positionals[0], channels as 1 | 3, height, values.fit as Fit)) yield [name, image];
    return;
  }
  for (let i = 0; i < Number(values.count); i++) {
    const { image, seed } = (channels === 3 ? heldOutPhotograph : heldOutPhantom)(values.images as 'test', i);
    yield [`${channels === 3 ? 'photograph' : 'phantom'} ${seed}`, image];
  }
}

const figures: number[] = [];
let similarity = 0;
for await (const [name, image] of images()) {
  const { y } = await trip.run({ x: image });
  figures.push(psnr(y, image));
  similarity += ssim(y, image);
  console.error(`${name}: ${figures.at(-1)!.toFixed(2)} dB`);
}
const count = figures.length;
const mean = figures.reduce((a, b) => a + b) / count;
const deviation = Math.sqrt(figures.reduce((a, b) => a + (b - mean) ** 2, 0) / (count - 1));
console.log(
  `round trip of ${count} images: PSNR ${mean.toFixed(2)} ± ${deviation.toFixed(2)} dB (least ${Math.min(...figures).toFixed(2)}), SSIM ${(similarity / count).toFixed(4)}`,
);
await runtime.dispose();
