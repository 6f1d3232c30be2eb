import { Random } from '../../tensor/random.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';

/** Discs of attenuation, in units of a bin. */
const discs = [
  { x: 8, y: -5, radius: 60, mu: 0.02 },
  { x: -20, y: 18, radius: 22, mu: 0.015 },
  { x: 32, y: -22, radius: 9, mu: 0.03 },
  { x: 10, y: 38, radius: 4, mu: -0.02 },
];

export interface DiscScan {
  readonly angles: readonly number[];
  readonly bins: number;
  readonly axis: number;
  /** Of a fan beam, in bins. */
  readonly fan?: { readonly sourceToAxis: number; readonly sourceToDetector: number };
}

/** Line integrals `[views, bins]` of some discs, in closed form: chords. */
export function discIntegrals({ angles, bins, axis, fan }: DiscScan): Tensor {
  const y = tensor([angles.length, bins]);
  for (const [view, angle] of angles.entries())
    for (let bin = 0; bin < bins; bin++)
      for (const { x, y: up, radius, mu } of discs) {
        const gamma = fan ? Math.atan((bin - axis) / fan.sourceToDetector) : 0;
        const from = fan ? fan.sourceToAxis * Math.sin(gamma) : bin - axis;
        const t = from - x * Math.cos(angle - gamma) - up * Math.sin(angle - gamma);
        if (Math.abs(t) < radius) y.data[view * bins + bin] += 2 * mu * Math.sqrt(radius ** 2 - t ** 2);
      }
  return y;
}

/** Views spread over half a turn. */
export function halfTurn(views: number): number[] {
  return Array.from({ length: views }, (_, k) => (k * Math.PI) / views);
}

/**
 * What a detector counts of them: bins of unlike sensitivity, a dark level, photons of Poisson's law.
 * @param photons that an open ray counts
 */
export function countsOf(y: Tensor, { photons, seed, frames = 10 }: { photons: number; seed: number; frames?: number }) {
  const [views, bins] = y.shape;
  const random = new Random(seed);
  const gain = Float64Array.from({ length: bins }, () => 0.5 + random.uniform());
  const dark = 100;
  // a normal variable of the same mean and variance: thousands of photons
  const counted = (share: number) => Math.max(0, share * photons + Math.sqrt(share * photons) * random.normal());
  const frame = (bin: number, share: number) => dark + gain[bin] * counted(share);
  const flats = tensor(
    [frames, bins],
    Float32Array.from({ length: frames * bins }, (_, at) => frame(at % bins, 1)),
  );
  const darks = tensor([3, bins], new Float32Array(3 * bins).fill(dark));
  const projections = tensor(
    [views, bins],
    Float32Array.from(y.data, (value, at) => frame(at % bins, Math.exp(-value))),
  );
  return { projections, flats, darks };
}
