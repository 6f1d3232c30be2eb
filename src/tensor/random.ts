import { type Shape, sizeOf, type Tensor, tensor } from './tensor.js';

/**
 * Seeded random numbers from a counter-based generator: Philox 4x32-10 (Salmon et al., SC 2011).
 * The n-th number depends on (seed, stream, n) alone, so a state is three small numbers, a stream can be
 * forked by name without disturbing its parent, and the same seed gives the same bits on every platform.
 */
export class Random {
  private readonly key: readonly [number, number];
  private counter: number;
  private block = new Uint32Array(4);
  private used = 4;
  private spare: number | undefined;

  /** @param seed any whole number from 0 to 2^53 - 1; 0 is a seed like any other. */
  constructor(
    readonly seed: number,
    readonly stream = 0,
    counter = 0,
  ) {
    if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`a seed is a whole number from 0 to 2^53 - 1, got ${seed}`);
    this.key = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
    this.counter = counter;
  }

  /** An independent generator, named by a number or a word. Does not advance this one. */
  fork(name: number | string): Random {
    let hash = this.stream ^ 0x811c9dc5;
    for (const ch of String(name)) hash = Math.imul(hash ^ ch.codePointAt(0)!, 0x01000193);
    return new Random(this.seed, hash >>> 0);
  }

  /** 32 random bits. */
  bits(): number {
    if (this.used === 4) {
      philox(this.block, this.key[0], this.key[1], this.counter, this.stream);
      this.counter++;
      this.used = 0;
    }
    return this.block[this.used++];
  }

  /** Uniform in [low, high), 53 bits. */
  uniform(low = 0, high = 1): number {
    const u = ((this.bits() >>> 5) * 2 ** 26 + (this.bits() >>> 6)) / 2 ** 53;
    return low + (high - low) * u;
  }

  /** A whole number in [0, n). */
  integer(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** Standard normal (Box-Muller, both halves used). */
  normal(): number {
    if (this.spare !== undefined) {
      const value = this.spare;
      this.spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** A tensor of independent standard normals. */
  normals(shape: Shape): Tensor {
    const data = new Float32Array(sizeOf(shape));
    for (let i = 0; i < data.length; i++) data[i] = this.normal();
    return tensor(shape, data);
  }

  /** Poisson counts: by inversion for small means, by the PTRS rejection of Hormann (1993) for large ones. */
  poisson(mean: number): number {
    if (!(mean >= 0)) throw new RangeError(`a Poisson mean is >= 0, got ${mean}`);
    if (mean < 10) {
      let k = 0;
      for (let p = Math.exp(-mean), u = this.uniform(); u > p && k < 1000; ) {
        u -= p;
        k++;
        p *= mean / k;
      }
      return k;
    }
    const b = 0.931 + 2.53 * Math.sqrt(mean);
    const a = -0.059 + 0.02483 * b;
    const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
    const vr = 0.9277 - 3.6224 / (b - 2);
    for (;;) {
      const u = this.uniform() - 0.5;
      const v = this.uniform();
      const us = 0.5 - Math.abs(u);
      const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
      if (us >= 0.07 && v <= vr) return k;
      if (k < 0 || (us < 0.013 && v > us)) continue;
      if (Math.log(v) + Math.log(inverseAlpha) - Math.log(a / (us * us) + b) <= k * Math.log(mean) - mean - logFactorial(k)) return k;
    }
  }
}

function philox(out: Uint32Array, key0: number, key1: number, counter: number, stream: number): void {
  let c0 = counter >>> 0;
  let c1 = Math.floor(counter / 2 ** 32) >>> 0;
  let c2 = stream >>> 0;
  let c3 = 0;
  let k0 = key0;
  let k1 = key1;
  for (let round = 0; round < 10; round++) {
    const low0 = Math.imul(0xd2511f53, c0) >>> 0;
    const high0 = multiplyHigh(0xd2511f53, c0);
    const low1 = Math.imul(0xcd9e8d57, c2) >>> 0;
    const high1 = multiplyHigh(0xcd9e8d57, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** Upper 32 bits of a 32 x 32 bit product, exactly, in doubles. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const middle2 = aLow * bHigh + (middle % 65536);
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(middle2 / 65536)) >>> 0;
}

function logFactorial(k: number): number {
  if (k < 10) {
    let product = 1;
    for (let i = 2; i <= k; i++) product *= i;
    return Math.log(product);
  }
  const x = k + 1;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * x) - 1 / (360 * x ** 3);
}
