/** Gaps between neighbouring views on a circle of angles that are equal when they differ by `period`. */
interface Gaps {
  /** Views, by angle. */
  readonly order: readonly number[];
  /** Their angles in [0, period), by view. */
  readonly folded: readonly number[];
  /** From each to the next, in that order. */
  readonly wide: readonly number[];
  /** The same, a missing wedge replaced by a usual gap. */
  readonly counted: readonly number[];
}

/** A whole circle of fans sees each line twice, so a gap in it is a loss sooner than one in a half turn. */
const wedgeOf = (period: number): number => (period > Math.PI ? Math.PI / 18 : Math.PI / 6);

function gapsOf(angles: readonly number[], period: number): Gaps {
  const folded = angles.map((angle) => ((angle % period) + period) % period);
  const order = [...folded.keys()].sort((a, b) => folded[a] - folded[b]);
  const wide = order.map((view, k) =>
    k + 1 < order.length ? folded[order[k + 1]] - folded[view] : folded[order[0]] + period - folded[view],
  );
  const wedge = wedgeOf(period);
  // angles written with few digits, or measured again after a turn, differ by next to nothing: no gap
  const real = wide.filter((gap) => gap > 1e-3 * (period / wide.length));
  const narrow = real.filter((gap) => gap <= wedge);
  const mean = (list: readonly number[]): number => list.reduce((sum, gap) => sum + gap, 0) / list.length; // NaN of none: nothing is a wedge
  const usual = narrow.length > 0 ? mean(narrow) : mean([...real].sort((a, b) => a - b).slice(0, -1));
  return { order, folded, wide, counted: wide.map((gap) => (gap > wedge && gap > 4 * usual ? usual : gap)) };
}

/**
 * The angle, in radians, that each view stands for: half the way to either neighbour, angles being equal that differ by `period`: a half
 * turn of parallel beams, a whole one of fans. They sum to the range covered: to the period when the views go all the way round, however
 * unevenly. A missing wedge (a gap above 30 degrees, of fans 10, and four times the mean of the gaps that are not) counts as one usual gap:
 * giving it to the two views at its border would only draw streaks.
 */
export function angularShares(angles: readonly number[], period = Math.PI): number[] {
  const { order, counted } = gapsOf(angles, period);
  const shares = new Array<number>(angles.length);
  order.forEach((view, k) => {
    shares[view] = (counted[k] + counted[(k + order.length - 1) % order.length]) / 2;
  });
  return shares;
}

/** The part of a turn that views cover. */
export interface AngularRange {
  /** Radians, half a gap before the first view. */
  readonly start: number;
  /** Radians, to half a gap behind the last. */
  readonly range: number;
  /** Whether nothing is missing: then the range is 2 pi. */
  readonly whole: boolean;
}

/** The part of the turn that views cover: all but the widest gap, where that is a missing wedge. */
export function angularRange(angles: readonly number[]): AngularRange {
  const turn = 2 * Math.PI;
  const { order, folded, wide, counted } = gapsOf(angles, turn);
  let widest = -1;
  for (const [k, gap] of wide.entries()) if (counted[k] < gap && !(widest >= 0 && wide[widest] >= gap)) widest = k;
  if (widest < 0) return { start: 0, range: turn, whole: true };
  const next = order[(widest + 1) % order.length];
  return { start: folded[next] - counted[widest] / 2, range: turn - wide[widest] + counted[widest], whole: false };
}
