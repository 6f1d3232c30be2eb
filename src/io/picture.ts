import { UsageError, UserError } from '../tensor/errors.js';
import { clampToImage, formatShape, mapTensor, type Shape, type Tensor, tensor } from '../tensor/tensor.js';
import { parseDicom } from './dicom.js';
import { applyDisplay } from './display.js';
import { imageFromHu, type Window } from './hounsfield.js';
import { type NpyType, npyTensor, parseNpy } from './npy.js';

/** Where a picture came from: what a manifest or report wants to say about it. */
export interface PictureSource {
  /** The name of its format, as `formats` has it. */
  readonly format: string;
  /** Size in the file, before any resizing, in pixels, after turning the image upright. */
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** Number type: bits a sample ("8", "16"), or the NPY type ("f4"). */
  readonly depth: string;
  readonly modality?: string;
  /** Display window in HU that the file suggests. */
  readonly window?: Window;
}

/** A decoded image whose values are on the library's scale, its size still the file's own. */
export interface Picture {
  /** [C, H, W] in [-1, 1]; C is 1 or 3. */
  readonly pixels: Tensor;
  /** [H, W] opacity in [0, 1], only where some pixel is not opaque. `pixels` are then the colours themselves, not multiplied by it. */
  readonly alpha?: Tensor;
  /** `ct`: the values are attenuation on the CT scale; `photo`: grey or colour for the eye. */
  readonly kind: 'photo' | 'ct';
  /** Distance between rows and between columns, cm, where the file states it. */
  readonly pixelSizeCm?: readonly [rows: number, columns: number];
  readonly notices: readonly string[];
  readonly source: PictureSource;
}

/**
 * What the numbers of an NPY image mean: Hounsfield units, or the values of black and white.
 * Without it: floats are on [-1, 1], or on [0, 1] where none is negative and their extent tells;
 * uint8 on [0, 255], uint16 on [0, 65535], bool on [0, 1]; other integers are refused.
 */
export type ValueRange = 'hu' | readonly [black: number, white: number];

/** Floats may leave [-1, 1] by this much, as reconstructions do, and are clipped; beyond it the range must be stated. */
const overshoot = 0.1;

const integerRanges: Partial<Record<NpyType, readonly [black: number, white: number]>> = { b1: [0, 1], u1: [0, 255], u2: [0, 65535] };

/**
 * A decoded photo: interleaved samples as image decoders give them, black 0 and white 255 (or 65535), colours not multiplied by alpha.
 * An alpha that is opaque everywhere is dropped.
 * @param samples [height, width, channels]; 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha
 * @param range samples of black and white, where they are not all that the bits hold (12-bit data in 16 bits: 0, 4095)
 */
export function pictureFromSamples(
  samples: Uint8Array | Uint8ClampedArray | Uint16Array,
  width: number,
  height: number,
  channels: number,
  format: string,
  range?: readonly [black: number, white: number],
): Picture {
  const top = samples instanceof Uint16Array ? 65535 : 255;
  const [black, white] = range ?? [0, top];
  const colours = channels < 3 ? 1 : 3;
  const count = width * height;
  const out = new Float32Array(colours * count);
  for (let c = 0; c < colours; c++)
    for (let p = 0; p < count; p++) {
      const value = ((samples[p * channels + c] - black) / (white - black)) * 2 - 1;
      out[c * count + p] = range ? clampToImage(value) : value;
    }
  const opacity = new Float32Array(channels > colours ? count : 0).map((_, p) => samples[p * channels + colours] / top);
  return {
    pixels: tensor([colours, height, width], out),
    ...(opacity.some((a) => a < 1) && { alpha: tensor([height, width], opacity) }),
    kind: 'photo',
    notices: [],
    source: { format, width, height, channels, depth: top === 255 ? '8' : '16' },
  };
}

/**
 * The image of a DICOM file. A CT is put on the CT scale (`ctScale`); any other modality is shown through its display window, since it has
 * no attenuation.
 * @param frame of several; the middle one where absent
 * @throws UserError as {@link parseDicom}
 */
export async function pictureFromDicom(bytes: Uint8Array, name = 'the file', frame?: number): Promise<Picture> {
  const image = await parseDicom(bytes, name, frame);
  const { values, hounsfield, inverted, modality, window, display, pixelSizeCm, bitsStored, notices } = image;
  const [, height, width] = values.shape;
  const source: PictureSource = {
    format: 'dicom',
    width,
    height,
    channels: 1,
    depth: String(bitsStored),
    modality,
    window: hounsfield ? window : undefined,
  };
  if (hounsfield) {
    return { pixels: imageFromHu(values), kind: 'ct', pixelSizeCm, notices: [...notices, ...denseNotice(values, name)], source };
  }
  const grey = applyDisplay(values, display ?? { window: spanOf(values), function: 'linear' });
  const notice = `${name} is ${modality ? `of modality ${modality}` : 'of unstated modality'}, not CT: it is read as a grey picture through its display window, without attenuation units.`;
  return { pixels: inverted ? mapTensor(grey, (x) => -x) : grey, kind: 'photo', pixelSizeCm, notices: [...notices, notice], source };
}

/**
 * An image kept as an NPY array: [H, W], [C, H, W], [1, C, H, W] or [H, W, C] with C = 1 or 3.
 * @param range what the numbers mean; see {@link ValueRange} for the rule without it
 * @throws UserError for another shape, NaN or infinite pixels, or numbers whose range must be stated
 */
export function pictureFromNpy(bytes: Uint8Array, name = 'the array', range?: ValueRange): Picture {
  const array = parseNpy(bytes, name);
  return pictureFromNumbers(npyTensor(array), { format: 'npy', type: array.dtype }, name, range);
}

/** What is known of numbers that are an image. */
export interface NumbersOrigin {
  /** Name of the format of their file. */
  readonly format: string;
  /** Their type; that of floats where they were rescaled, since integers then say nothing of their range. */
  readonly type: NpyType;
  readonly pixelSizeCm?: readonly [rows: number, columns: number];
  readonly notices?: readonly string[];
}

/**
 * An image kept as numbers: [H, W], [C, H, W], [1, C, H, W] or [H, W, C] with C = 1 or 3.
 * @param name what to call it in messages
 * @param range what the numbers mean; see {@link ValueRange} for the rule without it
 * @throws UserError as {@link pictureFromNpy}
 */
export function pictureFromNumbers(numbers: Tensor, origin: NumbersOrigin, name: string, range?: ValueRange): Picture {
  const { format, type, pixelSizeCm } = origin;
  const x = asPlanes(numbers, name);
  const [channels, height, width] = x.shape;
  const source: PictureSource = { format, width, height, channels, depth: type };
  const known = { ...(pixelSizeCm && { pixelSizeCm }), source };
  const notices: string[] = [...(origin.notices ?? [])];
  const bad = x.data.reduce((n, value) => n + (Number.isFinite(value) ? 0 : 1), 0);
  if (bad > 0)
    throw new UserError(
      `${name} has ${bad} ${bad === 1 ? 'pixel that is' : 'pixels that are'} NaN or infinite. Replace them by numbers first.`,
    );
  if (range === 'hu') return { pixels: imageFromHu(x), kind: 'ct', notices: [...notices, ...denseNotice(x, name)], ...known };

  const [black, white] = range ?? rangeOfNumbers(x, type, name, notices);
  if (!(Number.isFinite(black) && Number.isFinite(white) && black !== white))
    throw new UserError(`The value range ${black},${white} has no extent. State two different numbers, black and white.`);
  const pixels = mapTensor(x, (value) => (2 * (value - black)) / (white - black) - 1);
  const [low, high] = extent(pixels);
  if (low < -1 || high > 1) notices.push(`${name} has values beyond its range; they were clipped.`);
  return { pixels: mapTensor(pixels, clampToImage), kind: 'photo', notices, ...known };
}

/**
 * What numbers mean whose range is not stated; see {@link ValueRange}.
 * @param notices that are added to, where they were not plain
 * @throws UserError when neither their type nor their values tell
 */
export function rangeOfNumbers(x: Tensor, type: NpyType, name: string, notices: string[] = []): readonly [black: number, white: number] {
  const known = integerRanges[type];
  if (known !== undefined) return known;
  if (!type.startsWith('f')) {
    throw new UserError(
      `${name} holds integers of type ${type}, whose range is unknown. State it with --range: black and white, for example 0,4095, or hu for Hounsfield units.`,
    );
  }
  return rangeOfFloats(x, name, notices);
}

/** Whether numbers of a shape are one image as they are; else they are a stack, a list or something else. */
export function isImageShape(shape: Shape): boolean {
  const own = shape.length === 4 && shape[0] === 1 ? shape.slice(1) : shape;
  const isColours = (n: number) => n === 1 || n === 3;
  return own.length === 2 || (own.length === 3 && (isColours(own[0]) || isColours(own[2])));
}

/**
 * What floats whose range is not stated mean: [-1, 1] where some are negative; [0, 1] where none is, from near black to at least half
 * of white. Anything else could be either. (One number everywhere is left on [-1, 1].)
 * @throws UserError (usage) when their values do not tell
 */
function rangeOfFloats(x: Tensor, name: string, notices: string[]): readonly [black: number, white: number] {
  const [low, high] = extent(x);
  if (low < -1 - overshoot || high > 1 + overshoot) {
    throw new UsageError(
      `${name} has values from ${short(low)} to ${short(high)}; without a stated range floats are taken on [-1, 1] or [0, 1]. State the range (black and white, for example --range 0,255), or 'hu' for Hounsfield units.`,
    );
  }
  if (low < 0 || low === high) return [-1, 1];
  if (low > 0.1 || high < 0.5)
    throw new UsageError(
      `${name} has values from ${short(low)} to ${short(high)}: that may be part of [0, 1] or of [-1, 1]. State which, --range 0,1 or --range=-1,1.`,
    );
  notices.push(
    `${name} has values from ${short(low)} to ${short(high)}; they are taken on [0, 1], 0 being black. State --range=-1,1 if -1 is.`,
  );
  return [0, 1];
}

/** Any of the accepted layouts as [C, H, W]. */
function asPlanes(x: Tensor, name: string): Tensor {
  const shape = x.shape.length === 4 && x.shape[0] === 1 ? x.shape.slice(1) : x.shape.length === 2 ? [1, ...x.shape] : x.shape;
  const isColours = (n: number) => n === 1 || n === 3;
  if (shape.length === 3 && !shape.includes(0)) {
    if (isColours(shape[0])) return tensor(shape, x.data);
    if (isColours(shape[2])) {
      const [height, width, channels] = shape;
      const planes = tensor([channels, height, width]);
      for (let i = 0; i < x.data.length; i++) planes.data[(i % channels) * height * width + Math.floor(i / channels)] = x.data[i];
      return planes;
    }
  }
  throw new UserError(
    `${name} has the shape ${formatShape(x.shape)}, which is no single image. Save [H,W], [C,H,W], [1,C,H,W] or [H,W,C] with C = 1 or 3.`,
  );
}

function denseNotice(hu: Tensor, name: string): string[] {
  const share = hu.data.reduce((n, value) => n + (value > 1000 ? 1 : 0), 0) / hu.data.length;
  return share === 0 ? [] : [`${name} has ${(100 * share).toPrecision(2)} % of its pixels denser than +1000 HU; they were clipped there.`];
}

/** A window that shows every value. */
function spanOf(x: Tensor): Window {
  const [low, high] = extent(x);
  return { center: (low + high + 1) / 2, width: high - low + 1 };
}

function extent(x: Tensor): [low: number, high: number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of x.data) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
