import { basename, resolve } from 'node:path';
import { prepare } from '../../../io/index.js';
import { findImages, readPicture } from '../../../io/node/index.js';
import { UsageError } from '../../../tensor/errors.js';
import type { Tensor } from '../../../tensor/tensor.js';
import type { ImageSource } from '../../bench/bench-file.js';
import { heldOutPhantom, heldOutPhotograph } from '../../held-out.js';
import { cut } from '../../pose.js';

/** A true image of a bench, read when it is wanted. */
export interface BenchImage {
  readonly name: string;
  /** `[1, C, side, side]` in [-1, 1], and the width of a pixel where the file states it. @throws UserError when it cannot be read */
  read(channels: 1 | 3): Promise<{ readonly image: Tensor; readonly pixelSizeCm?: number }>;
}

export interface ImageGroup {
  /** In tables. */
  readonly name: string;
  readonly images: readonly BenchImage[];
}

/** The images that a source names. @throws UserError when a folder or a file of it is missing */
export async function imagesOf(source: ImageSource): Promise<ImageGroup> {
  if ('folder' in source) return folderImages(source);
  const { count, set, side } = source;
  if ('phantoms' in source) {
    const kind = source.phantoms === 'mixed' ? undefined : source.phantoms;
    const name = source.name ?? (kind ? `${kind} phantoms` : 'phantoms');
    const of = (i: number) => heldOutPhantom(set, i, side, kind);
    return { name, images: generated(count, 1, `${kind ?? 'phantom'}`, of) };
  }
  return {
    name: source.name ?? 'synthetic photographs',
    images: generated(count, 3, 'photograph', (i) => heldOutPhotograph(set, i, side)),
  };
}

function generated(count: number, channels: number, word: string, of: (i: number) => { image: Tensor; seed: number }): BenchImage[] {
  return Array.from({ length: count }, (_, i) => ({
    // the name of an image, from which its noise is drawn, does not depend on how many there are
    name: `${word} ${String(i + 1).padStart(2, '0')}`,
    read: async (wanted) => {
      if (wanted !== channels)
        throw new UsageError(
          `The task is for images of ${wanted} channel${wanted === 1 ? '' : 's'}, and a ${word} has ${channels}. Choose other images or another task.`,
        );
      return of(i);
    },
  }));
}

async function folderImages(source: Extract<ImageSource, { folder: string }>): Promise<ImageGroup> {
  const { folder, count, files, side, fit } = source;
  const all = await findImages(folder);
  const missing = files?.find((file) => !all.some((path) => basename(path) === file));
  if (missing !== undefined)
    throw new UsageError(
      `The folder ${folder} has no image ${missing}. It has ${all
        .map((path) => basename(path))
        .slice(0, 8)
        .join(', ')}, ...`,
    );
  const chosen = files ? files.map((file) => all.find((path) => basename(path) === file) as string) : all;
  const taken = count === undefined || count >= chosen.length ? chosen : evenly(chosen, count);
  const images = taken.map((path) => ({ name: basename(path), read: (channels: 1 | 3) => readSquare(path, channels, side, fit) }));
  return { name: source.name ?? basename(resolve(folder)), images };
}

function evenly<T>(all: readonly T[], count: number): T[] {
  return Array.from({ length: count }, (_, i) => all[Math.floor(((i + 0.5) * all.length) / count)]);
}

/** A file as a square: as a whole, resized, or the middle of it, whose pixels are left as they are. A smaller one is resized. */
async function readSquare(path: string, channels: 1 | 3, side: number, fit = channels === 1 ? 'resize' : 'crop') {
  const picture = await readPicture(path);
  const [, height, width] = picture.pixels.shape;
  const whole = fit === 'resize' || Math.min(height, width) < side;
  const { tensor, pixelSizeCm } = prepare(picture, { channels, size: whole ? [side, side] : 'native' }, path);
  const [top, left] = [Math.floor((tensor.shape[2] - side) / 2), Math.floor((tensor.shape[3] - side) / 2)];
  return { image: whole ? tensor : cut(tensor, { top, left, height: side, width: side }), pixelSizeCm };
}
