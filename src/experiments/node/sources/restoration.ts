import { basename } from 'node:path';
import { bleed } from '../../../io/bleed.js';
import { type Picture, prepare } from '../../../io/index.js';
import { readPicture } from '../../../io/node/index.js';
import { imageShape } from '../../../operators/index.js';
import { UsageError } from '../../../tensor/errors.js';
import { reshapeTensor, type Tensor, tensor } from '../../../tensor/tensor.js';
import { takeMeasurement } from '../../problem.js';
import { type Recipe, setUp } from '../../tasks/index.js';
import type { Source } from './source.js';

/** A picture to be restored, as a model takes it. */
export interface Damaged {
  readonly path: string;
  readonly picture: Picture;
  /** `[C, H, W]` in [-1, 1]; under what is transparent, the colours beside it. */
  readonly pixels: Tensor;
  /** Whether it has no colours, however they are stored: then the result has none. */
  readonly grey: boolean;
  readonly notices: readonly string[];
}

/**
 * Read a picture in the channels of a model, at its own size.
 * @throws UserError when it is not a picture, or has a side of one pixel.
 */
export async function readDamaged(path: string, channels: number): Promise<Damaged> {
  const picture = await readPicture(path);
  if (channels !== 1 && channels !== 3) throw new UsageError(`No picture has ${channels} channels. Choose a prior of images of 1 or 3.`);
  imageShape(picture.pixels.shape);
  const solid = picture.alpha === undefined ? picture.pixels : bleed(picture.pixels, picture.alpha);
  const { tensor: x, notices } = prepare({ ...picture, pixels: solid, alpha: undefined }, { channels, size: 'native' }, path);
  const grey = withoutColours(picture.pixels);
  // a grey picture comes back grey: that it was repeated over the channels need not be told
  return { path, picture, grey, pixels: reshapeTensor(x, x.shape.slice(1)), notices: grey ? picture.notices : notices };
}

function withoutColours({ shape: [, height, width], data }: Tensor): boolean {
  const plane = height * width;
  return data.every((value, i) => value === data[i % plane]);
}

export interface Restoration {
  readonly recipe: Recipe;
  /** Standard deviation of the noise in the picture. */
  readonly sigma: number;
  /** `[H, W]` in [0, 1] of the result. */
  readonly alpha?: Tensor;
  /** `[H, W]`: where it is 1 the picture's own pixels stay as they are. */
  readonly kept?: Tensor;
}

/** A picture that somebody's camera, scanner or eraser measured: its truth is not known. */
export function restoration(damaged: Damaged, { recipe, sigma, alpha, kept }: Restoration): Source {
  const { path, picture, pixels, grey, notices } = damaged;
  const setup = setUp(recipe);
  const problem = takeMeasurement(pixels, setup, sigma, { frame: 'open' });
  return {
    input: basename(path),
    measurement: 'given',
    notices: [...notices, ...setup.notices],
    measure: async () => problem,
    picture: (image) => {
      const restored = kept === undefined ? image : paste(image, pixels, kept);
      return { image: grey ? meanOfChannels(restored) : restored, alpha, bits: picture.source.depth === '16' ? 16 : 8 };
    },
  };
}

/** `image` `[1, C, H, W]` with the pixels of `original` where `kept` is 1. */
function paste(image: Tensor, original: Tensor, kept: Tensor): Tensor {
  const data = image.data.map((value, i) => (kept.data[i % kept.data.length] === 1 ? original.data[i] : value));
  return tensor(image.shape, data);
}

function meanOfChannels({ shape: [, channels, height, width], data }: Tensor): Tensor {
  const plane = height * width;
  const out = tensor([1, height, width]);
  for (let i = 0; i < data.length; i++) out.data[i % plane] += data[i] / channels;
  return out;
}
