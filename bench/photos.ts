// Tasks on the photographs of a folder, 256x256 crops from their middle: ReSample beside TV and bicubic, the same measurements for all.
// npm run bench -- photos FOLDER [--tasks sr4,inpaint-random,blur-gaussian] [--prior photo-pixel] [--methods bicubic,tv,resample]
//   [--presets NAME] [--side 256] [--fit crop|resize] [--sigma 0.01] [--set key=value] [--seed 0] [--out FOLDER]; without FOLDER synthetic photographs,
// --count of them
import { parseArgs } from 'node:util';
import { heldOutPhotograph } from '../src/experiments/held-out.js';
import { simulate } from '../src/experiments/problem.js';
import { findTask, setUp } from '../src/experiments/tasks/index.js';
import { findMethod } from '../src/solvers/methods/index.js';
import { Random } from '../src/tensor/random.js';
import { benchmark, flags } from './_command.js';
import { type Fit, squares } from './_photos.js';

const { values, positionals } = parseArgs({
  options: {
    ...flags,
    methods: { ...flags.methods, default: 'bicubic,tv,resample' },
    prior: { ...flags.prior, default: 'photo-pixel' },
    tasks: { type: 'string', default: 'sr4,inpaint-random,blur-gaussian' },
    sigma: { type: 'string' },
  },
  allowPositionals: true,
});
const side = Number(values.side);
const synthetic = () =>
  Array.from({ length: Number(values.count) }, (_, i) => {
    const { image, seed } = heldOutPhotograph(values.images as 'test', i, side);
    return [`photograph ${seed}`, image] as const;
  });
const images = positionals.length > 0 ? await squares(positionals[0], 3, side, values.fit as Fit) : synthetic();

for (const name of values.tasks.split(',')) {
  const task = findTask(name);
  const sigma = values.sigma === undefined ? task.sigma : Number(values.sigma);
  const suits = (method: string) => findMethod(method).needs.prior || task.classical.includes(method);
  const methods = values.methods.split(',').filter(suits).join();
  const random = new Random(Number(values.seed));
  process.stdout.write(`\n${task.title}, sigma ${sigma}\n\n`);
  await benchmark(`photos-${name}`, { ...values, methods, sigma: String(sigma) }, (runtime) => {
    // one mask, or kernel, for all images of a task: its graphs are compiled once
    const setup = setUp({ task: name, image: [3, side, side] }, random.fork(name));
    return images.map(([file, image]) => ({
      name: file,
      problem: () => simulate(runtime, image, setup, { sigma }, random.fork(`measurement ${file}`)),
    }));
  });
}
