import { type Tensor, tensor } from '../tensor/tensor.js';

export type RampWindow = 'ramlak' | 'hann';

/**
 * The ramp filter of filtered backprojection as a Toeplitz matrix `[bins, bins]`: a row of the sinogram times it is the
 * row filtered, `q(n) = d * sum_k h(n - k) p(k)`, in 1/cm for a bin distance d in cm.
 *
 * h is band-limited and built in space (Kak & Slaney, Principles of Computerized Tomographic Imaging, eq. 3.61):
 * `h(0) = 1/(4 d^2)`, `h(n) = -1/(pi n d)^2` for odd n, 0 for even n; sampling |f| itself would lose the mean. The product with the
 * matrix is what an FFT gives of rows padded with zeros to twice their length. The Hann window, `(1 + cos(2 pi f d)) / 2`,
 * is in space the average of h with its neighbours, exactly.
 */
export function rampFilter(bins: number, binSize: number, window: RampWindow = 'ramlak'): Tensor {
  const ramp = (n: number): number => (n === 0 ? 1 / 4 : n % 2 === 0 ? 0 : -1 / (Math.PI * n) ** 2) / binSize;
  const h = window === 'hann' ? (n: number) => ramp(n) / 2 + (ramp(n - 1) + ramp(n + 1)) / 4 : ramp;
  const taps = Float32Array.from({ length: bins }, (_, n) => h(n));
  const matrix = new Float32Array(bins * bins);
  for (let i = 0; i < bins; i++) for (let j = 0; j < bins; j++) matrix[i * bins + j] = taps[Math.abs(i - j)];
  return tensor([bins, bins], matrix);
}
