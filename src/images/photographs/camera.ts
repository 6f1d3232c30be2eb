import type { Random } from '../../tensor/random.js';
import { whiteNoise } from '../phantoms/noise.js';
import type { Film } from './film.js';

/** Steps of the tone curve's table, even in the square root of the light, up to light 4. */
const STEPS = 1024;
const BRIGHTEST = 4;

/**
 * From light to the numbers of a file: point spread of the lens or sharpening, vignette and a gradient of the light, exposure, white
 * balance, tone curve (sRGB with a shoulder), saturation, one picture in eight black and white, sensor noise. In place; planes end up in
 * [-1, 1].
 */
export function develop(film: Film, random: Random): void {
  const { planes, size } = film;
  const sharpness = random.uniform(0.1, 1.7);
  const spare = new Float32Array(size * size);
  for (const plane of planes) focus(plane, spare, size, sharpness);

  const gain = exposure(film, random);
  const warmth = 0.09 * random.normal();
  const tint = 0.04 * random.normal();
  const balance = [Math.exp(warmth), Math.exp(tint), Math.exp(-warmth)];
  const falloff = random.uniform() < 0.5 ? 0 : random.uniform(0, 0.4);
  const [across, down] = [0.14 * random.normal(), 0.14 * random.normal()];
  const curve = toneCurve(random.uniform(0, 0.55), random.uniform(-0.25, 0.6));
  planes.forEach((plane, c) => {
    shade(plane, size, gain * balance[c], falloff, across, down);
    tone(plane, curve);
  });

  colourfulness(planes, random.uniform() < 0.12 ? 0 : Math.exp(random.uniform(-0.5, 0.4)));
  if (random.uniform() < 0.8) {
    const deviation = Math.exp(random.uniform(Math.log(0.001), Math.log(0.014)));
    const coloured = random.uniform() < 0.5 ? 0.6 * deviation : 0;
    const common = whiteNoise(random, size * size);
    for (const plane of planes) {
      addNoise(plane, common, deviation);
      if (coloured > 0) addNoise(plane, whiteNoise(random, size * size), coloured);
    }
  }
  for (const plane of planes) finish(plane);
}

/** Blur by weights 1 2 1 each way: all of it at sharpness 0, none at 1, and beyond that its opposite, as cameras sharpen. */
function focus(plane: Float32Array, across: Float32Array, size: number, sharpness: number): void {
  const last = size - 1;
  for (let start = 0; start < plane.length; start += size) {
    for (let c = 0; c < size; c++)
      across[start + c] = plane[start + Math.max(0, c - 1)] + 2 * plane[start + c] + plane[start + Math.min(last, c + 1)];
  }
  const share = (1 - sharpness) / 16;
  for (let row = 0; row < size; row++) {
    const above = Math.max(0, row - 1) * size;
    const below = Math.min(last, row + 1) * size;
    for (let c = 0, i = row * size; c < size; c++, i++)
      plane[i] = sharpness * plane[i] + share * (across[above + c] + 2 * across[i] + across[below + c]);
  }
}

/** The gain that brings the geometric mean of the light to a middle grey, give or take. */
function exposure({ planes: [r, g, b] }: Film, random: Random): number {
  let total = 0;
  let count = 0;
  // a prime step, so that no pattern of the picture falls in with it
  for (let i = 0; i < r.length; i += 13, count++) total += Math.log(Math.max(0.004, 0.21 * r[i] + 0.72 * g[i] + 0.07 * b[i]));
  return (0.17 * Math.exp(0.38 * random.normal())) / Math.exp(total / count);
}

/** sRGB of light from 0 to {@link BRIGHTEST}; `shoulder` presses highlights together, `contrast` bends the curve about its middle. */
function toneCurve(shoulder: number, contrast: number): Float32Array {
  return Float32Array.from({ length: STEPS + 1 }, (_, k) => {
    let light = BRIGHTEST * (k / STEPS) ** 2;
    const knee = 1 - shoulder;
    if (light > knee && shoulder > 0) light = knee + shoulder * (1 - Math.exp(-(light - knee) / shoulder));
    const value = Math.min(1, light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055);
    return value + contrast * value * (1 - value) * (2 * value - 1);
  });
}

function shade(plane: Float32Array, size: number, gain: number, falloff: number, across: number, down: number): void {
  const scale = 2 / size;
  for (let row = 0, i = 0; row < size; row++) {
    const v = (row + 0.5) * scale - 1;
    const base = 1 + down * v;
    for (let column = 0; column < size; column++, i++) {
      const u = (column + 0.5) * scale - 1;
      plane[i] *= gain * Math.max(0.1, base + across * u) * (1 - 0.5 * falloff * (u * u + v * v));
    }
  }
}

function tone(plane: Float32Array, curve: Float32Array): void {
  const scale = STEPS / Math.sqrt(BRIGHTEST);
  for (let i = 0; i < plane.length; i++) {
    const place = Math.min(STEPS - 1e-3, Math.sqrt(Math.max(0, plane[i])) * scale);
    const k = place | 0;
    plane[i] = curve[k] + (place - k) * (curve[k + 1] - curve[k]);
  }
}

/** Distance from grey times `by`. */
function colourfulness([r, g, b]: Film['planes'], by: number): void {
  for (let i = 0; i < r.length; i++) {
    const grey = (1 - by) * (0.299 * r[i] + 0.587 * g[i] + 0.114 * b[i]);
    r[i] = grey + by * r[i];
    g[i] = grey + by * g[i];
    b[i] = grey + by * b[i];
  }
}

function addNoise(plane: Float32Array, noise: Float32Array, deviation: number): void {
  for (let i = 0; i < plane.length; i++) plane[i] += deviation * noise[i];
}

function finish(plane: Float32Array): void {
  for (let i = 0; i < plane.length; i++) plane[i] = Math.max(-1, Math.min(1, 2 * plane[i] - 1));
}
