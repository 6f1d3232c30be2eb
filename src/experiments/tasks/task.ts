import type { z } from 'zod';
import { checked } from '../../io/checked.js';
import type { CtScale } from '../../io/index.js';
import { type ImageShape, imageShape, type Operator, type ScanGeometry, shotNoise, shotSigma } from '../../operators/index.js';
import { type OptionValues, withAssignments } from '../../solvers/methods/option-values.js';
import { UsageError } from '../../tensor/errors.js';
import type { Random } from '../../tensor/random.js';
import { type Shape, type Tensor, tensor } from '../../tensor/tensor.js';
import { extent, type Shown } from '../shown.js';

export type PartName = 'mask' | 'kernel' | 'lines';
export type Parts = Readonly<Partial<Record<PartName, Tensor>>>;

/** What makes an operator again: plain values, and the tensors that were drawn or given. It is what a manifest keeps. */
export interface Recipe {
  readonly task: string;
  /** `[C, H, W]`; of a CT the geometry tells. */
  readonly image?: Shape;
  /** Those not named keep their defaults; text is read as the command line has it. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** A `mask` `[H, W]`, a `kernel` `[h, w]` or `lines` `[H]`, as the task takes it. */
  readonly tensors?: Parts;
  /** Of a CT. */
  readonly geometry?: ScanGeometry;
}

/** The noise of counted photons. */
export interface Counting {
  /** The measurement as so many photons show it. */
  noise(clean: Tensor, photons: number, random: Random): Tensor;
  /** The standard deviation of Gaussian noise that it amounts to. */
  sigma(y: Tensor, photons: number): number;
}

/** A task made ready for images of one shape. One setup serves many images, so that its graphs are compiled once. */
export interface Setup {
  /** What makes it again. */
  readonly recipe: Recipe;
  readonly operator: Operator;
  /** What the task is, in a few words. */
  readonly title: string;
  /** The classical methods that it is usually compared with, the strongest last. */
  readonly classical: readonly string[];
  /** How photons are counted, where they can be. */
  readonly counting?: Counting;
  /** What the numbers of an image stand for, where it is a CT. */
  readonly scale?: CtScale;
  /** The file that the operator was read from, if it was. */
  readonly model?: { readonly path: string; readonly sha256: string };
  /** What the user should be told, e.g. that a kernel was scaled. */
  readonly notices: readonly string[];
  /** What a measurement ought to be, for messages: "sr4 of an image of 8 x 8 makes". */
  readonly expectation: string;
  /** The same task on a larger image, whose measurement of the region is this one's; where what lies beyond the edge counts. */
  beyond?(): { readonly operator: Operator; readonly top: number; readonly left: number };
  /** A measurement as the operator has it, of one given in another form. */
  fit?(y: Tensor): Tensor;
  /** Where in a measurement an entry lies, and what to do about one that is broken. */
  broken(y: Tensor, entry: number): string;
  /** What was measured, in a few words. */
  detail(y: Tensor): string;
  /** A measurement for the eye, where it can be looked at. */
  shown(y: Tensor): Shown | undefined;
}

/** What a scanner is to see. */
export interface ScanSetting {
  readonly views: number;
  /** Side of the image in pixels. */
  readonly size: number;
  /** Side of the image in cm. */
  readonly fieldOfView: number;
}

/** Something that can be measured of an image, and undone. */
export interface Task {
  readonly name: string;
  /** What it is, in a few words, for lists. */
  readonly title: string;
  readonly linear: boolean;
  /** Channels that images have, where it is not for the user to say. */
  readonly channels?: number;
  /** Noise where none is asked for, in the unit of the measurement. */
  readonly sigma: number;
  /** Every option with its default, that of the papers. */
  readonly defaults: OptionValues;
  readonly schema: z.ZodObject;
  readonly part?: Pick<TaskPart<never>, 'name'> & { readonly drawn: boolean };
  /** The classical methods that it is usually compared with, the strongest last. */
  readonly classical: readonly string[];
  /** Of a CT: the geometry of a scanner that sees an image, by options of the task. @throws UserError for one that cannot be */
  scan?(setting: ScanSetting, options?: Readonly<Record<string, unknown>>): ScanGeometry;
  /** The shape of the image that a measurement `[C, h, w]` was made of, where the one follows from the other. */
  imageOf?(measured: readonly [channels: number, height: number, width: number]): ImageShape;
  /**
   * Its operator. Masks and kernels that the recipe does not hold are drawn at random; from the setup's own recipe, which holds them, comes
   * the same operator again, and nothing is drawn.
   * @param random not needed where nothing is to be drawn
   * @throws UserError for an unknown option, an image that does not fit, and a mask or kernel that is missing, unusable or not wanted.
   */
  setUp(recipe: Omit<Recipe, 'task'>, random?: Random): Setup;
}

/** A tensor that an operator is made of besides its options: a mask, a kernel. It is saved with the measurement. */
export interface TaskPart<O> {
  readonly name: PartName;
  /** Made at random where none is given; without this it must be given. */
  draw?(image: ImageShape, options: O, random: Random): Tensor;
  /** What was given, checked and put into the form that `draw` gives. @throws UserError when it cannot be used. */
  parse(given: Tensor, image: ImageShape): { tensor: Tensor; notices: readonly string[] };
}

export interface PictureTask<S extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  /** (true) */
  readonly linear?: boolean;
  readonly channels?: number;
  /** (0.01) */
  readonly sigma?: number;
  /** Whether the measurement is made of picture values in [-1, 1], whose photons can be counted (true). */
  readonly measuresLight?: boolean;
  /** (TV where it is linear) */
  readonly classical?: readonly string[];
  readonly options: S;
  readonly part?: TaskPart<z.output<S>>;
  readonly imageOf?: Task['imageOf'];
  /** Rows and columns beyond a picture's edge that its measurement depends on, where that is a blur. */
  reach?(options: z.output<S>, part: Tensor): readonly [rows: number, columns: number];
  /** @throws UserError for an image that does not fit. */
  operator(image: ImageShape, options: z.output<S>, part: Tensor): Operator;
}

/** Photons that a white pixel counts. */
const light: Counting = { noise: shotNoise, sigma: shotSigma };

/** A task on pictures, by its operator and its options. */
export function pictureTask<S extends z.ZodObject>(definition: PictureTask<S>): Task {
  const { name, title, linear = true, sigma = 0.01, measuresLight = true, options: schema, part, imageOf, channels } = definition;
  const classical = definition.classical ?? (linear ? ['tv'] : []);
  const defaults = schema.parse({}) as OptionValues;

  function setUp({ image, options: set, tensors = {} }: Omit<Recipe, 'task'>, random?: Random): Setup {
    const shape = imageShape(image ?? []);
    const values = withAssignments(defaults, set ?? {}, schema, name);
    const options: z.output<S> = checked(schema, values, (problems) => new UsageError(`${title}: ${problems}.`));
    for (const given of Object.keys(tensors))
      if (given !== part?.name) throw new UsageError(`${name} (${title}) takes no ${given}. Leave it out, or choose another task.`);
    const used = part && partOf(part, tensors[part.name], shape, options, random);
    const operator = definition.operator(shape, options, used?.tensor as Tensor);
    const parts: Parts = used === undefined ? {} : { [part!.name]: used.tensor };
    const [, height, width] = shape;
    const { reach } = definition;
    const { mask } = parts;
    return {
      recipe: { task: name, image: shape, options: options as OptionValues, tensors: parts },
      operator,
      title,
      classical,
      counting: measuresLight ? light : undefined,
      notices: used?.notices ?? [],
      expectation: `${name} of an image of ${height} x ${width} makes`,
      ...(reach && {
        beyond: () => {
          const [top, left] = reach(options, used?.tensor as Tensor);
          const wide = [shape[0], height + 2 * top, width + 2 * left] as const;
          return { operator: definition.operator(wide, options, used?.tensor as Tensor), top, left };
        },
      }),
      ...(mask && { fit: (y: Tensor) => observedOf(y, shape, mask) }),
      broken: (y, entry) => `${y.data[entry]} at entry ${entry}. Replace it, or leave it out by a mask (task inpaint).`,
      detail: (y) =>
        [
          `${y.data.length} numbers of ${width} x ${height} pixels`,
          ...Object.entries(options).map(([option, value]) => `${option} ${value}`),
        ].join(', '),
      shown: (y) => (mask ? { image: onGrey(y, shape, mask) } : pictureOf(y, measuresLight)),
    };
  }

  function partOf(
    of: TaskPart<z.output<S>>,
    given: Tensor | undefined,
    image: ImageShape,
    options: z.output<S>,
    random?: Random,
  ): { tensor: Tensor; notices: readonly string[] } {
    if (given !== undefined) return of.parse(given, image);
    if (of.draw === undefined || random === undefined) throw new UsageError(`${name} (${title}) needs a ${of.name}: give one.`);
    return { tensor: of.parse(of.draw(image, options, random.fork(of.name)), image).tensor, notices: [] };
  }

  const drawn = part && { name: part.name, drawn: part.draw !== undefined };
  return { name, title, linear, channels, sigma, defaults, schema, part: drawn, classical, ...(imageOf && { imageOf }), setUp };
}

/** The observed pixels of a whole picture; anything else as it is. */
function observedOf(y: Tensor, [channels, height, width]: ImageShape, mask: Tensor): Tensor {
  const pixels = height * width;
  const whole = y.shape.slice(-3).join() === `${channels},${height},${width}` && y.data.length === channels * pixels;
  if (!whole) return y;
  const values = Array.from(y.data).filter((_, i) => mask.data[i % pixels] === 1);
  return tensor([channels, values.length / channels], values);
}

/** Observed pixels in their places, on grey. */
function onGrey(y: Tensor, [channels, height, width]: ImageShape, mask: Tensor): Tensor {
  const image = tensor([channels, height, width]);
  let at = 0;
  for (let i = 0; i < image.data.length; i++) if (mask.data[i % (height * width)] === 1) image.data[i] = y.data[at++];
  return image;
}

/** A measurement that is a picture itself. */
export function pictureOf(y: Tensor, measuresLight: boolean): Shown | undefined {
  const [, ...shape] = y.shape;
  if (shape.length !== 3 || (shape[0] !== 1 && shape[0] !== 3)) return undefined;
  return measuresLight ? { image: y } : { image: y, range: extent(y) };
}

/** The image that a measurement is as large as. */
export const same: Task['imageOf'] = (measured) => measured;
