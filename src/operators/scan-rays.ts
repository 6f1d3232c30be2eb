import { sharedDoubles } from '../runtime/jobs.js';
import { fanAngle, rayOffset, type ScanGeometry } from './geometry.js';

/**
 * The rays of a scan, as tables: ray k of the view at beta is the line `x cos(theta) + y sin(theta) = t[k]`, `theta = beta - gamma[k]`.
 * A bin wider than a pixel is the mean of several rays across it.
 */
export interface ScanRays {
  readonly height: number;
  readonly width: number;
  /** cm */
  readonly pixelSize: number;
  readonly views: number;
  readonly bins: number;
  readonly raysPerBin: number;
  /** Of beta, by view. */
  readonly viewCos: Float64Array;
  readonly viewSin: Float64Array;
  /** Of gamma, by bin and ray within it. */
  readonly rayCos: Float64Array;
  readonly raySin: Float64Array;
  /** cm, by bin and ray within it. */
  readonly t: Float64Array;
  /** Line integrals are multiplied by it. */
  readonly scale: number;
}

export function scanRays(geometry: ScanGeometry, scale = 1): ScanRays {
  const { size, pixelSize, angles, bins } = geometry;
  const raysPerBin = raysAcross(geometry);
  const along = (value: (bin: number) => number): Float64Array => {
    const table = sharedDoubles(bins * raysPerBin);
    for (let k = 0; k < table.length; k++) table[k] = value((k + 0.5) / raysPerBin - 0.5);
    return table;
  };
  const byView = (value: (angle: number) => number): Float64Array => {
    const table = sharedDoubles(angles.length);
    table.set(angles.map(value));
    return table;
  };
  return {
    height: size[0],
    width: size[1],
    pixelSize,
    views: angles.length,
    bins,
    raysPerBin,
    viewCos: byView(Math.cos),
    viewSin: byView(Math.sin),
    rayCos: along((bin) => Math.cos(fanAngle(geometry, bin))),
    raySin: along((bin) => Math.sin(fanAngle(geometry, bin))),
    t: along((bin) => rayOffset(geometry, bin)),
    scale,
  };
}

/** So many that neighbours are no further apart at the axis than pixels: a ray alone would skip some. */
function raysAcross(geometry: ScanGeometry): number {
  const middle = Math.min(Math.max(Math.round(geometry.axis), 0), geometry.bins - 1);
  const width = rayOffset(geometry, middle + 0.5) - rayOffset(geometry, middle - 0.5);
  return Math.max(1, Math.ceil(width / geometry.pixelSize - 1e-9));
}

/** Whether the rays of a bin step through the rows of the image, nearer the vertical, and not through its columns. */
export function isSteep({ viewCos, viewSin, rayCos, raySin, raysPerBin }: ScanRays, view: number, bin: number): boolean {
  const k = bin * raysPerBin + (raysPerBin >> 1);
  const cos = viewCos[view] * rayCos[k] + viewSin[view] * raySin[k];
  const sin = viewSin[view] * rayCos[k] - viewCos[view] * raySin[k];
  return Math.abs(cos) >= Math.abs(sin);
}

/** A ray's course: on line i of those it steps through it is at `start + i slope`, in pixels along the line, each worth `weight` cm. */
export interface Course {
  start: number;
  slope: number;
  weight: number;
}

/** The course of ray k of a view through rows (`steep`) or columns, left in `course`. */
export function setCourse(rays: ScanRays, view: number, k: number, steep: boolean, course: Course): void {
  const { height, width, pixelSize, viewCos, viewSin, rayCos, raySin, t, raysPerBin, scale } = rays;
  const cos = viewCos[view] * rayCos[k] + viewSin[view] * raySin[k];
  const sin = viewSin[view] * rayCos[k] - viewCos[view] * raySin[k];
  // of x cos + y sin = t, with x = (column - middle) pixel, y = (middle - row) pixel
  const [through, along, lines] = steep ? [cos, width, height] : [-sin, height, width];
  const slope = steep ? sin / cos : cos / sin;
  course.slope = slope;
  course.start = (along - 1) / 2 + t[k] / (through * pixelSize) - (slope * (lines - 1)) / 2;
  course.weight = (scale * pixelSize) / Math.abs(through) / raysPerBin;
}

/** The first line from `from` on, where the ray is between the positions `low` and `high` along it; past the last one where it never is. */
export function firstLine({ start, slope }: Course, from: number, low: number, high: number): number {
  if (slope === 0) return start >= low && start <= high ? from : Number.MAX_SAFE_INTEGER;
  return Math.max(from, Math.ceil(((slope > 0 ? low : high) - start) / slope));
}

/** The last line before `to` where it is. */
export function lastLine({ start, slope }: Course, to: number, low: number, high: number): number {
  if (slope === 0) return start >= low && start <= high ? to - 1 : -1;
  return Math.min(to - 1, Math.floor(((slope > 0 ? high : low) - start) / slope));
}
