import { extname } from 'node:path';
import type { Sharp } from 'sharp';
import { UsageError, UserError } from '../../tensor/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { type SampleOptions, samplesFromTensor } from '../samples.js';
import { loadSharp } from './load-sharp.js';

/** The picture formats that are written. */
export type WritableFormat = 'png' | 'jpeg' | 'webp' | 'tiff';

export type PngOptions = SampleOptions;

export interface EncodeOptions extends SampleOptions {
  readonly format: WritableFormat;
  /** 1 to 100, JPEG (default 95) and WebP (default: without loss); PNG and TIFF lose nothing. */
  readonly quality?: number;
}

const extensions: Record<string, WritableFormat> = {
  '.png': 'png',
  '.jpg': 'jpeg',
  '.jpeg': 'jpeg',
  '.webp': 'webp',
  '.tif': 'tiff',
  '.tiff': 'tiff',
};

/** The format to write by the extension of a file name, in small letters or capitals. @throws UserError (usage) for an unknown one */
export function formatOf(path: string): WritableFormat {
  const format = extensions[extname(path).toLowerCase()];
  if (format === undefined)
    throw new UsageError(
      `${path} does not say by its extension which kind of picture to write. End its name in one of ${Object.keys(extensions).join(', ')}.`,
    );
  return format;
}

/**
 * An image as the bytes of a file: grey or colour, with alpha where that is given. JPEG holds no alpha: there the image is laid over black.
 * @param x [H, W], [C, H, W] or [1, C, H, W], C = 1 or 3
 * @throws RangeError for another shape; UserError when a pixel is NaN or infinite, when JPEG or WebP shall hold 16 bits or a quality is
 * none (usage), and when the format cannot hold an image so large
 */
export async function encodePicture(x: Tensor, options: EncodeOptions): Promise<Uint8Array> {
  const { format, quality } = options;
  const lossy = format === 'jpeg' || format === 'webp';
  if (lossy && options.bits === 16) throw new UsageError(`${format.toUpperCase()} holds 8 bits a sample, not 16. Write PNG or TIFF.`);
  if (lossy && quality !== undefined && !(Number.isInteger(quality) && quality >= 1 && quality <= 100))
    throw new UsageError(`The quality of a picture is a whole number from 1 to 100; got ${quality}.`);
  const { data, width, height, channels } = samplesFromTensor(x, options);
  const spaces = options.bits === 16 ? ['grey16', 'rgb16'] : ['b-w', 'srgb'];
  const sharp = await loadSharp();
  const image = sharp(data, { raw: { width, height, channels } }).toColourspace(spaces[channels < 3 ? 0 : 1]);
  const encoders: Record<WritableFormat, () => Sharp> = {
    png: () => image.png(),
    jpeg: () => image.flatten({ background: '#000' }).jpeg({ quality: quality ?? 95, chromaSubsampling: '4:4:4' }),
    webp: () => image.webp({ exact: true, ...(quality === undefined ? { lossless: true } : { quality }) }), // exact: colours of transparent pixels too
    tiff: () => image.tiff({ compression: 'deflate' }),
  };
  return encoders[format]()
    .toBuffer()
    .catch((cause) => {
      throw new UserError(`An image of ${width} x ${height} pixels cannot be written as ${format.toUpperCase()}. Write PNG.`, { cause });
    });
}

/** An image as the bytes of a PNG. @throws as {@link encodePicture} */
export async function encodePng(x: Tensor, options: PngOptions = {}): Promise<Uint8Array> {
  return encodePicture(x, { ...options, format: 'png' });
}
