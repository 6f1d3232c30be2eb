// The comparison of phantoms-ct on real slices: every image (DICOM or other) of a folder, resampled to 256x256 and measured.
// npm run bench -- real-ct FOLDER --count 10 (evenly spread over the folder; 0 for all)
import { basename } from 'node:path';
import { simulate } from '../src/experiments/problem.js';
import { ctSetup } from '../src/experiments/tasks/index.js';
import { findImages, readImage } from '../src/io/node/index.js';
import { defaultGeometry } from '../src/operators/index.js';
import { Random } from '../src/tensor/random.js';
import { benchmark, readFlags } from './_command.js';

const { values, positionals } = readFlags();
if (positionals.length !== 1) {
  process.stderr.write('usage: npm run bench -- real-ct FOLDER [--count N] [--presets fast,paper]\n');
  process.exit(2);
}
const [folder] = positionals;
const all = await findImages(folder);
const count = Number(values.count) || all.length;
const chosen = Array.from(
  { length: Math.min(count, all.length) },
  (_, i) => all[Math.floor(((i + 0.5) * all.length) / Math.min(count, all.length))],
);
await benchmark(`real-ct-${basename(folder)}`, values, (runtime) =>
  chosen.map((path) => ({
    name: basename(path),
    problem: async () => {
      const { tensor, pixelSizeCm = 25 / 256 } = await readImage(path, { channels: 1 });
      const scanner = ctSetup(defaultGeometry({ views: Number(values.angles), fieldOfView: 256 * pixelSizeCm }));
      return simulate(
        runtime,
        tensor,
        scanner,
        { sigma: Number(values.sigma) },
        new Random(Number(values.seed)).fork(`measurement ${basename(path)}`),
      );
    },
  })),
);
