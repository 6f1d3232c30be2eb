import { describe, expect, test } from 'vitest';
import { type Expr, input } from '../../graph/index.js';
import { gaussianBlur, inpainting, randomMask } from '../../operators/index.js';
import { atSize, inTiles, type LatentPrior } from '../../priors/index.js';
import { convolutionalPrior, pointwisePrior } from '../../priors/testing/small-priors.js';
import type { Runtime } from '../../runtime/index.js';
import { createNodeRuntime } from '../../runtime/node/index.js';
import { createEvaluateRuntime } from '../../runtime/testing/evaluate-runtime.js';
import { relativeError } from '../../runtime/testing/small-decoder.js';
import { Random } from '../../tensor/random.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import {
  finish,
  LatentModel,
  type Problem,
  type PublishedOptions,
  resample,
  resampleAsPublished,
  resamplePresets,
  type Step,
} from '../index.js';
import { published } from '../published-options.js';

const runtime = createEvaluateRuntime();
const image = [1, 40, 24];
const tiling = { tile: 16, overlap: 8 };
const prior = convolutionalPrior(1);
const tiled = inTiles(prior, 40, 24, tiling);
/** The same function, unknown to be of tiles: evaluated as one graph. */
const { tiles: _, ...oneGraph } = tiled;

const problem: Problem = { operator: gaussianBlur(image, { std: 1, size: 5 }), y: new Random(5).normals([1, ...image]), sigma: 0.1 };
const model = (of: LatentPrior, options = {}) => new LatentModel(of, problem, { runtime, random: new Random(0) }, options);

describe('tile by tile as in one graph', () => {
  const random = new Random(6);
  const [z, x] = [random.normals([1, 2, 10, 6]), random.normals([1, ...image])];
  const level = 300;
  const alphaBar = prior.alphaBar[level];

  test('the networks', async () => {
    const [a, b] = [model(tiled), model(oneGraph)];
    expect(relativeError(await a.epsilon(z, level), await b.epsilon(z, level))).toBeLessThan(1e-6);
    expect(relativeError(await a.decode(z), await b.decode(z))).toBeLessThan(1e-6);
    expect(relativeError(await a.encode(x), await b.encode(x))).toBeLessThan(1e-6);
  });

  test.each([true, false])('the misfit and its gradient, quantise %s', async (quantise) => {
    const [a, b] = await Promise.all([model(tiled, { quantise }), model(oneGraph, { quantise })].map((of) => of.latentMisfit(z)));
    expect(a.squares / b.squares).toBeCloseTo(1, 5);
    expect(relativeError(a.gradient, b.gradient)).toBeLessThan(1e-5);
    expect(relativeError(a.image, b.image)).toBeLessThan(1e-6);
  });

  test('guidance through the denoiser', async () => {
    const [a, b] = await Promise.all([model(tiled), model(oneGraph)].map((of) => of.guidance(z, level, alphaBar)));
    expect(a.squares / b.squares).toBeCloseTo(1, 5);
    expect(relativeError(a.gradient, b.gradient)).toBeLessThan(1e-5);
    expect(relativeError(a.epsilon, b.epsilon)).toBeLessThan(1e-6);
    expect(relativeError(a.image, b.image)).toBeLessThan(1e-6);
  });

  test('counts are of whole images', async () => {
    const [a, b] = [model(tiled), model(oneGraph)];
    for (const of of [a, b]) {
      await of.encode(x);
      await of.decode(z);
      await of.latentMisfit(z);
      await of.guidance(z, level, alphaBar);
    }
    expect(a.counts).toEqual(b.counts);
    expect(a.counts).toEqual({ network: 1, networkGradients: 1, decoderGradients: 2, decodes: 1, encodes: 1, operator: 2, adjoint: 2 });
  });
});

test('the gradient of the misfit is its slope', async () => {
  const of = model(tiled);
  const z = new Random(7).normals([1, 2, 10, 6]);
  const { gradient } = await of.latentMisfit(z);
  const half = async (i: number, h: number) => {
    const data = z.data.map((v, j) => (i === j ? v + h : v));
    return (await of.latentMisfit(tensor(z.shape, data))).squares / 2;
  };
  // a corner, places where two and four tiles meet, the last of all
  for (const i of [0, 15, 27, 60 + 32, 119]) {
    const slope = ((await half(i, 0.01)) - (await half(i, -0.01))) / 0.02;
    expect(Math.abs(slope - gradient.data[i])).toBeLessThan(1e-3 * Math.max(...gradient.data.map(Math.abs)));
  }
});

test('the engine agrees, and no network that it holds is larger than a tile', async () => {
  const node = await createNodeRuntime({ threads: 1 });
  const shapes: number[][] = [];
  const watching: Runtime = {
    ...node,
    compile: (outputs, options) => {
      if (!options?.name?.startsWith('misfit')) shapes.push(...Object.values<Expr>(outputs).map((out) => [...out.shape]));
      return node.compile(outputs, options);
    },
  };
  try {
    const z = new Random(8).normals([1, 2, 10, 6]);
    const alphaBar = prior.alphaBar[300];
    const of = new LatentModel(tiled, problem, { runtime: watching, random: new Random(0) });
    const [a, b] = [await of.guidance(z, 300, alphaBar), await model(oneGraph).guidance(z, 300, alphaBar)];
    expect(relativeError(a.gradient, b.gradient)).toBeLessThan(1e-4);
    expect(relativeError(await of.encode(a.image), await model(oneGraph).encode(b.image))).toBeLessThan(1e-4);
    expect(shapes.length).toBe(5); // noise and its gradient, image and its gradient, latents
    for (const shape of shapes) expect(Math.max(...shape)).toBeLessThanOrEqual(tiling.tile);
  } finally {
    await node.dispose();
  }
});

describe('ReSample in tiles', () => {
  const [deviation, sigma] = [0.4, 0.02];
  const gaussian = pointwisePrior(deviation);
  const random = new Random(9);
  const blocks = random.normals([1, 1, 10, 6]);
  const truth = tensor(
    [1, ...image],
    Array.from({ length: 960 }, (_, i) => deviation * blocks.data[Math.floor(i / 96) * 6 + Math.floor((i % 24) / 4)]),
  );
  const operator = inpainting(image, randomMask([40, 24], 0.7, random));

  /** With an option of the published program by that one. */
  async function reconstruct(of: LatentPrior, slips?: Partial<PublishedOptions>): Promise<{ x: Tensor; last: Step }> {
    const { y: clean } = await (await runtime.compile({ y: operator.apply(input('x', truth.shape)) })).run({ x: truth });
    const noise = new Random(10).normals(clean.shape).data;
    const y = tensor(
      clean.shape,
      clean.data.map((v, i) => v + sigma * noise[i]),
    );
    let last: Step | undefined;
    const given = [of, { operator, y, sigma }, { runtime, random: new Random(11) }] as const;
    const run = slips ? resampleAsPublished(...given, { ...resamplePresets.fast, ...published, steps: 20, ...slips }) : resample(...given);
    const x = await finish(run, (step) => {
      last = step;
    });
    return { x, last: last! };
  }

  test('meets the measurement and finds the truth; same seed, same bits', async () => {
    const [a, b] = [await reconstruct(inTiles(gaussian, 40, 24, tiling)), await reconstruct(inTiles(gaussian, 40, 24, tiling))];
    expect(a.x.data).toEqual(b.x.data);
    expect(a.last.residual! / sigma ** 2).toBeLessThan(1.1);
    const error = Math.sqrt(a.x.data.reduce((sum, v, i) => sum + (v - truth.data[i]) ** 2, 0) / truth.data.length);
    expect(error).toBeLessThan(0.2 * deviation);
  });

  test('where every position is by itself, it is ReSample of the whole, with guidance through the denoiser too', async () => {
    const options = { latentDps: 0.02 };
    const [a, b] = [await reconstruct(inTiles(gaussian, 40, 24, tiling), options), await reconstruct(atSize(gaussian, 40, 24), options)];
    expect(relativeError(a.x, b.x)).toBeLessThan(1e-3);
    expect(a.last.counts).toEqual(b.last.counts);
  });

  test('an abort stops it between two tiles', async () => {
    const controller = new AbortController();
    let runs = 0;
    const counting: Runtime = {
      ...runtime,
      compile: async (...args) => {
        const compiled = await runtime.compile(...args);
        return {
          ...compiled,
          run: (...given) => {
            if (++runs === 3) controller.abort();
            return compiled.run(given[0]);
          },
        };
      },
    };
    const context = { runtime: counting, random: new Random(0), signal: controller.signal };
    const of = new LatentModel(tiled, problem, context);
    await expect(of.decode(new Random(1).normals([1, 2, 10, 6]))).rejects.toThrow(/abort/i);
    expect(runs).toBe(3);
  });
});
