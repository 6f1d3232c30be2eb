import type { Random } from '../../tensor/random.js';

/** Axis-aligned box `[left, top, right, bottom]` in millimetres. */
export type Box = readonly [number, number, number, number];

/**
 * A region of the plane, in millimetres, given by its depth: the signed distance to its boundary, positive inside
 * (near the boundary exact to first order, which is all that soft edges need). Zero or less outside `box`.
 */
export interface Region {
  readonly box: Box;
  /**
   * Depths of the points (x[i], y[i]), from <= i < to, into out[i - from]. By rows, not points: a call a point costs more than the sum
   * itself.
   */
  measure(x: Float32Array, y: Float32Array, from: number, to: number, out: Float32Array): void;
}

/** Run `use` with a row of working memory; nested calls get different rows. */
function withRow(length: number, use: (row: Float32Array) => void): void {
  const row = idle.pop() ?? new Float32Array(1024);
  use(row.length < length ? new Float32Array(length) : row);
  idle.push(row);
}
const idle: Float32Array[] = [];

/** Depths beyond this (mm) are outside every soft edge: no need to look further. */
const FAR = -20;

/** Directions per turn in a star's table; even in the diamond angle, which needs no arctangent. */
const DIRECTIONS = 256;
const THETA = Float64Array.from({ length: DIRECTIONS + 1 }, (_, k) => {
  const t = (4 * k) / DIRECTIONS;
  const q = t % 1;
  const [u, v] = [
    [1 - q, q],
    [-q, 1 - q],
    [q - 1, -q],
    [q, q - 1],
  ][Math.floor(t) % 4];
  const theta = Math.atan2(v, u);
  return theta < 0 ? theta + 2 * Math.PI : theta;
});
/** Angle between the neighbours of each direction. */
const TURN = THETA.map((_, k) => (THETA[(k + 1) % DIRECTIONS] - THETA[(k + DIRECTIONS - 1) % DIRECTIONS] + 2 * Math.PI) % (2 * Math.PI));
const HARMONICS = [2, 3, 4, 5, 7];
const COSINES = [1, ...HARMONICS].map((n) => THETA.map((theta) => Math.cos(n * theta)));
const SINES = [1, ...HARMONICS].map((n) => THETA.map((theta) => Math.sin(n * theta)));

/** Place in a star's table, in [0, DIRECTIONS), of the direction (u, v). */
function diamond(u: number, v: number): number {
  let t = v / (Math.abs(u) + Math.abs(v) + 1e-12);
  if (u < 0) t = 2 - t;
  else if (v < 0) t += 4;
  return Math.min(t * (DIRECTIONS / 4), DIRECTIONS - 1e-6);
}

/** A star-shaped region: a centre, and a radius for every direction (a closed smooth curve around the centre). */
export class Star implements Region {
  readonly box: Box;
  private readonly slant = new Float32Array(DIRECTIONS + 1);

  constructor(
    readonly x: number,
    readonly y: number,
    private readonly radii: Float32Array,
  ) {
    let reach = 0;
    for (let k = 0; k <= DIRECTIONS; k++) {
      const before = (k + DIRECTIONS - 1) % DIRECTIONS;
      const after = (k + 1) % DIRECTIONS;
      const slope = (radii[after] - radii[before]) / (TURN[k] * radii[k] + 1e-9);
      this.slant[k] = 1 / Math.sqrt(1 + slope * slope);
      reach = Math.max(reach, radii[k]);
    }
    this.box = [x - reach, y - reach, x + reach, y + reach];
  }

  measure(x: Float32Array, y: Float32Array, from: number, to: number, out: Float32Array): void {
    const { radii, slant } = this;
    for (let i = from; i < to; i++) {
      const u = x[i] - this.x;
      const v = y[i] - this.y;
      const place = diamond(u, v);
      const k = place | 0;
      const r = radii[k] + (place - k) * (radii[k + 1] - radii[k]);
      out[i - from] = (r - Math.sqrt(u * u + v * v)) * slant[k];
    }
  }

  /** The boundary point in direction `theta` (radians), moved towards the centre by `inside` mm, and the direction of the tangent there. */
  at(theta: number, inside = 0): { x: number; y: number; tangent: number } {
    const point = (angle: number) => {
      const [u, v] = [Math.cos(angle), Math.sin(angle)];
      const r = this.radii[Math.round(diamond(u, v))] - inside;
      return [this.x + r * u, this.y + r * v];
    };
    const [x0, y0] = point(theta - 0.05);
    const [x1, y1] = point(theta + 0.05);
    return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, tangent: Math.atan2(y1 - y0, x1 - x0) };
  }

  /** The star whose boundary lies `thickness(theta)` mm further in (at least a millimetre of radius is left). */
  inset(thickness: number | ((theta: number) => number)): Star {
    const radii = this.radii.map((r, k) =>
      Math.max(1, r - (typeof thickness === 'number' ? thickness : thickness(THETA[k])) / Math.max(0.3, this.slant[k])),
    );
    return new Star(this.x, this.y, radii);
  }
}

/** Shape of an {@link ellipse}: direction of its first axis (radians), unevenness, squareness. */
export interface EllipseOptions {
  angle?: number;
  /** Standard deviation of the log radius, spread over harmonics 2 to 7 with falling weight. */
  wobble?: number;
  /** Exponent of the superellipse: 2 is an ellipse, more is squarer. */
  power?: number;
}

/** An ellipse of semi-axes a, b (mm), its radius perturbed by a random Fourier series: the form of most organs. */
export function ellipse(random: Pick<Random, 'normal'>, x: number, y: number, a: number, b: number, options: EllipseOptions = {}): Star {
  const { angle = 0, wobble = 0.05, power = 2 } = options;
  const [ca, sa] = [Math.cos(angle), Math.sin(angle)];
  const even = wobble > 0 ? HARMONICS.map((n) => (wobble * 1.7 * random.normal()) / n) : [];
  const odd = wobble > 0 ? HARMONICS.map((n) => (wobble * 1.7 * random.normal()) / n) : [];
  const radii = new Float32Array(DIRECTIONS + 1);
  for (let k = 0; k < DIRECTIONS; k++) {
    const [c, s] = [COSINES[0][k], SINES[0][k]];
    const u = Math.abs(c * ca + s * sa) / a;
    const v = Math.abs(s * ca - c * sa) / b;
    const r = power === 2 ? 1 / Math.sqrt(u * u + v * v) : (u ** power + v ** power) ** (-1 / power);
    let log = 0;
    for (let n = 0; n < even.length; n++) log += even[n] * COSINES[n + 1][k] + odd[n] * SINES[n + 1][k];
    radii[k] = log === 0 ? r : r * Math.exp(Math.max(-0.7, Math.min(0.7, log)));
  }
  radii[DIRECTIONS] = radii[0];
  return new Star(x, y, radii);
}

/** A tapered stroke from (x0, y0) to (x1, y1) with radii r0, r1 (mm). */
export class Capsule implements Region {
  readonly box: Box;
  private readonly dx: number;
  private readonly dy: number;
  private readonly scale: number;

  constructor(
    private readonly x0: number,
    private readonly y0: number,
    private readonly r0: number,
    x1: number,
    y1: number,
    private readonly r1: number,
  ) {
    this.dx = x1 - x0;
    this.dy = y1 - y0;
    this.scale = 1 / (this.dx * this.dx + this.dy * this.dy + 1e-9);
    const r = Math.max(r0, r1);
    this.box = [Math.min(x0, x1) - r, Math.min(y0, y1) - r, Math.max(x0, x1) + r, Math.max(y0, y1) + r];
  }

  measure(x: Float32Array, y: Float32Array, from: number, to: number, out: Float32Array): void {
    const { x0, y0, dx, dy, r0, scale } = this;
    const taper = this.r1 - r0;
    for (let i = from; i < to; i++) {
      const u = x[i] - x0;
      const v = y[i] - y0;
      const t = Math.max(0, Math.min(1, (u * dx + v * dy) * scale));
      const p = u - t * dx;
      const q = v - t * dy;
      out[i - from] = r0 + t * taper - Math.sqrt(p * p + q * q);
    }
  }
}

/** Everything on the side of the line through (x, y) that the direction `theta` points to. */
export function halfPlane(x: number, y: number, theta: number): Region {
  const [nx, ny] = [Math.cos(theta), Math.sin(theta)];
  return {
    box: [-Infinity, -Infinity, Infinity, Infinity],
    measure: (px, py, from, to, out) => {
      for (let i = from; i < to; i++) out[i - from] = (px[i] - x) * nx + (py[i] - y) * ny;
    },
  };
}

/** What two regions share. */
export function both(a: Region, b: Region): Region {
  const box: Box = [Math.max(a.box[0], b.box[0]), Math.max(a.box[1], b.box[1]), Math.min(a.box[2], b.box[2]), Math.min(a.box[3], b.box[3])];
  return { box, measure: (x, y, from, to, out) => cut(a, b, 1, x, y, from, to, out) };
}

/** The first region without the second. */
export function minus(a: Region, b: Region): Region {
  return { box: a.box, measure: (x, y, from, to, out) => cut(a, b, -1, x, y, from, to, out) };
}

/** min(a, sign * b), b only where a is not far away. */
function cut(a: Region, b: Region, sign: number, x: Float32Array, y: Float32Array, from: number, to: number, out: Float32Array): void {
  a.measure(x, y, from, to, out);
  let [first, last] = [0, to - from - 1];
  while (first <= last && out[first] < FAR) first++;
  while (last >= first && out[last] < FAR) last--;
  if (first > last) return;
  withRow(last - first + 1, (row) => {
    b.measure(x, y, from + first, from + last + 1, row);
    for (let i = first; i <= last; i++) out[i] = Math.min(out[i], sign * row[i - first]);
  });
}

/** Several regions taken together. */
export function either(...parts: Region[]): Region {
  const edge = (k: number, best: (...v: number[]) => number) => best(...parts.map((part) => part.box[k]));
  return {
    box: [edge(0, Math.min), edge(1, Math.min), edge(2, Math.max), edge(3, Math.max)],
    measure: (x, y, from, to, out) => {
      parts[0].measure(x, y, from, to, out);
      for (let k = 1; k < parts.length; k++) {
        withRow(to - from, (row) => {
          parts[k].measure(x, y, from, to, row);
          for (let i = 0; i < to - from; i++) out[i] = Math.max(out[i], row[i]);
        });
      }
    },
  };
}

/** A chain of strokes through `[x, y, radius]` points, as one region. */
export function chain(points: ReadonlyArray<readonly [number, number, number]>): Region {
  return either(...points.slice(1).map((p, k) => new Capsule(points[k][0], points[k][1], points[k][2], p[0], p[1], p[2])));
}

/** The region's inner part, `thickness` mm or more from its boundary; negative thickness makes it larger. */
export function core(region: Region, thickness: number): Region {
  const [left, top, right, bottom] = region.box;
  const grow = Math.max(0, -thickness);
  return {
    box: [left - grow, top - grow, right + grow, bottom + grow],
    measure: (x, y, from, to, out) => {
      region.measure(x, y, from, to, out);
      for (let i = 0; i < to - from; i++) out[i] -= thickness;
    },
  };
}
