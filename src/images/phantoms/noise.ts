import type { Random } from '../../tensor/random.js';

/**
 * White noise for pixels, mean 0 and variance 1: sums of four 16-bit uniforms (Irwin-Hall) from a 32-bit xorshift
 * seeded by one draw of `random`. Ten times quicker than counter-based normals, and good enough for texture.
 */
export function whiteNoise(random: Random, length: number): Float32Array {
  const scale = Math.sqrt(3) / 65536;
  const out = new Float32Array(length);
  let state = random.bits() | 1;
  // The first few draws only mix the seed.
  for (let i = -8; i < length; i++) {
    let sum = -131070;
    for (let half = 0; half < 2; half++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      sum += (state & 0xffff) + (state >>> 16);
    }
    if (i >= 0) out[i] = sum * scale;
  }
  return out;
}

/** Smooth periodic noise on a square of `size` pixels: white noise under three box blurs of half-width `radius`, mean 0, variance 1. */
export function smoothNoise(random: Random, size: number, radius: number): Float32Array {
  const half = Math.max(1, Math.min(Math.round(radius), (size - 1) >> 1));
  const field = whiteNoise(random, size * size);
  const other = new Float32Array(size * size);
  for (let pass = 0; pass < 3; pass++) {
    boxBlurRows(field, other, size, half);
    boxBlurColumns(other, field, size, half);
  }
  standardise(field);
  return field;
}

/** Bring a field to mean 0 and variance 1, in place. */
export function standardise(field: Float32Array): void {
  const mean = total(field) / field.length;
  shiftAndScale(field, mean, 1 / Math.sqrt(energy(field) / field.length - mean * mean));
}

// One loop a function, here and below: V8 compiles a function whose first loop is long before it has seen the later ones, and then
// falls back to interpreting them, ten times slower.
function total(field: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < field.length; i++) sum += field[i];
  return sum;
}

function energy(field: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < field.length; i++) sum += field[i] * field[i];
  return sum;
}

function shiftAndScale(field: Float32Array, shift: number, scale: number): void {
  for (let i = 0; i < field.length; i++) field[i] = (field[i] - shift) * scale;
}

/** Running means along rows of a square, periodic, over `half` pixels to each side. */
export function boxBlurRows(from: Float32Array, to: Float32Array, size: number, half: number): void {
  const scale = 1 / (2 * half + 1);
  for (let start = 0; start < from.length; start += size) {
    let sum = 0;
    for (let k = -half; k <= half; k++) sum += from[start + ((k + size) % size)];
    for (let k = 0, enter = half + 1, leave = size - half; k < size; k++, enter++, leave++) {
      to[start + k] = sum * scale;
      if (enter >= size) enter -= size;
      if (leave >= size) leave -= size;
      sum += from[start + enter] - from[start + leave];
    }
  }
}

/** The same along columns, a whole row at a time. */
export function boxBlurColumns(from: Float32Array, to: Float32Array, size: number, half: number): void {
  const scale = 1 / (2 * half + 1);
  const sums = new Float64Array(size);
  for (let k = -half; k <= half; k++) {
    const row = ((k + size) % size) * size;
    for (let c = 0; c < size; c++) sums[c] += from[row + c];
  }
  for (let k = 0; k < size; k++) {
    const enter = ((k + half + 1) % size) * size;
    const leave = ((k - half + size) % size) * size;
    for (let c = 0; c < size; c++) {
      to[k * size + c] = sums[c] * scale;
      sums[c] += from[enter + c] - from[leave + c];
    }
  }
}

/** Gaussian blur in place, standard deviation in pixels, edges repeated: the scanner's point spread. */
export function gaussianBlur(data: Float32Array, size: number, sigma: number): void {
  const half = Math.max(1, Math.ceil(2.5 * sigma));
  const kernel = Float64Array.from({ length: half + 1 }, (_, k) => Math.exp(-0.5 * (k / sigma) ** 2));
  const whole = kernel.reduce((sum, weight, k) => sum + (k === 0 ? 1 : 2) * weight, 0);
  const middle = new Float32Array(data.length);
  for (let k = 0; k <= half; k++) addShiftedRows(data, middle, size, k, kernel[k] / whole);
  data.fill(0);
  for (let k = 0; k <= half; k++) addShiftedColumns(middle, data, size, k, kernel[k] / whole);
}

/** to += weight * (from moved up by k rows + from moved down by k rows), once for k = 0. */
function addShiftedRows(from: Float32Array, to: Float32Array, size: number, k: number, weight: number): void {
  const w = k === 0 ? weight / 2 : weight;
  for (let row = 0; row < size; row++) {
    const above = Math.max(0, row - k) * size;
    const below = Math.min(size - 1, row + k) * size;
    for (let c = 0, i = row * size; c < size; c++, i++) to[i] += w * (from[above + c] + from[below + c]);
  }
}

/** The same along rows. */
function addShiftedColumns(from: Float32Array, to: Float32Array, size: number, k: number, weight: number): void {
  const w = k === 0 ? weight / 2 : weight;
  for (let start = 0; start < from.length; start += size) {
    for (let c = 0; c < size; c++) to[start + c] += w * (from[start + Math.max(0, c - k)] + from[start + Math.min(size - 1, c + k)]);
  }
}
