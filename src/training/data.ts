import { ctPhantom, type PhantomKind } from '../images/phantoms/index.js';
import { photograph } from '../images/photographs/index.js';
import { Random } from '../tensor/random.js';
import { type Tensor, tensor } from '../tensor/tensor.js';

/** A never-ending, numbered supply of images [C, H, W] in [-1, 1]; the same number gives the same image. */
export type ImageSource = (index: number) => Promise<Tensor>;

/** CT phantoms, never the same twice; of one kind where that is asked for. */
export function phantomSource(seed: number, size: number, kind?: PhantomKind): ImageSource {
  const random = new Random(seed);
  return async (index) => ctPhantom(random.fork(`phantom ${index}`), { size, kind });
}

/** Synthetic photographs, three channels, never the same twice. */
export function photographSource(seed: number, size: number): ImageSource {
  const random = new Random(seed);
  return async (index) => photograph(random.fork(`photograph ${index}`), { size });
}

/** Of two supplies, images of the second with a given share, drawn anew for every number. */
export function mix(first: ImageSource, second: ImageSource, share: number, seed: number): ImageSource {
  const random = new Random(seed).fork('mixed');
  return (index) => (random.fork(`${index}`).uniform() < share ? second : first)(index);
}

/**
 * A sliding window over a source: step s draws from `size` images, of which `fresh` are new and as many old ones leave.
 * An image is costly to make and seen several times (other crops, other noise) before it is dropped. What a step sees
 * depends on its number alone, so a training that is resumed goes on as if it had never stopped.
 */
export class Pool<T> {
  private readonly kept = new Map<number, Promise<T>>();

  constructor(
    private readonly make: (index: number) => Promise<T>,
    private readonly size: number,
    private readonly fresh: number,
  ) {}

  async draw(step: number, count: number, random: Random): Promise<T[]> {
    const first = step * this.fresh;
    for (const index of this.kept.keys()) if (index < first) this.kept.delete(index);
    const drawn: T[] = [];
    for (let i = 0; i < count; i++) {
      // the newest come first, so that none leaves unseen
      const index = i < this.fresh ? first + this.size - 1 - i : first + random.integer(this.size);
      let item = this.kept.get(index);
      if (item === undefined) {
        item = this.make(index);
        this.kept.set(index, item);
      }
      drawn.push(await item);
    }
    return drawn;
  }
}

/** Crops of one side, mirrored at random, joined to [N, C, side, side]. */
export function cropBatch(images: readonly Tensor[], side: number, random: Random): Tensor {
  const [channels] = images[0].shape;
  const out = tensor([images.length, channels, side, side]);
  let at = 0;
  for (const { shape, data } of images) {
    const [, height, width] = shape;
    if (height < side || width < side) throw new RangeError(`an image of ${width} x ${height} has no crop of ${side} x ${side}`);
    const top = random.integer(height - side + 1);
    const left = random.integer(width - side + 1);
    const mirrored = random.uniform() < 0.5;
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < side; i++) {
        const row = (c * height + top + i) * width + left;
        for (let j = 0; j < side; j++) out.data[at++] = data[row + (mirrored ? side - 1 - j : j)];
      }
    }
  }
  return out;
}

/** Tensors [c, h, w] of one shape joined to [N, c, h, w]. */
export function stack(items: readonly Tensor[]): Tensor {
  const size = items[0].data.length;
  const out = tensor([items.length, ...items[0].shape]);
  items.forEach((item, i) => {
    out.data.set(item.data, i * size);
  });
  return out;
}
