import { describe, expect, test } from 'vitest';
import { input } from '../../graph/index.js';
import { defaultGeometry } from '../../operators/index.js';
import { createEvaluateRuntime } from '../../runtime/testing/evaluate-runtime.js';
import type { Reconstruction, Step } from '../../solvers/index.js';
import { noCounts } from '../../solvers/index.js';
import { Random } from '../../tensor/random.js';
import { full, type Tensor } from '../../tensor/tensor.js';
import { takeMeasurement } from '../problem.js';
import { ctSetup, setUp } from '../tasks/index.js';
import { parseBench } from './bench-file.js';
import { endAtBudget } from './budget.js';
import { benchNames, namedBench } from './named.js';
import { ProblemReader, packProblem } from './pack.js';
import { type RunSpec, runId } from './run-spec.js';
import { bootstrapInterval, statisticsOf } from './statistics.js';

const least = { images: [{ phantoms: 'mixed' }], tasks: ['ct'], methods: ['tv'] };

describe('a bench file', () => {
  test('names stand for entries, and what is not said has its default', () => {
    const file = parseBench({ ...least, methods: ['tv', { method: 'resample', vary: { steps: [10, 20] } }] }, 'my.json');
    expect(file.images).toEqual([{ phantoms: 'mixed', count: 10, set: 'test', side: 256 }]);
    expect(file.tasks).toEqual([{ task: 'ct' }]);
    expect(file.methods).toEqual([
      { method: 'tv', set: {}, samples: 1 },
      { method: 'resample', set: {}, samples: 1, vary: { steps: [10, 20] } },
    ]);
    expect(file.seeds).toEqual([0]);
  });

  test.each([
    [{ ...least, seed: 3 }, /my\.json: .*no key "seed"; did you mean "seeds"\?/],
    [{ ...least, images: [{ phantoms: 'head', cuont: 3 }] }, /no key "cuont"; did you mean "count"\?/],
    [{ ...least, images: [{ folders: 'x' }] }, /images\[0\]: .*did you mean "folder"\?/],
    [{ ...least, images: [{ phantoms: 'knee' }] }, /"head"\|"chest"/],
    [{ ...least, images: [] }, /images/],
    [{ ...least, tasks: [{ task: 'ct', angels: 3 }] }, /tasks\[0\]: there is no key "angels"; did you mean "angles"\?/],
    [{ ...least, methods: [{ methd: 'tv' }] }, /methods\[0\]/],
    [{ ...least, methods: [{ method: 'tv', zzzzzzzz: 1 }] }, /there are method, name, preset/],
    [{ ...least, seeds: [0.5] }, /whole number/],
    [[], /my\.json/],
  ])('what is wrong is named: %j', (value, message) => {
    expect(() => parseBench(value, 'my.json')).toThrow(message);
  });

  test('every named bench is one, and a wrong name has the nearest named', () => {
    for (const name of benchNames) expect(namedBench(name).title).toMatch(/\w/);
    expect(() => namedBench('tabel3')).toThrow('did you mean "table3"?');
  });
});

describe('a problem as bytes', () => {
  const random = new Random(3);

  test('CT: the same operator, measurement and truth, and the bits of a file are the bits of another', async () => {
    const setup = ctSetup(defaultGeometry({ size: 32, views: 5 }));
    const [y, truth] = [random.normals([1, ...setup.operator.outputShape]), random.normals([1, 1, 32, 32])];
    const problem = takeMeasurement(y, setup, 0.03, { truth });
    const bytes = packProblem(problem);
    const read = await new ProblemReader().read(bytes, 'p');
    expect(read.y.data).toEqual(y.data);
    expect(read.truth?.data).toEqual(truth.data);
    expect(read.sigma).toBe(0.03);
    const measure = async (operator: typeof setup.operator) =>
      (await (await createEvaluateRuntime().compile({ y: operator.apply(input('x', truth.shape)) })).run({ x: truth })).y.data;
    expect(await measure(read.operator)).toEqual(await measure(setup.operator));
    expect(packProblem(read)).toEqual(bytes);
  });

  test('a mask travels with it; problems of one mask share the operator, others do not', async () => {
    const pack = (seed: number, noise: number) => {
      const setup = setUp({ task: 'inpaint-random', image: [3, 16, 16] }, new Random(seed));
      return packProblem(takeMeasurement(new Random(noise).normals([1, ...setup.operator.outputShape]), setup, 0.01));
    };
    const reader = new ProblemReader();
    const [one, two, other] = [await reader.read(pack(1, 1), 'a'), await reader.read(pack(1, 2), 'b'), await reader.read(pack(2, 1), 'c')];
    expect(two.operator).toBe(one.operator);
    expect(other.operator).not.toBe(one.operator);
    expect(other.setup.recipe.tensors?.mask?.data).not.toEqual(one.setup.recipe.tensors?.mask?.data);
  });

  test('anything else is refused', async () => {
    await expect(new ProblemReader().read(new Uint8Array(100), 'p')).rejects.toThrow(/p/);
  });
});

test('the id of a run follows everything that decides its result, and nothing else', async () => {
  const spec: Omit<RunSpec, 'id'> = {
    problem: 'p',
    contender: { method: 'resample', preset: 'pixel', options: { steps: 3 }, samples: 1, prior: { name: 'a', path: 'a', sha256: '1' } },
    seed: 0,
    device: 'cpu',
  };
  const id = await runId(spec, '1.0');
  const { contender } = spec;
  const others = [
    runId({ ...spec, problem: 'q' }, '1.0'),
    runId({ ...spec, seed: 1 }, '1.0'),
    runId({ ...spec, device: 'webgpu' }, '1.0'),
    runId(spec, '1.1'),
    runId({ ...spec, contender: { ...contender, options: { steps: 4 } } }, '1.0'),
    runId({ ...spec, contender: { ...contender, samples: 2 } }, '1.0'),
    runId({ ...spec, contender: { ...contender, budget: { seconds: 1 } } }, '1.0'),
    runId({ ...spec, contender: { ...contender, prior: { name: 'a', path: 'a', sha256: '2' } } }, '1.0'),
  ];
  expect(new Set([id, ...(await Promise.all(others))]).size).toBe(9);
  expect(await runId({ ...spec, contender: { ...contender, prior: { name: 'b', path: '/b', sha256: '1' } } }, '1.0')).toBe(id);
});

describe('a budget', () => {
  async function* method(image: (k: number) => Tensor | undefined, ended: () => void): Reconstruction {
    try {
      for (let k = 1; k <= 10; k++) {
        const step: Step = {
          step: k,
          steps: 10,
          stage: 's',
          estimate: image(k),
          counts: { ...noCounts(), network: k, networkGradients: k },
        };
        yield step;
      }
      return full(99, [1, 1, 1, 1]);
    } finally {
      ended();
    }
  }
  const resultOf = async (run: Reconstruction) => {
    for (;;) {
      const next = await run.next();
      if (next.done) return next.value.data[0];
    }
  };

  test('evaluations: the clean estimate when they are spent, and the method is ended', async () => {
    let ended = false;
    const run = method(
      (k) => full(k, [1, 1, 1, 1]),
      () => (ended = true),
    );
    expect(await resultOf(endAtBudget(run, { network: 6 }))).toBe(3); // 3 evaluations and 3 gradients
    expect(ended).toBe(true);
  });

  test('a method that has no estimate yet goes on to its first; one that is done before is not touched', async () => {
    expect(
      await resultOf(
        endAtBudget(
          method(
            (k) => (k === 7 ? full(k, [1, 1, 1, 1]) : undefined),
            () => {},
          ),
          { network: 2 },
        ),
      ),
    ).toBe(7);
    expect(
      await resultOf(
        endAtBudget(
          method(
            (k) => full(k, [1, 1, 1, 1]),
            () => {},
          ),
          { network: 100 },
        ),
      ),
    ).toBe(99);
  });
});

describe('the paired bootstrap', () => {
  test('its 95 % intervals cover the mean of normal differences about as often as they say', () => {
    const random = new Random(5);
    let covered = 0;
    const trials = 150;
    for (let k = 0; k < trials; k++) {
      const values = Array.from(random.normals([20]).data, (value) => 2 + value);
      const { low, high } = bootstrapInterval(values, k)!;
      if (low <= 2 && 2 <= high) covered++;
    }
    // of 20 values it is known to be a little narrow
    expect(covered / trials).toBeGreaterThan(0.86);
    expect(covered / trials).toBeLessThan(0.99);
  }, 60_000);

  test('the same each time; none of two values', () => {
    expect(bootstrapInterval([1, 2, 4])).toEqual(bootstrapInterval([1, 2, 4]));
    expect(bootstrapInterval([1, 2])).toBeUndefined();
    expect(statisticsOf([1, 2, 3])).toEqual({ mean: 2, std: 1, n: 3 });
    expect(statisticsOf([5]).std).toBe(0);
  });
});
