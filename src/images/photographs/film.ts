import type { Region } from '../phantoms/regions.js';
import type { Colour } from './colours.js';
import { highlights, type Light, lambert, mirror, type Relief } from './reliefs.js';
import {
  added,
  addRim,
  covered,
  darkened,
  laid,
  laidPlain,
  limit,
  meanOfColumns,
  meanOfRows,
  multiplied,
  scaled,
  shifted,
} from './rows.js';
import type { Texture } from './textures.js';

/** What a surface looks like wherever it is cut out. */
export interface Look {
  readonly base: Colour;
  /** The colour where `pattern` is 1. */
  readonly accent?: Colour;
  readonly pattern?: Texture;
  /** Relative brightness, mean 0. */
  readonly grain?: Texture;
  /** Strength and sharpness (exponent 2^polish) of highlights. */
  readonly gloss?: number;
  readonly polish?: number;
  /** Brightness of what the surface mirrors, see {@link mirror}. */
  readonly mirror?: Float32Array;
}

/** How a region is laid down. Lengths in pixels. */
export interface PaintOptions {
  /** Width of the edge: 1 is sharp, more is out of focus. */
  soft?: number;
  opacity?: number;
  /** Nothing is laid outside this region. */
  within?: Region;
  relief?: Relief;
  /** The outermost `width` pixels become brighter by the share `amount` at the edge (darker where negative). */
  rim?: { width: number; amount: number };
  /** Times this bright. */
  exposure?: number;
  /** Where the look's textures begin. */
  shift?: readonly [number, number];
}

/**
 * A square picture in linear light, painted from back to front. Coordinates in pixels, x to the right, y down; `unit` is the
 * 256th part of the side, so that a scene looks alike at any size.
 */
export class Film {
  /** Red, green, blue. */
  readonly planes: readonly [Float32Array, Float32Array, Float32Array];
  readonly unit: number;
  /** Centres of the pixels. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  private readonly rows: readonly Float32Array[];

  constructor(
    readonly size: number,
    readonly light: Light,
  ) {
    const n = size * size;
    this.unit = size / 256;
    this.planes = [new Float32Array(n), new Float32Array(n), new Float32Array(n)];
    const { x, y } = centres(size);
    this.x = x;
    this.y = y;
    this.rows = Array.from({ length: 7 }, () => new Float32Array(size));
  }

  /** Lay a look over what is there. */
  paint(region: Region, look: Look, options: PaintOptions = {}): void {
    const { size, x, y, rows, light } = this;
    const { soft = 1, opacity = 1, within, relief, rim, exposure = 1, shift: [dx, dy] = [0, 0] } = options;
    const [cover, mix, bright, shine, nx, ny, bounds] = rows;
    const { base, accent = base, pattern, grain, gloss = 0, polish = 4 } = look;
    this.scan(region, soft, (row, first, count) => {
      const start = row * size + first;
      if (within) {
        within.measure(x, y, start, start + count, bounds);
        limit(cover, bounds, count);
      }
      bright.fill(exposure, 0, count);
      shine.fill(0, 0, count);
      if (relief) {
        relief.normals(x, y, start, start + count, nx, ny);
        lambert(light, nx, ny, count, bright);
        if (look.mirror) mirror(look.mirror, nx, ny, count, bright);
        if (gloss > 0) highlights(light, nx, ny, count, gloss, polish, shine);
        if (exposure !== 1) scaled(bright, exposure, count);
      }
      if (rim) addRim(bright, cover, count, rim.width, rim.amount);
      if (grain) {
        mix.fill(1, 0, count);
        grain.add(first + dx, row + dy, count, mix);
        multiplied(bright, mix, count);
      }
      covered(cover, count, soft, opacity);
      if (!pattern && gloss === 0) {
        for (let c = 0; c < 3; c++) laidPlain(this.planes[c], start, count, cover, bright, base[c]);
        return;
      }
      mix.fill(0, 0, count);
      pattern?.add(first + dx, row + dy, count, mix);
      for (let c = 0; c < 3; c++) laid(this.planes[c], start, count, cover, bright, mix, shine, base[c], accent[c] - base[c]);
    });
  }

  /** Darken by the share `strength` what lies where a region would be if it were (dx, dy) further on, over an edge `soft` pixels wide. */
  shadow(region: Region, dx: number, dy: number, soft: number, strength: number): void {
    const [cover] = this.rows;
    const darken = (row: number, first: number, count: number) => {
      covered(cover, count, soft, strength);
      const start = row * this.size + first;
      for (const plane of this.planes) darkened(plane, start, count, cover);
    };
    this.scan(region, soft, darken, dx, dy);
  }

  /** Add light around a point: a disc of radius r out of focus, or with `soft` as wide as 2 r a glow. */
  glow(region: Region, colour: Colour, soft: number): void {
    const [cover] = this.rows;
    this.scan(region, soft, (row, first, count) => {
      covered(cover, count, soft, 1);
      const start = row * this.size + first;
      for (let c = 0; c < 3; c++) added(this.planes[c], start, count, cover, colour[c]);
    });
  }

  /** Hair, grass, wire: a straight stroke from (x0, y0) to (x1, y1), half widths r0 and r1, turning from one colour into another. */
  stroke(x0: number, y0: number, r0: number, x1: number, y1: number, r1: number, from: Colour, to: Colour, opacity = 1): void {
    const { size } = this;
    const [red, green, blue] = this.planes;
    const reach = Math.max(r0, r1, 0.5) + 0.5;
    const [dx, dy] = [x1 - x0, y1 - y0];
    const square = dx * dx + dy * dy + 1e-9;
    const inverse = 1 / square;
    const top = Math.max(0, Math.floor(Math.min(y0, y1) - reach));
    const bottom = Math.min(size - 1, Math.floor(Math.max(y0, y1) + reach));
    const [low, high] = [Math.min(x0, x1) - reach, Math.max(x0, x1) + reach];
    // the row's part of the band around the line, for steep strokes much narrower than the box
    const slope = Math.abs(dy) > 1e-6 ? dx / dy : 0;
    const half = Math.abs(dy) > 1e-6 ? (reach * Math.sqrt(square)) / Math.abs(dy) + Math.abs(slope) / 2 : Infinity;
    for (let row = top; row <= bottom; row++) {
      const middle = x0 + (row + 0.5 - y0) * slope;
      const left = Math.max(0, Math.floor(Math.max(low, middle - half)));
      const right = Math.min(size - 1, Math.floor(Math.min(high, middle + half)));
      for (let column = left, i = row * size + left; column <= right; column++, i++) {
        const px = column + 0.5 - x0;
        const py = row + 0.5 - y0;
        const t = Math.max(0, Math.min(1, (px * dx + py * dy) * inverse));
        const qx = px - t * dx;
        const qy = py - t * dy;
        const r = r0 + t * (r1 - r0);
        const distance = Math.sqrt(qx * qx + qy * qy);
        // thinner than a pixel: paler instead
        let cover = r < 0.5 ? 2 * r * (1 - distance) : 0.5 + r - distance;
        if (cover <= 0) continue;
        cover = cover > 1 ? opacity : cover * opacity;
        red[i] += cover * (from[0] + t * (to[0] - from[0]) - red[i]);
        green[i] += cover * (from[1] + t * (to[1] - from[1]) - green[i]);
        blue[i] += cover * (from[2] + t * (to[2] - from[2]) - blue[i]);
      }
    }
  }

  /** Put everything painted so far out of focus: two box means, together about `radius` pixels to each side. */
  defocus(radius: number): void {
    const half = Math.round(radius / 2);
    if (half < 1) return;
    const other = new Float32Array(this.size * this.size);
    for (const plane of this.planes) {
      for (let pass = 0; pass < 2; pass++) {
        meanOfRows(plane, other, this.size, half);
        meanOfColumns(other, plane, this.size, half);
      }
    }
  }

  /**
   * Call `use` for every row that a region, (dx, dy) further on and with an edge `soft` wide, reaches; its depths are then in the first
   * row of memory.
   */
  private scan(region: Region, soft: number, use: (row: number, first: number, count: number) => void, dx = 0, dy = 0): void {
    const { size, rows } = this;
    const depths = rows[0];
    const reach = soft / 2;
    const [left, top, right, bottom] = region.box;
    const from = Math.max(0, Math.floor(left + dx - reach));
    const to = Math.min(size - 1, Math.floor(right + dx + reach));
    const start = Math.max(0, Math.floor(top + dy - reach));
    const end = Math.min(size - 1, Math.floor(bottom + dy + reach));
    if (!(from <= to)) return;
    const moved = dx !== 0 || dy !== 0;
    for (let row = start; row <= end; row++) {
      const at = row * size + from;
      const count = to - from + 1;
      if (moved) {
        shifted(this.x, at, count, dx, rows[4]);
        shifted(this.y, at, count, dy, rows[5]);
        region.measure(rows[4], rows[5], 0, count, depths);
      } else region.measure(this.x, this.y, at, at + count, depths);
      let first = 0;
      let last = count - 1;
      while (first <= last && !(depths[first] > -reach)) first++;
      while (last >= first && !(depths[last] > -reach)) last--;
      if (first > last) continue;
      if (first > 0) depths.copyWithin(0, first, last + 1);
      use(row, from + first, last - first + 1);
    }
  }
}

/** Coordinates of the pixels' centres, the same for every film of a size. */
function centres(size: number): { size: number; x: Float32Array; y: Float32Array } {
  if (lastCentres?.size === size) return lastCentres;
  const x = new Float32Array(size * size);
  const y = new Float32Array(size * size);
  for (let i = 0; i < x.length; i++) {
    x[i] = (i % size) + 0.5;
    y[i] = Math.floor(i / size) + 0.5;
  }
  lastCentres = { size, x, y };
  return lastCentres;
}
let lastCentres: { size: number; x: Float32Array; y: Float32Array } | undefined;
