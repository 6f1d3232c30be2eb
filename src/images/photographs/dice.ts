import type { Random } from '../../tensor/random.js';

/**
 * Quick random numbers for strokes and leaves by the ten thousand: the 32-bit xorshift128 of Marsaglia (2003), seeded by four draws
 * of a {@link Random}. Ten times quicker than counter-based numbers, and good enough to scatter things.
 */
export class Dice {
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  constructor(random: Random) {
    [this.a, this.b, this.c, this.d] = [random.bits() | 1, random.bits() | 0, random.bits() | 0, random.bits() | 0];
    for (let k = 0; k < 8; k++) this.bits(); // mixes the seed
  }

  /** 32 random bits. */
  bits(): number {
    let t = this.d;
    const s = this.a;
    this.d = this.c;
    this.c = this.b;
    this.b = s;
    t ^= t << 11;
    t ^= t >>> 8;
    this.a = t ^ s ^ (s >>> 19);
    return this.a >>> 0;
  }

  /** Uniform in [low, high). */
  uniform(low = 0, high = 1): number {
    return low + ((high - low) * this.bits()) / 2 ** 32;
  }

  /** A whole number in [0, n). */
  integer(n: number): number {
    return Math.floor(this.uniform(0, n));
  }

  /** Mean 0, variance 1, bell-shaped, never beyond 3.5: the sum of four uniforms. */
  normal(): number {
    const [one, other] = [this.bits(), this.bits()];
    return ((one & 0xffff) + (one >>> 16) + (other & 0xffff) + (other >>> 16) - 131070) * (Math.sqrt(3) / 65536);
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integer(items.length)];
  }

  /** Between low and high, each octave as likely as the next: density 1 / r. */
  scale(low: number, high: number): number {
    return low * (high / low) ** this.uniform();
  }

  /**
   * A radius between low and high with density r^-3: then what is seen of things that hide one another is the same at every scale
   * (Lee, Mumford, Huang, 2001), as in photographs.
   */
  radius(low: number, high: number): number {
    return low / Math.sqrt(1 - this.uniform() * (1 - (low / high) ** 2));
  }
}
