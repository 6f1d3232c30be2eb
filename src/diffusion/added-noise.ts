import type { Random } from '../tensor/random.js';
import { mapTensor, type Tensor } from '../tensor/tensor.js';

/**
 * One DDIM step (Song et al., ICLR 2021, eq. 12) where noise is added rather than mixed in, `x = clean + s n`: `image + sqrt(s'^2 - f^2)
 * eps + f n`, `f = eta s' sqrt(1 - s'^2 / s^2)`. Deterministic for eta = 0; for eta = 1 the ancestral step of DDPM, a draw from the
 * posterior of Gaussian noise at s' given x and its clean image.
 *
 * @param image about which the next noise lies: the clean estimate, or what data consistency made of it
 * @param clean the clean estimate at s, whence `eps = (x - clean) / s`
 * @param random drawn from only when eta > 0
 */
export function stepDown(image: Tensor, clean: Tensor, x: Tensor, s: number, next: number, eta: number, random: Random): Tensor {
  const fresh = eta * next * Math.sqrt(1 - (next / s) ** 2);
  const kept = Math.sqrt(next ** 2 - fresh ** 2);
  return mapTensor(image, (value, i) => {
    const estimated = (x.data[i] - clean.data[i]) / s;
    return value + kept * estimated + (fresh > 0 ? fresh * random.normal() : 0);
  });
}

/** `x + s n` */
export function addNoise(x: Tensor, s: number, random: Random): Tensor {
  return mapTensor(x, (value) => value + s * random.normal());
}
