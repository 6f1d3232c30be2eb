import { prepare } from '../../io/index.js';
import { findImages, readPicture } from '../../io/node/index.js';
import { Random } from '../../tensor/random.js';
import { reshapeTensor } from '../../tensor/tensor.js';
import type { ImageSource } from '../data.js';

/** Every image below a folder, each once an epoch in an order drawn anew, fitted to a square. @throws UserError when there is none */
export async function folderSource(folder: string, seed: number, channels: 1 | 3, size: number): Promise<ImageSource> {
  const files = await findImages(folder);
  const random = new Random(seed);
  return async (index) => {
    const epoch = Math.floor(index / files.length);
    const order = permutation(files.length, random.fork(`epoch ${epoch}`));
    const file = files[order[index % files.length]];
    const { tensor } = prepare(await readPicture(file), { channels, size: [size, size] }, file);
    return reshapeTensor(tensor, tensor.shape.slice(1));
  };
}

function permutation(n: number, random: Random): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
