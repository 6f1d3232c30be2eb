import { writeFile } from 'node:fs/promises';
import { extent } from '../../experiments/shown.js';
import { formatOf, isRaster } from '../../io/formats/index.js';
import { formatNpy, npyTensor, prepare, readableFormats } from '../../io/index.js';
import { readStart } from '../../io/node/files.js';
import { readNpy, readPicture } from '../../io/node/index.js';
import { loadSharp } from '../../io/node/load-sharp.js';
import { reshapeTensor, sizeOf, type Tensor, tensor } from '../../tensor/tensor.js';
import type { FileView, Preparation } from '../api.js';
import { Refusal } from '../refusal.js';
import { workingSize } from '../working-size.js';
import { thumbnail } from './thumbnail.js';

export interface Inspection {
  readonly ask: 'inspect';
  readonly path: string;
  readonly mostPixels: number;
  /** Where a small picture of it goes. */
  readonly preview: string;
}

/** To make an image that a model takes of an upload. */
export interface PrepareWork {
  readonly ask: 'prepare';
  readonly path: string;
  readonly how: Preparation;
  /** Where the image goes, as NPY, and a small picture of it. */
  readonly out: string;
  readonly preview: string;
}

/** What a file turned out to be. */
export type Inspected = Omit<FileView, 'id' | 'name' | 'bytes'>;

/** Rows and columns of a preview, at most. */
const PREVIEW = 256;

/**
 * Reads an uploaded file to the end, so that what is wrong with it is told now and not when its turn comes. How many pixels it has is
 * looked up before any is decoded.
 * @throws Refusal 415 for what is no image, 413 for too many pixels; UserError for one that is damaged
 */
export async function inspect({ path, mostPixels, preview }: Inspection): Promise<Inspected> {
  const format = formatOf(await readStart(path, 132));
  if (format === undefined)
    throw new Refusal(
      415,
      `${path} is not an image that can be read: by its content it is no ${readableFormats} file.`,
      'Convert it first.',
    );
  if (format.name === 'npy') return inspectNumbers(path, mostPixels, preview);
  if (isRaster(format)) {
    const sharp = await loadSharp();
    const stated = await sharp(path, { limitInputPixels: false })
      .metadata()
      .catch(() => undefined);
    // what cannot be read even so far is told below, in the words for it
    if (stated?.width && stated.height) checkPixels(stated.width, stated.height, path, mostPixels);
  }
  const { pixels, source, notices } = await readPicture(path);
  checkPixels(source.width, source.height, path, mostPixels);
  await writeFile(preview, await thumbnail(pixels, PREVIEW));
  const { width, height, modality } = source;
  return { kind: 'picture', format: format.name, width, height, modality, notices: [...notices] };
}

/** @throws UserError for what is no image, or too small */
export async function prepareUpload({ path, how: { side, as }, out, preview }: PrepareWork): Promise<Inspected> {
  const picture = await readPicture(path);
  const ct = as === undefined ? picture.kind === 'ct' : as === 'ct';
  const options = { channels: ct ? 1 : 3, size: workingSize(picture, ct, side) } as const;
  const { tensor: made, notices, pixelSizeCm } = prepare(picture, options, path);
  const image = reshapeTensor(made, made.shape.slice(1));
  await writeFile(out, formatNpy(image));
  await writeFile(preview, await thumbnail(image, PREVIEW));
  const [, height, width] = image.shape;
  const prepared = { ct, ...(ct && pixelSizeCm !== undefined && { pixelSizeCm }) };
  return { kind: 'numbers', format: 'npy', shape: [...image.shape], width, height, prepared, notices: [...notices] };
}

async function inspectNumbers(path: string, mostPixels: number, preview: string): Promise<Inspected> {
  const x = npyTensor(await readNpy(path));
  // as many as a picture of three colours may have
  if (sizeOf(x.shape) > 3 * mostPixels)
    throw new Refusal(413, `${path} holds ${sizeOf(x.shape)} numbers, more than this studio takes.`, 'Send a part of it.');
  const shape = [...x.shape];
  const plane = planeOf(x);
  await writeFile(preview, await thumbnail(plane, PREVIEW, extent(plane)));
  const [height, width] = shape.length >= 2 ? sidesOf(shape) : [];
  return { kind: 'numbers', format: 'npy', shape, width, height, notices: [] };
}

/** Rows and columns of an array that may be an image, its channels before them or last. */
function sidesOf(shape: readonly number[]): readonly number[] {
  const last = shape.at(-1);
  return shape.length === 3 && (last === 1 || last === 3) && shape[0] > 3 ? shape.slice(0, 2) : shape.slice(-2);
}

/** Something to look at of any array: its first plane, a list as a line; broken numbers as the least. */
function planeOf({ shape, data }: Tensor): Tensor {
  if (data.length === 0) return tensor([1, 1]);
  const [height, width] = shape.length >= 2 ? sidesOf(shape) : [1, data.length];
  const step = shape.length === 3 && sidesOf(shape)[1] !== shape[2] ? shape[2] : 1;
  const plane = new Float32Array(height * width).map((_, i) => data[i * step]);
  const least = plane.reduce((a, b) => (b < a ? b : a), Number.POSITIVE_INFINITY);
  const safe = Number.isFinite(least) ? least : 0;
  return tensor(
    [height, width],
    plane.map((value) => (Number.isFinite(value) ? value : safe)),
  );
}

function checkPixels(width: number, height: number, path: string, most: number): void {
  if (width * height <= most) return;
  const millions = (n: number) => `${Math.round(n / 1e5) / 10} million`;
  throw new Refusal(
    413,
    `${path} has ${width} x ${height} pixels; this studio takes at most ${millions(most)}.`,
    'Make it smaller first, or start the studio with --max-pixels.',
  );
}
