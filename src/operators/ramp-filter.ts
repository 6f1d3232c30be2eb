export type RampWindow = 'ramlak' | 'hann';

export interface RampFilterOptions {
  /** `ramlak`, the plain ramp (default), or `hann`. */
  readonly window?: RampWindow;
  /** Of bins on an arc, its radius in cm: `h(gamma)` becomes `h(gamma) (gamma / sin(gamma))^2` (Kak & Slaney, eq. 3.99). */
  readonly arcRadius?: number;
}

/** A convolution of rows with a kernel that is even. */
export interface RowFilter {
  /** Of a row. */
  readonly bins: number;
  /** Of a row padded with zeros: a power of 2. */
  readonly length: number;
  /** The kernel's transform, real as the kernel is even; the factor of the transform back is in it. */
  readonly response: Float64Array;
}

/**
 * The ramp filter of filtered backprojection, for rows of `bins` values: `q(n) = d * sum_k h(n - k) p(k)`, in 1/cm for a bin distance d
 * in cm.
 *
 * h is band-limited and built in space (Kak & Slaney, Principles of Computerized Tomographic Imaging, eq. 3.61):
 * `h(0) = 1/(4 d^2)`, `h(n) = -1/(pi n d)^2` for odd n, 0 for even n; sampling |f| itself would lose the mean. Rows are padded with zeros
 * to twice their length and more, so that nothing wraps around. The Hann window, `(1 + cos(2 pi f d)) / 2`, is in space the average of h
 * with its neighbours, exactly.
 */
export function rampFilter(bins: number, binSize: number, { window = 'ramlak', arcRadius }: RampFilterOptions = {}): RowFilter {
  const ramp = (n: number): number => (n === 0 ? 1 / 4 : n % 2 === 0 ? 0 : -1 / (Math.PI * n) ** 2) / binSize;
  const windowed = window === 'hann' ? (n: number) => ramp(n) / 2 + (ramp(n - 1) + ramp(n + 1)) / 4 : ramp;
  const bent = (n: number): number => {
    const angle = arcRadius === undefined ? 0 : (n * binSize) / arcRadius;
    return angle === 0 ? 1 : (angle / Math.sin(angle)) ** 2;
  };
  let length = 1;
  while (length < 2 * bins - 1) length *= 2;
  const real = new Float64Array(length);
  for (let n = 0; n < bins; n++) {
    const tap = (windowed(n) * bent(n)) / length;
    real[n] += tap;
    if (n > 0) real[length - n] += tap;
  }
  transform(real, new Float64Array(length));
  return { bins, length, response: real };
}

/**
 * Filter two rows at once, the one as the real part of the other: as the response is real, they do not mix.
 * @param out receives them, `bins` values each; may be the rows themselves
 */
export function filterPair(
  { bins, length, response }: RowFilter,
  first: ArrayLike<number>,
  second: ArrayLike<number> | undefined,
  out: readonly [Float64Array, Float64Array | undefined],
): void {
  const [real, imaginary] = [new Float64Array(length), new Float64Array(length)];
  real.set(first);
  if (second) imaginary.set(second);
  transform(real, imaginary);
  for (let k = 0; k < length; k++) {
    real[k] *= response[k];
    imaginary[k] *= response[k];
  }
  // back is there with the parts exchanged
  transform(imaginary, real);
  out[0].set(real.subarray(0, bins));
  out[1]?.set(imaginary.subarray(0, bins));
}

/** The discrete Fourier transform in place, of a power of 2 of numbers (Cooley and Tukey 1965), without a factor. */
export function transform(real: Float64Array, imaginary: Float64Array): void {
  const n = real.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [real[i], real[j]] = [real[j], real[i]];
      [imaginary[i], imaginary[j]] = [imaginary[j], imaginary[i]];
    }
  }
  for (let size = 2; size <= n; size *= 2) {
    const half = size / 2;
    for (let k = 0; k < half; k++) {
      const angle = (-2 * Math.PI * k) / size;
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      for (let a = k; a < n; a += size) {
        const b = a + half;
        const re = real[b] * cos - imaginary[b] * sin;
        const im = real[b] * sin + imaginary[b] * cos;
        real[b] = real[a] - re;
        imaginary[b] = imaginary[a] - im;
        real[a] += re;
        imaginary[a] += im;
      }
    }
  }
}
