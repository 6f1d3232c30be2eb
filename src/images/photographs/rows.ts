/*
 * Arithmetic on rows of pixels for `Film`. Short loops, each a function of its own: see `phantoms/noise.ts`.
 */

/** Coordinates of `count` points from `start` on, less `by`. */
export function shifted(from: Float32Array, start: number, count: number, by: number, to: Float32Array): void {
  for (let i = 0; i < count; i++) to[i] = from[start + i] - by;
}

/** Depths no deeper than bounds. */
export function limit(depths: Float32Array, bounds: Float32Array, count: number): void {
  for (let i = 0; i < count; i++) if (bounds[i] < depths[i]) depths[i] = bounds[i];
}

/** Depths to the share that is covered: an edge `soft` pixels wide, smooth, times opacity. In place. */
export function covered(depths: Float32Array, count: number, soft: number, opacity: number): void {
  const scale = 1 / soft;
  for (let i = 0; i < count; i++) {
    const t = Math.max(0, Math.min(1, 0.5 + depths[i] * scale));
    depths[i] = opacity * t * t * (3 - 2 * t);
  }
}

/** Values times a number, in place. */
export function scaled(values: Float32Array, by: number, count: number): void {
  for (let i = 0; i < count; i++) values[i] *= by;
}

/** Values times others, none of them negative, in place. */
export function multiplied(values: Float32Array, by: Float32Array, count: number): void {
  for (let i = 0; i < count; i++) values[i] *= Math.max(0, by[i]);
}

/** Values by the share `amount` larger at the edge, less and less to the depth `width`. */
export function addRim(values: Float32Array, depths: Float32Array, count: number, width: number, amount: number): void {
  for (let i = 0; i < count; i++) {
    const t = 1 - depths[i] / width;
    if (t > 0) values[i] *= 1 + amount * Math.min(1, t);
  }
}

/** One colour channel of a surface laid over a row of a plane. */
export function laidPlain(
  plane: Float32Array,
  start: number,
  count: number,
  cover: Float32Array,
  bright: Float32Array,
  base: number,
): void {
  for (let i = 0; i < count; i++) plane[start + i] += cover[i] * (base * bright[i] - plane[start + i]);
}

/** The same for a surface of two colours with highlights. */
export function laid(
  plane: Float32Array,
  start: number,
  count: number,
  cover: Float32Array,
  bright: Float32Array,
  mix: Float32Array,
  shine: Float32Array,
  base: number,
  change: number,
): void {
  for (let i = 0; i < count; i++) {
    const value = (base + mix[i] * change) * bright[i] + shine[i];
    plane[start + i] += cover[i] * (value - plane[start + i]);
  }
}

/** What is left of light where `cover` is taken. */
export function darkened(plane: Float32Array, start: number, count: number, cover: Float32Array): void {
  for (let i = 0; i < count; i++) plane[start + i] *= 1 - cover[i];
}

/** Light added by the share of cover. */
export function added(plane: Float32Array, start: number, count: number, cover: Float32Array, value: number): void {
  for (let i = 0; i < count; i++) plane[start + i] += cover[i] * value;
}

/** Running means along rows, the ends repeated. */
export function meanOfRows(from: Float32Array, to: Float32Array, size: number, half: number): void {
  const scale = 1 / (2 * half + 1);
  const last = size - 1;
  for (let start = 0; start < from.length; start += size) {
    let sum = 0;
    for (let k = -half; k <= half; k++) sum += from[start + Math.max(0, Math.min(last, k))];
    for (let k = 0; k < size; k++) {
      to[start + k] = sum * scale;
      sum += from[start + Math.min(last, k + half + 1)] - from[start + Math.max(0, k - half)];
    }
  }
}

/** The same along columns, a whole row at a time. */
export function meanOfColumns(from: Float32Array, to: Float32Array, size: number, half: number): void {
  const scale = 1 / (2 * half + 1);
  const last = size - 1;
  const sums = new Float64Array(size);
  for (let k = -half; k <= half; k++) {
    const row = Math.max(0, Math.min(last, k)) * size;
    for (let c = 0; c < size; c++) sums[c] += from[row + c];
  }
  for (let k = 0; k < size; k++) {
    const enter = Math.min(last, k + half + 1) * size;
    const leave = Math.max(0, k - half) * size;
    for (let c = 0; c < size; c++) {
      to[k * size + c] = sums[c] * scale;
      sums[c] += from[enter + c] - from[leave + c];
    }
  }
}
