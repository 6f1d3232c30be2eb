import { z } from 'zod';
import { checked } from '../io/checked.js';
import {
  averagePooling,
  bicubicDownsampling,
  boxMask,
  denoising,
  gaussianBlur,
  gaussianTaps,
  highDynamicRange,
  type ImageShape,
  inpainting,
  kernelBlur,
  lineMask,
  linePatterns,
  motionKernel,
  mri,
  nonlinearBlur,
  type Operator,
  parseKernel,
  parseMask,
  phaseRetrieval,
  randomMask,
} from '../operators/index.js';
import { type OptionValues, withAssignments } from '../solvers/methods/option-values.js';
import { UsageError } from '../tensor/errors.js';
import type { Random } from '../tensor/random.js';
import type { Tensor } from '../tensor/tensor.js';

/** A tensor that an operator is made of besides its options: a mask, a kernel. It is saved with the measurement. */
export interface TaskPart {
  readonly name: 'mask' | 'kernel' | 'lines';
  /** Made at random where none is given; without this it must be given. */
  draw?(image: ImageShape, options: OptionValues, random: Random): Tensor;
  /** What was given, checked and put into the form that `draw` gives. @throws UserError when it cannot be used. */
  parse(given: Tensor, image: ImageShape): { tensor: Tensor; notices: readonly string[] };
}

/** Something that can be measured of a picture, and undone. */
export interface PhotoTask {
  readonly name: string;
  /** What it is, in a few words, for lists. */
  readonly title: string;
  readonly linear: boolean;
  /** Noise where none is asked for, in the unit of the measurement. */
  readonly sigma: number;
  /** Whether the measurement is made of picture values in [-1, 1], whose photons can be counted. */
  readonly measuresLight: boolean;
  /** Every option with its default, that of the papers. */
  readonly defaults: OptionValues;
  readonly schema: z.ZodObject;
  readonly part?: TaskPart;
  /** The classical methods that it is usually compared with, the strongest last. */
  readonly classical: ReadonlyArray<'bicubic' | 'tv'>;
  /** Rows and columns beyond a picture's edge that its measurement depends on, where that is a blur. */
  reach?(options: OptionValues, part?: Tensor): readonly [rows: number, columns: number];
  /** The shape of the image that a measurement `[C, h, w]` was made of, where the one follows from the other. */
  imageOf?(measured: readonly [channels: number, height: number, width: number]): ImageShape;
  /** @throws UserError for values out of range. */
  check(options: OptionValues): void;
  /** @throws UserError for an image that does not fit. */
  operator(image: ImageShape, options: OptionValues, part?: Tensor): Operator;
}

interface Definition<S extends z.ZodObject> {
  name: string;
  title: string;
  linear?: boolean;
  sigma?: number;
  measuresLight?: boolean;
  classical?: PhotoTask['classical'];
  options: S;
  part?: Omit<TaskPart, 'draw'> & { draw?(image: ImageShape, options: z.output<S>, random: Random): Tensor };
  reach?(options: z.output<S>, part: Tensor): readonly [rows: number, columns: number];
  imageOf?: PhotoTask['imageOf'];
  operator(image: ImageShape, options: z.output<S>, part: Tensor): Operator;
}

/** Ties a task's functions to the types of its options. */
function task<S extends z.ZodObject>(definition: Definition<S>): PhotoTask {
  const { name, title, options: schema, part, operator, reach, imageOf } = definition;
  const typed = (options: OptionValues): z.output<S> => checked(schema, options, (problems) => new UsageError(`${title}: ${problems}.`));
  return {
    name,
    title,
    linear: definition.linear ?? true,
    sigma: definition.sigma ?? 0.01,
    measuresLight: definition.measuresLight ?? true,
    classical: definition.classical ?? (definition.linear === false ? [] : ['tv']),
    defaults: schema.parse({}) as OptionValues,
    schema,
    part: part && {
      ...part,
      draw: part.draw && ((image, options, random) => part.draw!(image, typed(options), random)),
    },
    ...(reach && { reach: (options, tensor) => reach(typed(options), tensor!) }),
    ...(imageOf && { imageOf }),
    check: (options) => void typed(options),
    operator: (image, options, tensor) => operator(image, typed(options), tensor!),
  };
}

const none = z.strictObject({});
const kernelSize = z.int('is a whole number').min(3).default(61);
const intensity = z.number().min(0).max(1).default(0.5);

function mostlyMissing(share: number): string {
  return `${Math.round(100 * share)} % of the picture is to be filled in. If it is the other part that is missing, invert the mask: in a picture white is missing, in NPY 1 is kept, and transparent pixels are missing.`;
}

const mask: TaskPart = {
  name: 'mask',
  parse: (given, [, height, width]) => {
    const tensor = parseMask(given, [height, width]);
    const missing = 1 - tensor.data.reduce((sum, observed) => sum + observed, 0) / tensor.data.length;
    return { tensor, notices: missing > 0.5 ? [mostlyMissing(missing)] : [] };
  },
};

const motion = {
  name: 'kernel' as const,
  draw: (_image: ImageShape, options: { size: number; intensity: number }, random: Random) => motionKernel(random, options),
  parse: (given: Tensor) => {
    const { kernel, notices } = parseKernel(given);
    return { tensor: kernel, notices };
  },
};

const same: PhotoTask['imageOf'] = (measured) => measured;
const enlarged =
  (factor: number): PhotoTask['imageOf'] =>
  ([channels, height, width]) => [channels, factor * height, factor * width];
const kernelReach = (_options: unknown, { shape }: Tensor) => [(shape[0] - 1) / 2, (shape[1] - 1) / 2] as const;

/** Every task on pictures. CT has its own form, since it has a geometry. */
export const photoTasks: readonly PhotoTask[] = [
  task({
    name: 'inpaint-random',
    title: 'inpainting, pixels missing at random',
    options: z.strictObject({ missing: z.number().gt(0).lt(1).default(0.7) }),
    part: { ...mask, draw: ([, height, width], { missing }, random) => randomMask([height, width], missing, random) },
    imageOf: same,
    operator: (image, _options, observed) => inpainting(image, observed),
  }),
  task({
    name: 'inpaint-box',
    title: 'inpainting, a square missing',
    options: z.strictObject({ box: z.int('is a whole number').min(1).default(128), margin: z.int('is a whole number').min(0).default(16) }),
    part: { ...mask, draw: ([, height, width], { box, margin }, random) => boxMask([height, width], box, margin, random) },
    imageOf: same,
    operator: (image, _options, observed) => inpainting(image, observed),
  }),
  task({
    name: 'inpaint',
    title: 'inpainting by a given mask',
    options: none,
    part: mask,
    imageOf: same,
    operator: (image, _options, observed) => inpainting(image, observed),
  }),
  ...[2, 3, 4, 5, 6, 7, 8].map((factor) =>
    task({
      name: `sr${factor}`,
      title: `super-resolution x${factor}, bicubic`,
      classical: ['bicubic', 'tv'],
      options: none,
      imageOf: enlarged(factor),
      operator: (image) => bicubicDownsampling(image, factor),
    }),
  ),
  task({
    name: 'pool4',
    title: 'super-resolution x4, means of blocks',
    classical: ['bicubic', 'tv'],
    options: none,
    imageOf: enlarged(4),
    operator: (image) => averagePooling(image, 4),
  }),
  task({
    name: 'blur-gaussian',
    title: 'Gaussian deblurring',
    options: z.strictObject({ size: kernelSize, std: z.number().gt(0).default(3) }),
    imageOf: same,
    reach: (options) => {
      const radius = (gaussianTaps(options).length - 1) / 2;
      return [radius, radius];
    },
    operator: (image, options) => gaussianBlur(image, options),
  }),
  task({
    name: 'blur-motion',
    title: 'motion deblurring',
    options: z.strictObject({ size: kernelSize, intensity }),
    part: motion,
    imageOf: same,
    reach: kernelReach,
    operator: (image, _options, kernel) => kernelBlur(image, kernel),
  }),
  task({
    name: 'blur-nonlinear',
    title: "motion deblurring through a camera's response",
    linear: false,
    options: z.strictObject({
      size: kernelSize,
      intensity,
      exposure: z.number().gt(0).default(1.5),
      knee: z.number().min(0).lt(1).default(0.8),
    }),
    part: motion,
    imageOf: same,
    reach: kernelReach,
    operator: (image, options, kernel) => nonlinearBlur(image, kernel, options),
  }),
  task({ name: 'denoise', title: 'denoising', sigma: 0.2, options: none, imageOf: same, operator: denoising }),
  task({
    name: 'hdr',
    title: 'high dynamic range',
    linear: false,
    sigma: 0.05,
    options: z.strictObject({ gain: z.number().gt(1).default(2) }),
    imageOf: same,
    operator: (image, { gain }) => highDynamicRange(image, gain),
  }),
  task({
    name: 'phase',
    title: 'phase retrieval',
    linear: false,
    sigma: 0.05,
    measuresLight: false,
    options: z.strictObject({ oversample: z.number().min(0).max(64).default(2) }),
    operator: (image, options) => phaseRetrieval(image, options),
  }),
  task({
    name: 'mri',
    title: 'MRI from part of k-space',
    measuresLight: false,
    options: z.strictObject({
      acceleration: z.number().min(1).default(4),
      center: z.number().min(0).max(1).default(0.08),
      pattern: z.enum(linePatterns).default('random'),
    }),
    part: {
      name: 'lines',
      draw: ([, height], options, random) => lineMask(height, random, options),
      parse: (given) => ({ tensor: given, notices: [] }), // mri itself checks it
    },
    operator: (image, _options, lines) => mri(image, lines),
  }),
];

/** @throws UserError listing the tasks there are, CT among them. */
export function findPhotoTask(name: string): PhotoTask {
  const found = photoTasks.find((known) => known.name === name);
  if (found !== undefined) return found;
  const names = ['ct', ...photoTasks.map((known) => known.name)].join(', ');
  throw new UsageError(`There is no task "${name}" on pictures. The tasks are: ${names}.`);
}

/**
 * All options of a task: its defaults, single ones replaced.
 * @param set values, or text as the command line has it
 * @throws UserError for an unknown option, or a value of the wrong kind or out of range.
 */
export function photoOptions(of: PhotoTask, set: Readonly<Record<string, unknown>> = {}): OptionValues {
  const options = withAssignments(of.defaults, set, of.schema, of.name);
  of.check(options);
  return options;
}
