import type { Region } from '../../phantoms/regions.js';
import { type Colour, colourOf, near, times } from '../colours.js';
import { lookOf, someLook } from '../looks.js';
import { ball, type Relief } from '../reliefs.js';
import { depthAt, disc, everywhere } from '../shapes.js';
import type { Stage } from '../stage.js';

/** Where and how hair grows. Lengths in pixels. */
export interface FurOptions {
  /** All of the picture where none is given. */
  region?: Region;
  colours: readonly Colour[];
  length: number;
  width: number;
  /** Direction in which hairs lie, radians. */
  lie: number;
  /** Times the region is covered. */
  cover: number;
  /** Brightness of the hair at a place. */
  exposure?: (x: number, y: number) => number;
}

/** Hairs over a region, combed by a smooth field of directions, in patches of colours. */
export function fur(stage: Stage, options: FurOptions): void {
  const { film, dice, fields } = stage;
  const { size } = film;
  const { region = everywhere, colours, length, width, lie, cover, exposure } = options;
  const [left, top, right, bottom] = region.box.map((edge) => Math.max(-0.05 * size, Math.min(1.05 * size, edge)));
  const count = Math.min(12_000, (cover * (right - left) * (bottom - top)) / (2 * width * length));
  const [swirl, octave, wild] = [dice.uniform(0.2, 1), 5 + dice.integer(2), dice.uniform(0.05, 0.35)];
  const [shift, patch] = [dice.integer(1024), 3 + dice.integer(3)];
  for (let k = 0; k < count; k++) {
    const [x, y] = [dice.uniform(left, right), dice.uniform(top, bottom)];
    if (region !== everywhere && depthAt(region, x, y) < 0.3 * length) continue;
    const where = (fields.at(patch, x + shift, y) / 3 + 0.5 + 0.15 * dice.normal()) * colours.length;
    const colour = colours[Math.max(0, Math.min(colours.length - 1, Math.floor(where)))];
    const light = Math.exp(0.28 * dice.normal()) * (0.55 + (0.45 * k) / count) * (exposure?.(x, y) ?? 1);
    const angle = lie + swirl * fields.at(octave, x, y) + wild * dice.normal();
    hair(stage, x, y, length * dice.uniform(0.6, 1.3), width, angle, times(colour, light));
  }
}

/** One hair of two pieces, slightly bent, its root darker. */
function hair({ film, dice }: Stage, x: number, y: number, length: number, width: number, angle: number, colour: Colour): void {
  const bend = 0.25 * dice.normal();
  const half = length / 2;
  const [mx, my] = [x + half * Math.cos(angle), y + half * Math.sin(angle)];
  const root = times(colour, 0.7);
  film.stroke(x, y, width, mx, my, width, root, colour);
  film.stroke(mx, my, width, mx + half * Math.cos(angle + bend), my + half * Math.sin(angle + bend), width * 0.3, colour, colour);
}

/** Fur, wool, hair, a carpet, close by. */
export function pelt(stage: Stage): void {
  const { film, dice } = stage;
  const base = colourOf(dice, dice.pick(['fur', 'fur', 'straw', 'cloth']));
  const colours = Array.from({ length: 2 + dice.integer(3) }, () => near(dice, base, 0.55));
  film.paint(everywhere, { ...lookOf(stage, 'fur', ['mottled']), base: times(base, 0.5) });
  const width = dice.scale(0.25, 1) * film.unit;
  fur(stage, { colours, width, length: width * dice.uniform(16, 60), lie: dice.uniform(0, 7), cover: dice.uniform(1, 2.2) });
}

/** Cloth in folds: long smooth waves of light and shade over a weave or print. */
export function drapery(stage: Stage): void {
  const { film, dice } = stage;
  const { size } = film;
  const look = someLook(stage, ['woven', 'woven', 'plain', 'patterned', 'mottled']);
  film.paint(everywhere, look, { relief: folds(stage, dice.uniform(0, Math.PI), dice.scale(12, 90) * film.unit, dice.uniform(0.3, 0.9)) });
  for (let k = dice.integer(3); k > 0; k--) {
    const [x, y, r] = [dice.uniform(0, size), dice.uniform(0, size), dice.scale(6, 60) * film.unit];
    const button = disc(x, y, r, r * dice.uniform(0.6, 1), dice.uniform(0, 3));
    film.shadow(button, 0.1 * r, 0.2 * r, 1 + 0.4 * r, 0.5);
    film.paint(button, someLook(stage), { relief: ball(x, y, r, r, 0, 0.4) });
  }
}

/** Waves across a direction, bent by noise. */
export function folds({ fields, dice }: Stage, angle: number, period: number, depth: number): Relief {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const octave = Math.max(2, Math.round(Math.log2(period)));
  const [shift, bend] = [dice.integer(1024), dice.uniform(0.5, 2.5)];
  const k = (2 * Math.PI) / period;
  return {
    normals: (x, y, from, to, nx, ny) => {
      for (let i = from; i < to; i++) {
        const phase = k * (x[i] * c + y[i] * s) + bend * fields.at(octave, x[i] + shift, y[i]);
        const slope = depth * Math.sin(phase) * (0.7 + 0.3 * Math.sin(0.37 * phase + 1));
        nx[i - from] = c * slope;
        ny[i - from] = s * slope;
      }
    },
  };
}
