import { avif } from './avif.js';
import { dicom } from './dicom.js';
import type { ImageFormat } from './format.js';
import { gif } from './gif.js';
import { jpeg } from './jpeg.js';
import { npy } from './npy.js';
import { png } from './png.js';
import { tiff } from './tiff.js';
import { webp } from './webp.js';

export { type ImageFormat, isRaster, type NumberFormat, type RasterFormat } from './format.js';

/** Every format that is read; a new one is its file and its line here. DICOM stands before TIFF: its preamble may hold a TIFF signature. */
export const formats: readonly ImageFormat[] = [dicom, npy, png, jpeg, webp, tiff, gif, avif];

/** The formats that are read, for messages and help: `PNG, JPEG, ... or NPY`. */
export const readableFormats = new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(
  [...formats].sort((a, b) => Number('read' in a) - Number('read' in b)).map(({ title }) => title),
);

/** The format of a file by its first bytes, whatever its name; undefined when it is not one that is read. 132 bytes are enough. */
export function formatOf(bytes: Uint8Array): ImageFormat | undefined {
  return formats.find((format) => format.is(bytes));
}

/** Its name. */
export function detectFormat(bytes: Uint8Array): string | undefined {
  return formatOf(bytes)?.name;
}
