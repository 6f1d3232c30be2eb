import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UsageError, UserError } from '../../tensor/errors.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import { arrayFormatOf, type SliceChoice, START } from '../arrays/index.js';
import { detectFormat, formatOf, type ImageFormat, isRaster, type RasterFormat, readableFormats } from '../formats/index.js';
import { type NpyArray, parseNpy } from '../npy.js';
import { isImageShape, type Picture, pictureFromSamples, type ValueRange } from '../picture.js';
import { type PreparedImage, type PrepareOptions, prepare } from '../prepare.js';
import { readBytes, readStart } from './files.js';
import { loadSharp } from './load-sharp.js';
import { arrayTitles, openArrays, splitInner } from './open-arrays.js';
import { readSlicePicture } from './read-numbers.js';
import './open-jpeg.js';

export interface ReadImageOptions extends PrepareOptions {
  /** What the numbers of an array, or the samples of a picture, mean; see {@link ValueRange}. DICOM states it itself. */
  readonly range?: ValueRange;
  /** Of a volume or stack the slice, by default the middle one; see `parseSlice`. */
  readonly slice?: SliceChoice;
}

/**
 * Read an image file as a model takes it: PNG, JPEG, TIFF, WebP, GIF, AVIF, DICOM, or a slice of an array (NPY, NPZ, HDF5, MATLAB, NIfTI,
 * MetaImage, TIFF stack; `scan.h5:/exchange/data` names one inside the file), told apart by content, not by name. CT slices come on the
 * CT scale, photos with black -1 and white +1 (arrays: see {@link ValueRange}), turned upright by their EXIF orientation.
 * @throws UserError for anything that is no such image, in one paragraph with the remedy
 * @example
 * ```ts
 * import { readImage } from 'posteriori/io/node';
 * const { tensor, notices } = await readImage('slice.dcm', { channels: 1, size: [256, 256] }); // [1, 1, 256, 256] in [-1, 1]
 * for (const notice of notices) console.warn(notice);
 * ```
 */
export async function readImage(path: string, options: ReadImageOptions): Promise<PreparedImage> {
  return prepare(await readPicture(path, options.range, options.slice), options, path);
}

/**
 * Read an image file at its own size and channels, with its alpha. Colour with an embedded ICC profile is brought to sRGB by it, CMYK by
 * its own profile or a usual one. Of pages for the eye the first is taken, of a volume or stack the middle slice, with a notice; an
 * animation is refused.
 * @param text a path, with the name of an array after a colon where the file holds several
 * @param slice of a volume, stack or multi-frame DICOM
 * @throws UserError as {@link readImage}
 */
export async function readPicture(text: string, range?: ValueRange, slice?: SliceChoice): Promise<Picture> {
  const { path, inner } = splitInner(text);
  const start = await readStart(path, START).catch(() => new Uint8Array());
  const format = formatOf(start);
  const array = arrayFormatOf(start, basename(path));
  if (array !== undefined && (inner !== undefined || (await isNumbers(path, format, slice))))
    return readSlicePicture(path, inner, range, slice);
  const bytes = await readBytes(path); // which says what is wrong with a path
  if (inner !== undefined) throw new UsageError(`${path} is no file with arrays in it: leave out :${inner}.`);
  const image = format ?? formatOf(bytes); // of a pipe there is no start
  if (image === undefined)
    throw new UserError(
      `${path} is not an image that can be read: by its content it is no ${readableFormats} file, and no array (${arrayTitles}). Convert it to one of these.`,
    );
  if (!isRaster(image)) return image.read(bytes, path, range, slice);
  if (slice !== undefined) throw new UsageError(`${path} is a single picture (${image.title}). Leave out --slice.`);
  return decode(bytes, image, path, samplesRange(range, path));
}

/** Whether a file is read as numbers: an array that is no single image, or samples that pictures do not have. */
async function isNumbers(path: string, format: ImageFormat | undefined, slice?: SliceChoice): Promise<boolean> {
  if (format === undefined || slice !== undefined) return format === undefined || format.name === 'npy' || format.name === 'tiff';
  if (format.name === 'tiff') return isTiffOfNumbers(path);
  if (format.name !== 'npy') return false;
  const file = await openArrays(path);
  await file.close();
  return file.arrays[0].shape.length > 2 && !isImageShape(file.arrays[0].shape);
}

/** Floats, signed and 32-bit integers, and stacks of 16 bits. What is damaged is left to the decoder of pictures, which says so. */
async function isTiffOfNumbers(path: string): Promise<boolean> {
  const sharp = await loadSharp();
  const info = await sharp(path)
    .metadata()
    .catch(() => undefined);
  if (info === undefined) return false;
  const { depth, pages = 1, channels } = info;
  return (depth !== 'uchar' && depth !== 'ushort') || (depth === 'ushort' && pages > 1 && channels === 1);
}

/** What a file holds by its content: the numbers of an NPY as they are, or else a picture. @throws UserError as {@link readPicture} */
export async function readNumbersOrPicture(path: string): Promise<{ readonly numbers: NpyArray } | { readonly picture: Picture }> {
  const start = await readStart(path, 132).catch(() => new Uint8Array());
  return detectFormat(start) === 'npy' ? { numbers: await readNpy(path) } : { picture: await readPicture(path) };
}

/**
 * Read an NPY file of any shape, such as a measurement, values as they are.
 * @throws UserError as `parseNpy`, or when the file cannot be read
 */
export async function readNpy(path: string): Promise<NpyArray> {
  return parseNpy(await readBytes(path), path);
}

/**
 * The image files in a folder and the folders below it, told by content, in the order of their names.
 * @throws UserError when the folder cannot be read or holds none
 */
export async function findImages(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error) => {
    throw new UserError(`Cannot read the folder ${folder}. Check that it exists and is a folder that may be read.`, { cause: error });
  });
  const files = entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const images: string[] = [];
  for (const file of files) if (detectFormat(await readStart(file, 132).catch(() => new Uint8Array()))) images.push(file);
  if (images.length === 0) throw new UserError(`The folder ${folder} holds no image (${readableFormats}). Name another folder.`);
  return images;
}

/** Samples of black and white of a picture; DICOM and NPY have numbers of other kinds. @throws UsageError for Hounsfield units */
function samplesRange(range: ValueRange | undefined, path: string): readonly [number, number] | undefined {
  if (range !== 'hu') return range;
  throw new UsageError(
    `--range hu is for NPY; ${path} is a picture, whose samples have no sign. Give the samples of black and white, as in --range 0,4095.`,
  );
}

async function decode(
  bytes: Uint8Array,
  format: RasterFormat,
  path: string,
  range: readonly [number, number] | undefined,
): Promise<Picture> {
  const { name, title: kind } = format;
  const fail = (cause: unknown) =>
    new UserError(
      `${path} is a file of the format ${kind} that cannot be decoded (${firstLine(cause)}): it is cut short, damaged, or of a rare kind. Copy it again, or convert it to PNG.`,
      { cause },
    );
  const animation = (frames: string) =>
    new UserError(`${path} is an animation (${kind}${frames}), and a single image is needed. Extract one frame and save it as PNG.`);
  const stated = format.frames?.(bytes);
  if (stated === Number.POSITIVE_INFINITY) throw animation('');
  const sharp = await loadSharp();
  const image = sharp(bytes, { failOn: 'error' });
  const info = await image.metadata().catch((error) => {
    throw fail(error);
  });
  const { depth, space, hasAlpha, pages = 1 } = info;
  const frames = stated ?? pages;
  if (frames > 1 && format.animates) throw animation(` of ${frames} frames`);
  if (depth !== 'uchar' && depth !== 'ushort') {
    throw new UserError(
      `${path} is a file of the format ${kind} with ${depth} samples; 8 and 16 bits without sign are read. Save it as NPY and state its value range.`,
    );
  }
  const wide = depth === 'ushort' && name !== 'avif'; // AVIF has 10 or 12 bits at most, whose white is not quite that of 16
  // Grey with alpha goes through RGB: the grey colour spaces would drop the alpha.
  const grey = !hasAlpha && (space === 'b-w' || space === 'grey16');
  // sharp obeys the profile of 8-bit pictures by itself; of 16 bits only when asked, and grey then comes as three equal channels
  const profiled = info.icc !== undefined && (space === 'rgb16' || space === 'grey16');
  const upright = profiled ? image.autoOrient().withIccProfile('srgb', { attach: false }) : image.autoOrient();
  const { data, info: size } = await upright
    .toColourspace(grey || (profiled && space === 'grey16') ? (wide ? 'grey16' : 'b-w') : wide ? 'rgb16' : 'srgb')
    .raw({ depth: wide ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((error) => {
      throw fail(error);
    });
  const samples = wide ? new Uint16Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength)) : data;
  const picture = pictureFromSamples(samples, size.width, size.height, size.channels, name, range);
  const notices = [...picture.notices];
  if (pages > 1) notices.push(`${path} has ${pages} pages; the first is used.`);
  if (space === 'cmyk') notices.push(`${path} is in CMYK, the colours of print; it was converted to sRGB.`);
  const bright = range === undefined && wide ? brightest(samples, size.channels, hasAlpha) : 0;
  if (bright > 0 && bright < 4096)
    notices.push(
      `${path} has 16 bits a sample, and none above ${bright}: if these are 12-bit data, they come out nearly black. State --range 0,4095.`,
    );
  if (grey) return { ...picture, pixels: firstChannel(picture.pixels), source: { ...picture.source, channels: 1 }, notices };
  return { ...picture, notices };
}

function brightest(samples: ArrayLike<number>, channels: number, hasAlpha: boolean): number {
  let most = 0;
  for (let i = 0; i < samples.length; i++) if (!hasAlpha || i % channels < channels - 1) most = Math.max(most, samples[i]);
  return most;
}

/** `[C, H, W]` whose channels are equal as `[1, H, W]`. */
function firstChannel({ shape: [, height, width], data }: Tensor): Tensor {
  return tensor([1, height, width], data.subarray(0, height * width));
}

function firstLine(error: unknown): string {
  return String((error as Error).message).split('\n')[0];
}
