import { UserError } from '../tensor/errors.js';
import { formatShape, type Tensor, tensor } from '../tensor/tensor.js';
import { median } from './median.js';

/** What a detector counted in one of its rows. */
export interface Counts {
  /** `[views, bins]` with the object in the beam. */
  readonly projections: Tensor;
  /** `[frames, bins]` of the open beam. */
  readonly flats: Tensor;
  /** `[frames, bins]` without a beam; where absent, the detector reads nothing then. */
  readonly darks?: Tensor;
}

/** Shares of the light that came through. */
export interface Transmissions {
  /** `[views, bins]`, above zero; those of dead bins are NaN. */
  readonly light: Tensor;
  /** Bins that tell nothing: 1. */
  readonly dead: Uint8Array;
  /** Rays of living bins that counted no more than the dark: what is put there is the least that any ray counted. */
  readonly empty: number;
  /** Photons that an open ray counts, from the scatter of the flats; undefined of fewer than five frames, or of flats without scatter. */
  readonly photons?: number;
}

/** A bin whose open beam is below this share of its neighbours' is dead; one above its inverse is hot. */
const FAINT = 0.25;
/** Bins on either side that are its neighbours. */
const NEIGHBOURS = 8;
/** Frames that a scatter is told from. */
const ENOUGH_FRAMES = 5;

/**
 * `(projections - dark) / (flat - dark)`, flats and darks averaged (Beer and Lambert's law is their logarithm).
 * @throws UserError when the three are not of one detector, hold numbers that are none, or no bin sees the beam
 */
export function transmissions({ projections, flats, darks }: Counts): Transmissions {
  const [views, bins] = projections.shape;
  for (const [what, frames] of Object.entries({ flats, darks }))
    if (frames !== undefined && (frames.shape.length !== 2 || frames.shape[1] !== bins || frames.shape[0] < 1))
      throw new UserError(
        `The ${what} have shape ${formatShape(frames.shape)}, and the projections ${bins} bins: they are not of one detector. Give ${what} of [frames, ${bins}].`,
      );
  const flat = meanOf(flats);
  const dark = darks === undefined ? new Float64Array(bins) : meanOf(darks);
  const open = flat.map((value, bin) => value - dark[bin]);
  const dead = deadBins(open, projections);
  if (dead.every((flag) => flag === 1))
    throw new UserError(
      `The open beam is no brighter than the dark in any bin: flats and darks are exchanged, or empty. Their means are ${mean(flat).toPrecision(3)} and ${mean(dark).toPrecision(3)}.`,
    );
  const light = tensor([views, bins]);
  let least = Number.POSITIVE_INFINITY;
  for (let at = 0; at < light.data.length; at++) {
    const bin = at % bins;
    light.data[at] = dead[bin] ? Number.NaN : (projections.data[at] - dark[bin]) / open[bin];
    if (light.data[at] > 0) least = Math.min(least, light.data[at]);
  }
  let empty = 0;
  for (let at = 0; at < light.data.length; at++) {
    if (!(light.data[at] <= 0)) continue;
    light.data[at] = least;
    empty++;
  }
  return { light, dead, empty, photons: photonsOf(flats, flat, dark, dead) };
}

/** Bins whose open beam is far from their neighbours', or which show the same in every view. */
function deadBins(open: Float64Array, projections: Tensor): Uint8Array {
  const [views, bins] = projections.shape;
  const dead = new Uint8Array(bins);
  for (let bin = 0; bin < bins; bin++) {
    const near = [...open.subarray(Math.max(0, bin - NEIGHBOURS), bin + NEIGHBOURS + 1)].sort((a, b) => a - b);
    const usual = near[near.length >> 1];
    let [moves, finite] = [views === 1, true];
    for (let view = 0; view < views; view++) {
      const value = projections.data[view * bins + bin];
      if (!Number.isFinite(value)) finite = false;
      if (value !== projections.data[bin]) moves = true;
    }
    if (!(open[bin] > 0 && open[bin] > FAINT * usual && open[bin] < usual / FAINT) || !moves || !finite) dead[bin] = 1;
  }
  return dead;
}

/** Poisson's law: the mean is the variance, whatever the gain, so `photons = mean^2 / variance`; the median over the bins. */
function photonsOf(flats: Tensor, flat: Float64Array, dark: Float64Array, dead: Uint8Array): number | undefined {
  const [frames, bins] = flats.shape;
  if (frames < ENOUGH_FRAMES) return undefined;
  // the beam's own flicker, the same in all bins, is not the photons'
  const brightness = Array.from({ length: frames }, (_, k) => mean(flats.data.subarray(k * bins, (k + 1) * bins)));
  const usual = mean(brightness);
  const found: number[] = [];
  for (let bin = 0; bin < bins; bin++) {
    if (dead[bin]) continue;
    let squares = 0;
    for (let k = 0; k < frames; k++) squares += ((flats.data[k * bins + bin] * usual) / brightness[k] - flat[bin]) ** 2;
    const variance = squares / (frames - 1);
    if (variance > 0) found.push((flat[bin] - dark[bin]) ** 2 / variance);
  }
  return found.length === 0 ? undefined : median(found);
}

/** Fill what dead bins would have shown, between their nearest living neighbours of the same view. */
export function fillDead({ light, dead }: Pick<Transmissions, 'light' | 'dead'>): Tensor {
  const [views, bins] = light.shape;
  const living = [...dead.keys()].filter((bin) => dead[bin] === 0);
  const data = Float32Array.from(light.data);
  for (const bin of dead.keys()) {
    if (dead[bin] === 0) continue;
    const before = living.findLast((other) => other < bin) ?? living.find((other) => other > bin)!;
    const after = living.find((other) => other > bin) ?? before;
    const share = after === before ? 0 : (bin - before) / (after - before);
    for (let view = 0; view < views; view++)
      data[view * bins + bin] = (1 - share) * data[view * bins + before] + share * data[view * bins + after];
  }
  return tensor(light.shape, data);
}

/**
 * Each view divided by the straight line through the means of its first and last `air` bins, where nothing was in the beam: a beam whose
 * brightness drifts.
 */
export function levelAir(light: Tensor, air: number): Tensor {
  const [views, bins] = light.shape;
  if (air < 1 || 2 * air > bins)
    throw new UserError(`The air at the ends of a detector of ${bins} bins is 1 to ${bins >> 1} bins wide; got ${air}.`);
  const data = Float32Array.from(light.data);
  for (let view = 0; view < views; view++) {
    const row = data.subarray(view * bins, (view + 1) * bins);
    const [left, right] = [mean(row.subarray(0, air)), mean(row.subarray(bins - air))];
    for (let bin = 0; bin < bins; bin++) {
      const along = Math.min(1, Math.max(0, (bin - (air - 1) / 2) / (bins - air)));
      row[bin] /= (1 - along) * left + along * right;
    }
  }
  return tensor(light.shape, data);
}

/** `-log` of the mean of every `by` bins: `[views, floor(bins / by)]`. Light is averaged, not its logarithm, as a wider bin would have. */
export function lineIntegrals(light: Tensor, by = 1): Tensor {
  const [views, bins] = light.shape;
  const width = Math.floor(bins / by);
  const y = tensor([views, width]);
  for (let view = 0; view < views; view++)
    for (let j = 0; j < width; j++) {
      const start = view * bins + j * by;
      y.data[view * width + j] = -Math.log(mean(light.data.subarray(start, start + by)));
    }
  return y;
}

/** The means of every `by` bins of line integrals. */
export function binLineIntegrals(y: Tensor, by: number): Tensor {
  const [views, bins] = y.shape;
  const width = Math.floor(bins / by);
  return tensor(
    [views, width],
    Float32Array.from({ length: views * width }, (_, at) => {
      const start = Math.floor(at / width) * bins + (at % width) * by;
      return mean(y.data.subarray(start, start + by));
    }),
  );
}

function meanOf(frames: Tensor): Float64Array {
  const [count, bins] = frames.shape;
  const sum = new Float64Array(bins);
  for (let at = 0; at < frames.data.length; at++) sum[at % bins] += frames.data[at] / count;
  return sum;
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}
