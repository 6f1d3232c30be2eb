import type { Random } from '../../tensor/random.js';
import { smoothNoise } from './noise.js';
import { Capsule, core, type Region } from './regions.js';

/** What fills a region: mean value (HU / 1000) and standard deviations of its texture at three grain sizes. */
export interface Tissue {
  readonly mean: number;
  /** Mottle of about a tenth, a thirtieth and a hundredth of the field of view. */
  readonly coarse?: number;
  readonly medium?: number;
  readonly fine?: number;
}

/** How a region is laid down: `soft` edge width (mm, partial volume), `opacity`, and the frame it is drawn in. */
export interface PaintOptions {
  soft?: number;
  opacity?: number;
  /** Nothing is laid outside this region, whose own edge stays sharp. */
  within?: Region;
  /** `scanner`: not bent with the body (tables, holders). */
  frame?: 'body' | 'scanner';
}

/** Where the body lies in the picture: millimetres across, shift in mm, rotation in radians, mirror images. */
export interface Placement {
  fieldOfView: number;
  shiftX: number;
  shiftY: number;
  rotation: number;
  mirrorX: boolean;
  mirrorY: boolean;
  /** Size in mm of the smooth random bending of everything in the body. */
  bend: number;
}

/**
 * A square picture being painted, pixel by pixel, in body coordinates: millimetres, x to the right, y down, the origin
 * in the body's middle. Values are HU / 1000, starting as air (-1). Painting is from back to front.
 */
export class Canvas {
  readonly data: Float32Array;
  /** Side of a pixel in millimetres. */
  readonly pixel: number;
  private readonly flatX: Float32Array;
  private readonly flatY: Float32Array;
  private readonly bentX: Float32Array;
  private readonly bentY: Float32Array;
  /** Largest change of the bending from one pixel to the next, and largest bending, in mm. */
  private steep = 0;
  private reach = 0;
  private readonly cosine: number;
  private readonly sine: number;
  private readonly coarse: Float32Array;
  private readonly medium: Float32Array;
  private readonly fine: Float32Array;
  private readonly depths: Float32Array;
  private readonly bounds: Float32Array;

  constructor(
    private readonly random: Random,
    readonly size: number,
    private readonly place: Placement,
  ) {
    const n = size * size;
    this.cosine = Math.cos(place.rotation);
    this.sine = Math.sin(place.rotation);
    this.data = new Float32Array(n).fill(-1);
    this.pixel = place.fieldOfView / size;
    this.coarse = smoothNoise(random, size, size / 28);
    this.medium = smoothNoise(random, size, size / 90);
    this.fine = smoothNoise(random, size, size / 300);
    this.depths = new Float32Array(size);
    this.bounds = new Float32Array(size);
    this.flatX = new Float32Array(n);
    this.flatY = new Float32Array(n);
    this.bentX = new Float32Array(n);
    this.bentY = new Float32Array(n);
    this.bend();
  }

  /** Body coordinates of every pixel, straight and smoothly bent. */
  private bend(): void {
    const { size, pixel, place, cosine, sine, flatX, flatY, bentX, bentY } = this;
    const bending = smoothNoise(this.random, size, size / 14);
    const n = size * size;
    const shift = this.random.integer(n);
    for (let row = 0, i = 0; row < size; row++) {
      const v = (row + 0.5 - size / 2) * pixel - place.shiftY;
      for (let column = 0; column < size; column++, i++) {
        const u = (column + 0.5 - size / 2) * pixel - place.shiftX;
        flatX[i] = (place.mirrorX ? -1 : 1) * (u * cosine + v * sine);
        flatY[i] = (place.mirrorY ? -1 : 1) * (v * cosine - u * sine);
        const bent = place.bend * bending[i];
        bentX[i] = flatX[i] + bent;
        bentY[i] = flatY[i] + place.bend * bending[i + shift < n ? i + shift : i + shift - n];
        this.reach = Math.max(this.reach, Math.abs(bent));
        if (row > 0 && column > 0)
          this.steep = Math.max(this.steep, Math.abs(bent - place.bend * bending[i - 1]), Math.abs(bent - place.bend * bending[i - size]));
      }
    }
  }

  /** Pixel columns and rows `[left, top, right, bottom]` (ends included) that can hold any of the region, `margin` mm around it. */
  private pixels(region: Region, margin: number, bent: boolean): [number, number, number, number] {
    const { size, pixel, cosine, sine, flatX, flatY, bentX, bentY } = this;
    const { shiftX, shiftY, mirrorX, mirrorY, fieldOfView } = this.place;
    const far = 2 * fieldOfView;
    const [x0, y0, x1, y1] = region.box.map((edge) => Math.max(-far, Math.min(far, edge)));
    const mx = (mirrorX ? -1 : 1) * ((x0 + x1) / 2);
    const my = (mirrorY ? -1 : 1) * ((y0 + y1) / 2);
    let column = (mx * cosine - my * sine + shiftX) / pixel + size / 2;
    let row = (mx * sine + my * cosine + shiftY) / pixel + size / 2;
    const [c, s] = [Math.abs(cosine) / pixel, Math.abs(sine) / pixel];
    let halfWidth = ((x1 - x0) * c + (y1 - y0) * s) / 2 + margin / pixel + 1;
    let halfHeight = ((x1 - x0) * s + (y1 - y0) * c) / 2 + margin / pixel + 1;
    if (bent) {
      // Small things move as a whole by the bending at their place; large ones are given room for all of it.
      const wide = (2 * this.reach) / pixel + 1;
      const [nearColumn, nearRow] = [Math.round(column), Math.round(row)];
      const slack = (this.steep * 1.5 * (halfWidth + halfHeight + wide)) / pixel;
      if (slack < wide && nearColumn >= 0 && nearColumn < size && nearRow >= 0 && nearRow < size) {
        const i = nearRow * size + nearColumn;
        const dx = (mirrorX ? -1 : 1) * (bentX[i] - flatX[i]);
        const dy = (mirrorY ? -1 : 1) * (bentY[i] - flatY[i]);
        column -= (dx * cosine - dy * sine) / pixel;
        row -= (dx * sine + dy * cosine) / pixel;
        halfWidth += slack;
        halfHeight += slack;
      } else {
        halfWidth += wide;
        halfHeight += wide;
      }
    }
    const last = size - 1;
    return [
      Math.max(0, Math.floor(column - halfWidth)),
      Math.max(0, Math.floor(row - halfHeight)),
      Math.min(last, Math.ceil(column + halfWidth)),
      Math.min(last, Math.ceil(row + halfHeight)),
    ];
  }

  /** Lay a tissue over what is there, with an edge one pixel (or `soft` mm) wide. */
  paint(region: Region, tissue: Tissue, options: PaintOptions = {}): void {
    const { soft = 0, opacity = 1, frame = 'body', within } = options;
    const { size, pixel, data, coarse, medium, fine, depths, bounds } = this;
    const [x, y] = frame === 'body' ? [this.bentX, this.bentY] : [this.flatX, this.flatY];
    const width = Math.max(this.pixel, soft);
    const [left, top, right, bottom] = this.pixels(region, width / 2, frame === 'body');
    const { mean, coarse: c = 0, medium: m = 0, fine: f = 0 } = tissue;
    const textured = c !== 0 || m !== 0 || f !== 0;
    const shift = textured ? this.random.integer(size * size) : 0;
    if (left > right) return;
    for (let row = top; row <= bottom; row++) {
      const start = row * size + left;
      const end = row * size + right + 1;
      region.measure(x, y, start, end, depths);
      let [first, last] = [start, end - 1];
      while (first <= last && depths[first - start] <= -width / 2) first++;
      while (last >= first && depths[last - start] <= -width / 2) last--;
      if (first > last) continue;
      if (within) within.measure(x, y, first, last + 1, bounds);
      for (let i = first; i <= last; i++) {
        let cover = 0.5 + depths[i - start] / width;
        if (cover <= 0) continue;
        cover = cover >= 1 ? opacity : opacity * cover * cover * (3 - 2 * cover);
        if (within) cover *= Math.max(0, Math.min(1, 0.5 + bounds[i - first] / pixel));
        let value = mean;
        if (textured) {
          const j = i + shift < size * size ? i + shift : i + shift - size * size;
          value += c * coarse[j] + m * medium[j] + f * fine[j];
        }
        data[i] += cover * (value - data[i]);
      }
    }
  }

  /** A chain of strokes through `[x, y, radius]` points. */
  line(points: ReadonlyArray<readonly [number, number, number]>, tissue: Tissue, options: PaintOptions = {}): void {
    for (let k = 1; k < points.length; k++) {
      const [a, b] = [points[k - 1], points[k]];
      this.paint(new Capsule(a[0], a[1], a[2], b[0], b[1], b[2]), tissue, options);
    }
  }

  /** Bone: a dense shell `thickness` mm wide around a spongy core with trabecular grain. */
  bone(region: Region, thickness: number, cortex: number, spongy: number, within?: Region): void {
    this.paint(region, { mean: cortex, fine: 0.04 }, { within });
    this.paint(core(region, thickness), { mean: spongy, medium: 0.04, fine: 0.06 }, { soft: thickness, within });
  }
}
