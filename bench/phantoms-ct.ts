// ReSample against FBP and CGLS on phantoms that no training has seen: the same 25 noisy views for all.
// npm run bench -- phantoms-ct --count 10 --presets fast,paper [--side 256]
// Options compared, on tuning phantoms: phantoms-ct --images tuning --count 4 --methods resample --try "steps=20" --try "steps=50 lambda=1"

import { type HeldOutSet, heldOutPhantom } from '../src/experiments/held-out.js';
import { simulate } from '../src/experiments/problem.js';
import { ctSetup } from '../src/experiments/tasks/index.js';
import { defaultGeometry } from '../src/operators/index.js';
import { Random } from '../src/tensor/random.js';
import { benchmark, readFlags } from './_command.js';

const { values } = readFlags();
const side = Number(values.side);
const scanner = ctSetup(defaultGeometry({ views: Number(values.angles), size: side }));
await benchmark(`phantoms-ct-${values.images}${side === 256 ? '' : `-${side}`}`, values, (runtime) =>
  Array.from({ length: Number(values.count) }, (_, i) => {
    const { image, seed } = heldOutPhantom(values.images as HeldOutSet, i, side);
    const random = () => new Random(Number(values.seed)).fork(`measurement ${seed}`);
    return { name: `phantom ${seed}`, problem: () => simulate(runtime, image, scanner, { sigma: Number(values.sigma) }, random()) };
  }),
);
