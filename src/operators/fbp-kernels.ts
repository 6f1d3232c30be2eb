import { filterPair, type RowFilter } from './ramp-filter.js';

/** This module, for jobs. */
export const fbpKernels = import.meta.url;

/** Pairs of rows of a part. */
export const PAIRS_PER_PART = 16;

export interface FilterArgs {
  readonly filter: RowFilter;
  readonly views: number;
  /** `[views, bins]` */
  readonly weights: Float64Array;
  readonly sinogram: Float64Array;
  /** `[views, bins + 2]`, written: filtered rows with a zero at either end. */
  readonly filtered: Float64Array;
}

/** Where a pixel falls on a detector: what a fan is, if it is one. */
export interface Detector {
  readonly shape: 'parallel' | 'flat' | 'arc';
  /** cm; 0 of parallel beams */
  readonly sourceToAxis: number;
  readonly sourceToDetector: number;
  readonly tilt: number;
  readonly axis: number;
  readonly binSize: number;
}

export interface BackprojectFilteredArgs {
  readonly detector: Detector;
  readonly bins: number;
  readonly filtered: Float64Array;
  readonly viewCos: Float64Array;
  readonly viewSin: Float64Array;
  readonly height: number;
  readonly width: number;
  readonly pixelSize: number;
  /** `[height, width]`, written. */
  readonly image: Float64Array;
  /** A part is so many rows of the image. */
  readonly rowsPerPart: number;
}

/** Weigh and filter some rows. */
export function filterRows({ filter, views, weights, sinogram, filtered }: FilterArgs, part: number): void {
  const { bins } = filter;
  const weighted = (view: number): Float64Array => {
    const row = new Float64Array(bins);
    for (let bin = 0, at = view * bins; bin < bins; bin++, at++) row[bin] = weights[at] * sinogram[at];
    return row;
  };
  const target = (view: number): Float64Array => filtered.subarray(view * (bins + 2) + 1, (view + 1) * (bins + 2) - 1);
  const from = 2 * PAIRS_PER_PART * part;
  for (let view = from; view < Math.min(views, from + 2 * PAIRS_PER_PART); view += 2) {
    if (view + 1 < views) filterPair(filter, weighted(view), weighted(view + 1), [target(view), target(view + 1)]);
    else filterPair(filter, weighted(view), undefined, [target(view), undefined]);
  }
}

/**
 * Backproject into some rows of an image: each pixel reads every view at its own place on the detector, between two bins, times the square
 * of its magnification there. Pixels a view does not see get nothing from it.
 */
export function backprojectFiltered(args: BackprojectFilteredArgs, part: number): void {
  const { detector, bins, filtered, viewCos, viewSin, height, width, pixelSize, image, rowsPerPart } = args;
  const { shape, sourceToAxis, sourceToDetector, tilt, axis, binSize } = detector;
  const [tiltCos, tiltSin] = [Math.cos(tilt), Math.sin(tilt)];
  const lastRow = Math.min(height, (part + 1) * rowsPerPart);
  for (let view = 0; view < viewCos.length; view++) {
    const [cos, sin] = [viewCos[view] * pixelSize, viewSin[view] * pixelSize];
    const row = view * (bins + 2) + 1;
    for (let i = part * rowsPerPart; i < lastRow; i++) {
      const y = (height - 1) / 2 - i;
      let x = -(width - 1) / 2;
      for (let pixel = i * width; pixel < (i + 1) * width; pixel++, x++) {
        const across = x * cos + y * sin;
        let at = axis;
        let magnification = 1;
        if (shape === 'parallel') at += across / binSize;
        else {
          const depth = sourceToAxis - x * sin + y * cos;
          if (shape === 'arc') {
            at += (Math.atan(across / depth) * sourceToDetector) / binSize;
            magnification = (sourceToDetector * sourceToDetector) / (across * across + depth * depth);
          } else {
            const s = (across * sourceToDetector) / (depth * tiltCos - across * tiltSin);
            at += s / binSize;
            magnification = ((sourceToDetector + s * tiltSin) / depth) ** 2;
          }
        }
        if (!(at > -1 && at < bins)) continue;
        const bin = Math.floor(at);
        const left = filtered[row + bin];
        image[pixel] += magnification * (left + (at - bin) * (filtered[row + bin + 1] - left));
      }
    }
  }
}
