import { angularRange, angularShares } from './angular-shares.js';
import { fanAngle, rayOffset, type ScanGeometry } from './geometry.js';

/**
 * What line integrals are multiplied by before they are filtered, `[views, bins]`: the angle that the view stands for, the share of the
 * line that this ray has where another measures it as well, and of a fan the cosine of the ray's angle, which makes bins of a fan those
 * of parallel beams (`dt dtheta = R cos(gamma) dgamma dbeta`).
 *
 * Of two rays on one line, both of a whole turn, each has a half, as far as the detector reaches on both sides of the axis: see
 * `sideShare`. Of a fan that turns less, see `parkerWeight`.
 */
export function viewWeights(geometry: ScanGeometry): Float64Array {
  const { angles, bins } = geometry;
  const turn = angularRange(angles);
  const fan = geometry.beam === 'fan';
  const shares = angularShares(angles, fan ? 2 * Math.PI : Math.PI);
  const weights = new Float64Array(angles.length * bins);
  // shares of a half turn are of opposite views together, and count every line once
  const side = Float64Array.from({ length: bins }, (_, bin) => (turn.whole ? sideShare(geometry, bin) : 1 / 2) * (fan ? 1 : 2));
  const gamma = Float64Array.from({ length: bins }, (_, bin) => fanAngle(geometry, bin));
  const cosine = gamma.map((angle) =>
    fan ? (geometry.sourceToAxis * Math.cos(angle)) / (geometry.sourceToDetector * Math.cos(geometry.tilt ?? 0)) : 1,
  );
  for (let view = 0; view < angles.length; view++)
    for (let bin = 0; bin < bins; bin++) {
      const redundancy = fan && !turn.whole ? parkerWeight(sinceStart(angles[view], turn.start), gamma[bin], turn.range) : side[bin];
      weights[view * bins + bin] = shares[view] * redundancy * cosine[bin];
    }
  return weights;
}

/** The angle from the start of a range to another, in [0, 2 pi). */
function sinceStart(angle: number, start: number): number {
  const turn = 2 * Math.PI;
  return (((angle - start) % turn) + turn) % turn;
}

/**
 * The share that a ray of a fan has of its line where the source turns by less than a whole turn (Parker, Med. Phys. 9(2):254, 1982;
 * Kak & Slaney, section 3.5.1, with gamma of the other sign). The line of (beta, gamma) is that of (beta + pi - 2 gamma, -gamma): the
 * two shares sum to 1, and fall smoothly to 0 at the ends of the range. A line that is measured once has it all; where the range is shorter
 * than half a turn and the fan, some are not measured.
 * @param beta from the start of the range, in radians
 * @param range in radians, pi + 2 Gamma: Parker's short scan where Gamma is the fan's half angle, an overscan where it is more
 */
export function parkerWeight(beta: number, gamma: number, range: number): number {
  const half = (range - Math.PI) / 2;
  if (beta < 2 * (half + gamma)) return Math.sin((Math.PI / 4) * (beta / (half + gamma))) ** 2;
  if (beta > Math.PI + 2 * gamma) return Math.sin((Math.PI / 4) * ((range - beta) / (half - gamma))) ** 2;
  return 1;
}

/**
 * The share that a ray of a whole turn has of its line, which is measured again from the other side: a half, if the detector reaches as
 * far on that side of the axis. Beyond the shorter side rays have no second; there the share rises to 1, and falls to 0 at the shorter
 * side's end, smoothly, so that no edge is filtered (Wang, Med. Phys. 29(7):1634, 2002, with a half where that is enough).
 */
export function sideShare(geometry: ScanGeometry, bin: number): number {
  const { short, long, sign } = sides(geometry);
  const t = sign * rayOffset(geometry, bin);
  if (t >= short) return 1;
  const ramp = Math.min(short, long - short);
  const beyond = (Math.abs(t) - (short - ramp)) / ramp;
  if (!(beyond > 0)) return 1 / 2;
  return 1 / 2 + (Math.sign(t) / 2) * Math.sin((Math.PI / 2) * beyond) ** 2;
}

/** How far, in cm from the axis, a detector sees on either side; `sign` is that of t on its longer side. */
function sides(geometry: ScanGeometry): { short: number; long: number; sign: 1 | -1 } {
  const before = -rayOffset(geometry, -0.5);
  const behind = rayOffset(geometry, geometry.bins - 0.5);
  return { short: Math.max(0, Math.min(before, behind)), long: Math.max(before, behind), sign: behind >= before ? 1 : -1 };
}

/**
 * The side of the axis, as the sign of t, on which a detector that was moved aside ends early and loses nothing: views of a whole turn see
 * those lines from the other side. 0 where there is no such side.
 */
export function shortSide(geometry: ScanGeometry): -1 | 0 | 1 {
  const { short, long, sign } = sides(geometry);
  return angularRange(geometry.angles).whole && long - short > 0.05 * long ? (-sign as -1 | 1) : 0;
}
