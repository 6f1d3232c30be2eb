import { type Course, firstLine, isSteep, lastLine, type ScanRays, setCourse } from './scan-rays.js';

/*
 * Line integrals by Joseph's method (see `radonMap`, whose entries these are, computed as they are needed), on plain arrays. An image lies
 * in memory twice, row by row and column by column, so that a ray steps through lines that are whole in memory either way; each line has a
 * zero at either end, for interpolation over the edge.
 */

/** This module, for jobs. */
export const lineKernels = import.meta.url;

/** An image row by row and column by column, lines padded; see `paddedLength`. */
export interface TwoWays {
  readonly byRows: Float64Array;
  readonly byColumns: Float64Array;
}

export interface ProjectArgs {
  readonly rays: ScanRays;
  readonly image: TwoWays;
  /** `[views, bins]`, written. */
  readonly sinogram: Float64Array;
  /** A part is so many views. */
  readonly viewsPerPart: number;
}

export interface BackprojectArgs {
  readonly rays: ScanRays;
  readonly sinogram: Float64Array;
  /** Added to: the parts of the two add up to the image. */
  readonly image: TwoWays;
  /** A part is one of so many bands of rows, or of columns. */
  readonly bands: number;
}

/** Numbers of an image whose lines are padded. Beyond the last line a ray may still read a number, times 0. */
export function paddedLength(lines: number, along: number): number {
  return lines * (along + 2) + 2;
}

/** Some views of the line integrals of an image. */
export function project({ rays, image, sinogram, viewsPerPart }: ProjectArgs, part: number): void {
  const { views, bins, raysPerBin, height, width } = rays;
  const course: Course = { start: 0, slope: 0, weight: 0 };
  for (let view = part * viewsPerPart; view < Math.min(views, (part + 1) * viewsPerPart); view++)
    for (let bin = 0; bin < bins; bin++) {
      const steep = isSteep(rays, view, bin);
      let sum = 0;
      for (let k = bin * raysPerBin; k < (bin + 1) * raysPerBin; k++) {
        setCourse(rays, view, k, steep, course);
        sum += course.weight * (steep ? along(image.byRows, height, width, course) : along(image.byColumns, width, height, course));
      }
      sinogram[view * bins + bin] = sum;
    }
}

/** The transpose of `project` as far as it concerns one band of rows, for steep rays, or of columns, for the others. */
export function backproject({ rays, sinogram, image, bands }: BackprojectArgs, part: number): void {
  const { views, bins, raysPerBin, height, width } = rays;
  const steep = part < bands;
  const [out, lines, length] = steep ? [image.byRows, height, width] : [image.byColumns, width, height];
  const from = Math.floor(((part % bands) * lines) / bands);
  const to = Math.floor((((part % bands) + 1) * lines) / bands);
  const course: Course = { start: 0, slope: 0, weight: 0 };
  for (let view = 0; view < views; view++)
    for (let bin = 0; bin < bins; bin++) {
      const value = sinogram[view * bins + bin];
      if (value === 0 || isSteep(rays, view, bin) !== steep) continue;
      for (let k = bin * raysPerBin; k < (bin + 1) * raysPerBin; k++) {
        setCourse(rays, view, k, steep, course);
        spread(out, from, to, length, course, value * course.weight);
      }
    }
}

/** The line integrals of an image that is 1 everywhere, `[views, bins]`: what does not touch an edge need not be summed. */
export function projectOnes(rays: ScanRays): Float64Array {
  const { views, bins, raysPerBin, height, width } = rays;
  const sinogram = new Float64Array(views * bins);
  const course: Course = { start: 0, slope: 0, weight: 0 };
  for (let view = 0; view < views; view++)
    for (let bin = 0; bin < bins; bin++) {
      const steep = isSteep(rays, view, bin);
      const [lines, length] = steep ? [height, width] : [width, height];
      for (let k = bin * raysPerBin; k < (bin + 1) * raysPerBin; k++) {
        setCourse(rays, view, k, steep, course);
        const { start, slope, weight } = course;
        const [first, last] = [firstLine(course, 0, -1, length), lastLine(course, lines, -1, length)];
        const [inner, outer] = [firstLine(course, first, 0, length - 1), lastLine(course, last + 1, 0, length - 1)];
        const edge = (line: number): number => Math.max(0, Math.min(1, start + line * slope + 1, length - start - line * slope));
        let sum = Math.max(0, outer - inner + 1);
        for (let line = first; line < Math.min(inner, last + 1); line++) sum += edge(line);
        for (let line = Math.max(outer + 1, inner); line <= last; line++) sum += edge(line);
        sinogram[view * bins + bin] += weight * sum;
      }
    }
  return sinogram;
}

/** The sum of what a ray reads of each line, between two neighbours. Two lines at a time: 1.7 times as fast as one. */
function along(image: Float64Array, lines: number, length: number, course: Course): number {
  const stride = length + 2;
  const { slope } = course;
  const start = course.start + 1;
  const last = lastLine(course, lines, -1, length);
  let line = firstLine(course, 0, -1, length);
  let [even, odd] = [0, 0];
  for (let row = line * stride; line < last; line += 2, row += 2 * stride) {
    const at = start + line * slope;
    const j = at | 0;
    const left = image[row + j];
    even += left + (at - j) * (image[row + j + 1] - left);
    const next = at + slope;
    const k = next | 0;
    const other = image[row + stride + k];
    odd += other + (next - k) * (image[row + stride + k + 1] - other);
  }
  if (line === last) {
    const at = start + line * slope;
    const i = line * stride + (at | 0);
    even += image[i] + (at - (at | 0)) * (image[i + 1] - image[i]);
  }
  return even + odd;
}

/** Add a value to what a ray reads of the lines `from` to `to`, shared between two neighbours. */
function spread(image: Float64Array, from: number, to: number, length: number, course: Course, value: number): void {
  const stride = length + 2;
  const { slope } = course;
  const start = course.start + 1;
  const last = lastLine(course, to, -1, length);
  let line = firstLine(course, from, -1, length);
  for (let row = line * stride; line <= last; line++, row += stride) {
    const at = start + line * slope;
    const j = at | 0;
    const right = (at - j) * value;
    image[row + j] += value - right;
    image[row + j + 1] += right;
  }
}
