import { type Shape, sizeOf, type Tensor, tensor } from '../../tensor/tensor.js';

/* Images and weights as a formula gives them, so that none need be kept: the same numbers as ../fixtures/formula.py, bit by bit. */

/** FNV-1a of an ASCII name, 32 bits. */
function hashOf(name: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) value = Math.imul(value ^ name.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/** `count` whole numbers of 32 bits: a counter from a start of the name's own, mixed as MurmurHash3 ends. */
function bits(name: string, count: number): Uint32Array {
  const out = new Uint32Array(count);
  for (let i = 0, counter = hashOf(name); i < count; i++, counter += 0x9e3779b9) {
    let x = counter >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    out[i] = x ^ (x >>> 16);
  }
  return out;
}

/** Numbers on [0, 1). */
export function uniforms(name: string, count: number): Float64Array {
  return Float64Array.from(bits(name, count), (x) => x / 2 ** 32);
}

/** A triangle between -32 and 32 with a period of 64, for t >= 0. */
function wave(t: number): number {
  return 2 * Math.abs((t % 64) - 32) - 32;
}

/**
 * Two images [1, C, H, W], a little of them outside [-1, 1]; the second is the first, paler and with noise.
 * @param most the noise's largest step, in 128ths
 */
export function pair(name: string, shape: Shape, most: number): [Tensor, Tensor] {
  const [channels, height, width] = shape;
  const noise = (of: string, largest: number): number[] =>
    Array.from(bits(`${name}.${of}`, sizeOf(shape)), (x) => (x % (2 * largest + 1)) - largest);
  const [first, second] = [noise('a', 8), noise('b', most)];
  let at = 0;
  const a: number[] = [];
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < height; i++)
      for (let j = 0; j < width; j++) {
        const drawn = 2 * wave(3 * i + j + 11 * c) + 2 * wave(Math.floor((i * j) / 16) + 5 * c);
        a.push(Math.floor((5 * drawn) / 4) + first[at++]);
      }
  const b = a.map((value, i) => Math.floor((9 * value) / 10) + 5 + second[i]);
  const image = (values: number[]): Tensor =>
    tensor(
      [1, ...shape],
      values.map((value) => value / 128),
    );
  return [image(a), image(b)];
}
