import { describe, expect, test } from 'vitest';
import { evaluate, input } from '../../graph/index.js';
import { createEvaluateRuntime } from '../../runtime/testing/evaluate-runtime.js';
import { findMethod, resolveOptions, runMethod } from '../../solvers/methods/index.js';
import { UserError } from '../../tensor/errors.js';
import { Random } from '../../tensor/random.js';
import { full, mapTensor, type Tensor, tensor } from '../../tensor/tensor.js';
import { simulate, takeMeasurement } from '../problem.js';
import { residualOf } from '../reconstruct.js';
import { findTask, type Recipe, type Setup, setUp, tasks } from './index.js';

const runtime = createEvaluateRuntime();
const small = { inpaint: {}, 'inpaint-box': { box: 8, margin: 2 }, kernel: { size: 7 }, 'blur-gaussian': { std: 1 } };

/** A small image for a task, and options that fit it; a mask where one must be given. */
function recipeOf(task: string): Recipe & { image: number[] } {
  const side = task.startsWith('sr') ? 2 * Number(task.slice(2)) : 16;
  const image = [task === 'mri' ? 1 : 3, side, side];
  const options = findTask(task).part?.name === 'kernel' ? small.kernel : (small[task as keyof typeof small] ?? {});
  const tensors = task === 'inpaint' ? { mask: mapTensor(tensor([16, 16]), (_, i) => (i % 3 === 0 ? 0 : 1)) } : {};
  return { task, image, options, tensors };
}

function measure({ operator }: Setup, x: Tensor): Float64Array {
  return evaluate({ y: operator.apply(input('x', x.shape)) }, { x }).y.data;
}

test('the tasks are those of the papers, and some beyond', () => {
  expect(tasks.map((task) => task.name).join(' ')).toBe(
    'ct ct-fan ct-limited inpaint-random inpaint-box inpaint sr2 sr3 sr4 sr5 sr6 sr7 sr8 pool4 blur-gaussian blur-motion blur-nonlinear denoise hdr phase mri',
  );
  expect(findTask('inpaint-random').defaults).toEqual({ missing: 0.7 });
  expect(findTask('inpaint-box').defaults).toEqual({ box: 128, margin: 16 });
  expect(findTask('blur-gaussian').defaults).toEqual({ size: 61, std: 3 });
  expect(findTask('blur-motion').defaults).toEqual({ size: 61, intensity: 0.5 });
});

test('at 256 x 256 the defaults are the settings of the papers', () => {
  const image = [3, 256, 256];
  const made = (task: string) => setUp({ task, image }, new Random(0));
  expect(made('inpaint-box').operator.outputShape).toEqual([3, 256 ** 2 - 128 ** 2]);
  expect(Math.abs(made('inpaint-random').operator.outputShape[1] / 256 ** 2 - 0.3)).toBeLessThan(0.01);
  expect(made('sr4').operator.outputShape).toEqual([3, 64, 64]);
  expect(made('blur-motion').recipe.tensors!.kernel!.shape).toEqual([61, 61]);
  expect(made('phase').operator.outputShape).toEqual([3, 384, 384]);
});

const onPictures = tasks.filter((task) => task.scan === undefined);

describe.each(onPictures.map((task) => [task.name, task] as const))('%s', (name, task) => {
  const recipe = recipeOf(name);
  const setup = setUp(recipe, new Random(1));
  const x = mapTensor(new Random(5).normals([1, ...recipe.image]), (v) => Math.tanh(v));

  test('it is linear as said, and comes again from its own recipe with nothing drawn', () => {
    expect(setup.operator.linear).toBe(task.linear);
    expect(setup.notices).toEqual([]);
    const { options, tensors = {}, image } = setup.recipe;
    const again = setUp({ task: name, image, options: JSON.parse(JSON.stringify(options)), tensors }, new Random(2));
    expect(again.recipe.options).toEqual(options);
    expect(again.recipe.tensors).toEqual(tensors);
    expect(measure(again, x)).toEqual(measure(setup, x));
    const drawn = setUp(recipe, new Random(2));
    if (!task.part?.drawn) expect(drawn.recipe.tensors).toEqual(tensors);
    else expect(drawn.recipe.tensors).not.toEqual(tensors);
  });

  test('a measurement has its noise, and the same seed makes the same one', async () => {
    const simulated = (seed: number) => simulate(runtime, x, setup, { sigma: 0.05 }, new Random(seed));
    const [problem, same, other] = [await simulated(1), await simulated(1), await simulated(2)];
    expect(problem.y.shape).toEqual([1, ...setup.operator.outputShape]);
    expect(problem.y).toEqual(same.y);
    expect(problem.y).not.toEqual(other.y);
    const m = problem.y.data.length;
    expect(Math.abs((await residualOf(x, problem, runtime)) / 0.05 ** 2 - 1)).toBeLessThan(5 * Math.sqrt(2 / m));
    const clean = await simulate(runtime, x, setup, { sigma: 0 }, new Random(1));
    expect(await residualOf(x, clean, runtime)).toBeLessThan(1e-10);
    expect(takeMeasurement(problem.y, setup, 0.05).y).toEqual(problem.y);
  });

  test('photons are counted where a picture is measured', async () => {
    const simulated = () => simulate(runtime, x, setup, { sigma: 0, photons: 500 }, new Random(1));
    if (setup.counting === undefined) return expect(simulated()).rejects.toThrow(/Gaussian noise/);
    const problem = await simulated();
    expect((await residualOf(x, problem, runtime)) / problem.sigma ** 2).toBeGreaterThan(0.4);
    expect((await residualOf(x, problem, runtime)) / problem.sigma ** 2).toBeLessThan(1.8);
  });

  test('an image of one pixel, and an option it does not have, are refused', () => {
    expect(() => setUp({ ...recipe, image: [3, 1, 1] }, new Random(0))).toThrow(/1 x 1: both sides must be at least 2/);
    expect(() => setUp({ ...recipe, options: { nosuch: 1 } }, new Random(0))).toThrow(/has no option "nosuch"/);
  });
});

describe('scans', () => {
  const image = [1, 32, 32];
  const geometryOf = (recipe: Recipe) => setUp(recipe).recipe.geometry!;

  test.each(['ct', 'ct-fan', 'ct-limited'])('%s of an image is the scanner of its options, and comes again from its geometry', (task) => {
    const setup = setUp({ task, image });
    const { geometry } = setup.recipe;
    expect(setup.operator.inputShape).toEqual(image);
    expect(setup.operator.outputShape[0]).toBe(25);
    const again = setUp({ task, geometry: JSON.parse(JSON.stringify(geometry)) });
    expect(again.recipe).toEqual(setup.recipe);
    const x = mapTensor(new Random(5).normals([1, ...image]), (v) => Math.tanh(v));
    expect(measure(again, x)).toEqual(measure(setup, x));
  });

  test('options reach the geometry, as text too', () => {
    const options = { detector: 'arc', scan: 'short', sourceToAxis: '40', sourceToDetector: 90 };
    const fan = geometryOf({ task: 'ct-fan', image, options });
    expect(fan).toMatchObject({ beam: 'fan', detector: 'arc', sourceToAxis: 40, sourceToDetector: 90 });
    expect(fan.angles[24]).toBeLessThan(Math.PI + 1);
    for (const task of ['ct-limited', 'ct-fan']) {
      const limited = geometryOf({ task, image, options: { range: '90', start: 45 } });
      expect([limited.angles[0], limited.angles[1]]).toBeNear([Math.PI / 4, Math.PI / 4 + Math.PI / 50], { absolute: 1e-9 });
    }
  });

  test.each([
    ['an option that a fan does not have', { task: 'ct-fan', image, options: { arc: 90 } }, /has no option "arc"/],
    ['a word for a detector', { task: 'ct-fan', image, options: { detector: 'round' } }, /detector/],
    ['a source within the image', { task: 'ct-fan', image, options: { sourceToAxis: 10 } }, /source is 10 cm from the axis/],
    ['a range above half a turn', { task: 'ct-limited', image, options: { range: 200 } }, /range/],
    ['an image that is not square', { task: 'ct-fan', image: [1, 32, 16] }, /a square/],
    ['neither image nor geometry', { task: 'ct' }, /needs a geometry/],
    [
      'options beside a geometry',
      { task: 'ct-fan', geometry: geometryOf({ task: 'ct-fan', image }), options: { scan: 'short' } },
      /takes no scan/,
    ],
  ] as Array<[string, Recipe, RegExp]>)('%s: refused', (_, recipe, message) => {
    expect(() => setUp(recipe)).toThrow(UserError);
    expect(() => setUp(recipe)).toThrow(message);
  });
});

describe('what is given', () => {
  const image = [1, 8, 8];
  const random = new Random(0);
  const checkers = mapTensor(tensor([8, 8]), (_, i) => (i + Math.floor(i / 8)) % 2);

  test('a kernel is scaled, and it is told', () => {
    const setup = setUp({ task: 'blur-motion', image, tensors: { kernel: full(1, [3, 5]) } }, random);
    expect(setup.notices).toEqual([expect.stringMatching(/summed to 15/)]);
    expect(setup.recipe.tensors!.kernel!.data[0]).toBeCloseTo(1 / 15, 6);
    expect(setUp({ task: 'blur-motion', image, tensors: setup.recipe.tensors! }, random).notices).toEqual([]);
  });

  test.each([
    ['a mask of another size', { task: 'inpaint', tensors: { mask: full(1, [4, 8]) } }, /the image is 8 x 8/],
    ['an empty mask', { task: 'inpaint', tensors: { mask: tensor([8, 8]) } }, /observes no pixel/],
    ['a full mask', { task: 'inpaint', tensors: { mask: full(1, [8, 8]) } }, /leaves no pixel out/],
    ['no mask', { task: 'inpaint' }, /needs a mask/],
    ['a mask that is not wanted', { task: 'sr4', tensors: { mask: checkers } }, /takes no mask/],
    ['a kernel for a mask', { task: 'inpaint', tensors: { mask: checkers, kernel: full(1, [3, 3]) } }, /takes no kernel/],
    ['an even kernel', { task: 'blur-motion', tensors: { kernel: full(1, [4, 4]) } }, /odd/],
    ['a negative kernel', { task: 'blur-nonlinear', tensors: { kernel: full(-1, [3, 3]) } }, /holds -1/],
    ['a kernel of zeros', { task: 'blur-motion', tensors: { kernel: tensor([3, 3]) } }, /zero everywhere/],
    ['a kernel larger than the image', { task: 'blur-motion' }, /61 x 61, larger than the image of 8 x 8/],
    ['a box larger than the image', { task: 'inpaint-box' }, /does not fit/],
    ['a scale that does not divide', { task: 'sr3' }, /8 x 8 does not divide by 3/],
    ['colours for MRI', { task: 'mri', image: [3, 8, 8] }, /one channel/],
    ['lines of another image', { task: 'mri', tensors: { lines: full(1, [9]) } }, /8 rows/],
    ['an unknown task', { task: 'sharpen' }, /no task "sharpen".*ct, ct-fan, ct-limited, inpaint-random/],
    ['text for a number', { task: 'inpaint-random', options: { missing: 'most' } }, /missing is a number/],
    ['a number out of range', { task: 'inpaint-random', options: { missing: '1.5' } }, /missing/],
    ['an unknown word', { task: 'mri', options: { pattern: 'spiral' } }, /random, equispaced/],
    ['no image', { task: 'denoise', image: [8, 8] }, /\[channels, rows, columns\]/],
  ] as Array<[string, Partial<Recipe>, RegExp]>)('%s is refused', (_, recipe, message) => {
    const make = () => setUp({ image, ...recipe } as Recipe, random);
    expect(make).toThrow(UserError);
    expect(make).toThrow(message);
  });

  test('a measurement must fit; for inpainting a whole picture serves, of which only observed pixels count', () => {
    const setup = setUp({ task: 'inpaint', image, tensors: { mask: checkers } }, random);
    const picture = mapTensor(tensor([1, 8, 8]), (_, i) => (checkers.data[i] === 1 ? i : Number.NaN));
    const { y } = takeMeasurement(picture, setup, 0.1);
    expect(y.shape).toEqual([1, 1, 32]);
    expect([...y.data.subarray(0, 5)]).toEqual([1, 3, 5, 7, 8]);
    expect(takeMeasurement(tensor([1, 32]), setup, 0.1).y.shape).toEqual([1, 1, 32]);
    expect(() => takeMeasurement(tensor([1, 31]), setup, 0.1)).toThrow(/\[1,31\], but inpaint of an image of 8 x 8 makes \[1,32\]/);
    expect(() => takeMeasurement(full(Number.NaN, [1, 32]), setup, 0.1)).toThrow(/holds NaN at entry 0/);
  });
});

test('methods: FBP says that it is for CT, TV and bicubic check their options', async () => {
  const setup = setUp({ task: 'sr4', image: [1, 8, 8] }, new Random(0));
  const problem = await simulate(runtime, full(0.5, [1, 1, 8, 8]), setup, { sigma: 0.01 }, new Random(0));
  const context = { runtime, random: new Random(0) };
  expect(() => runMethod(findMethod('fbp'), 'default', { problem, context, options: { window: 'ramlak' } })).toThrow(/FBP is for CT/);
  const { value } = await runMethod(findMethod('bicubic'), 'default', { problem, context, options: {} }).next();
  expect((value as { estimate: Tensor }).estimate.shape).toEqual([1, 1, 8, 8]);
  const tv = findMethod('tv');
  for (const [name, value] of Object.entries({ iterations: 0, lambda: 0, margin: -1, tolerance: -1 }))
    expect(() => resolveOptions(tv, 'default', { [name]: value })).toThrow(UserError);
  const step = await runMethod(tv, 'default', { problem, context, options: resolveOptions(tv) }).next();
  expect(step.value).toMatchObject({ steps: 60 }); // of six steps of conjugate gradients
});

test('a given mask that leaves most of the picture out is told; one that was drawn is as asked for', () => {
  const image = [1, 16, 16];
  const mask = (every: number) => mapTensor(tensor([16, 16]), (_, i) => (i % every === 0 ? 1 : 0));
  const notices = (tensors: Recipe['tensors']) => setUp({ task: 'inpaint', image, tensors }).notices;
  expect(notices({ mask: mask(32) })).toEqual([expect.stringMatching(/97 % of the picture is to be filled in.*invert the mask/)]);
  expect(notices({ mask: mapTensor(mask(32), (one) => 1 - one) })).toEqual([]);
  expect(setUp({ task: 'inpaint-random', image }, new Random(1)).notices).toEqual([]);
});
