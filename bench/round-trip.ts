// D(E(x)) on images that no training has seen: PSNR and SSIM of the first stage alone. Held-out phantoms or synthetic photographs, by the
// channels of the prior; with a folder, the pictures in it: crops from their middle, or the whole, resized.
// npm run bench -- round-trip [FOLDER] [--prior ct] [--count 20] [--images test|tuning] [--fit crop|resize]
import { parseArgs } from 'node:util';
import { parseBench } from '../src/experiments/bench/bench-file.js';
import { imagesOf } from '../src/experiments/node/bench/bench-images.js';
import { input } from '../src/graph/index.js';
import { psnr, ssim } from '../src/metrics/index.js';
import { loadLatentPrior } from '../src/priors/node/index.js';
import { createNodeRuntime } from '../src/runtime/node/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    prior: { type: 'string', default: 'ct' },
    count: { type: 'string', default: '20' },
    images: { type: 'string', default: 'test' },
    fit: { type: 'string' },
  },
});
const { prior } = await loadLatentPrior(values.prior, { use: 'A round trip' });
const [channels, height] = prior.imageShape;
const runtime = await createNodeRuntime();
const trip = await runtime.compile({ y: prior.decode(prior.encode(input('x', [1, ...prior.imageShape]))) }, { name: 'round trip' });

const side = height;
const generated = { count: Number(values.count), set: values.images, side };
const source =
  positionals.length > 0
    ? { folder: positionals[0], side, fit: values.fit }
    : { [channels === 3 ? 'photographs' : 'phantoms']: 'mixed', ...generated };
const [checked] = parseBench({ images: [source], tasks: ['ct'], methods: ['tv'] }, 'round-trip').images;
const { images } = await imagesOf(checked);

const figures: number[] = [];
let similarity = 0;
for (const { name, read } of images) {
  const { image } = await read(channels as 1 | 3);
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
