import { near, times } from '../colours.js';
import type { Look } from '../film.js';
import { lookOf, someLook } from '../looks.js';
import { sheet } from '../reliefs.js';
import { everywhere, type Point, polygon } from '../shapes.js';
import type { Stage } from '../stage.js';

/** How a flat pattern lies in the picture: from its plane (s, t) to pixels. */
export type Projection = (s: number, t: number) => Point;

/** A plane seen at a slant: one unit of it is `pitch` pixels in the middle of the picture. */
export function slanted(stage: Stage, pitch: number): Projection {
  const { dice, film } = stage;
  const { size } = film;
  const angle = dice.chance(0.5) ? 0.04 * dice.normal() : dice.uniform(0, Math.PI);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  // small enough for the divisor to stay well above 0 within the picture
  const [g, h] = [(dice.chance(0.6) ? dice.uniform(-0.45, 0.45) : 0) / size, (dice.chance(0.6) ? dice.uniform(-0.45, 0.45) : 0) / size];
  return (u, v) => {
    const [x, y] = [pitch * (u * c - v * s), pitch * (u * s + v * c)];
    const divisor = Math.max(0.3, 1 + g * x + h * y);
    return [size / 2 + x / divisor, size / 2 + y / divisor];
  };
}

/** Bricks, tiles, planks, paving: rows of quadrangles with joints, each a little different. */
export function masonry(stage: Stage): void {
  const { dice, film } = stage;
  const { unit } = film;
  const kind = dice.pick(['bricks', 'bricks', 'tiles', 'planks', 'blocks'] as const);
  const height = dice.scale(8, 40) * unit;
  const long = { bricks: dice.uniform(2, 4.5), tiles: 1, planks: dice.uniform(8, 20), blocks: dice.uniform(1, 2.5) }[kind];
  const looks = {
    bricks: () => lookOf(stage, dice.pick(['brick', 'stone']), ['rough', 'mottled', 'patchy']),
    tiles: () => someLook(stage, ['plain', 'marbled', 'mottled']),
    planks: () => lookOf(stage, 'wood', ['wooden', 'brushed']),
    blocks: () => lookOf(stage, 'stone', ['rough', 'mottled']),
  }[kind];
  const joint: Look = { ...lookOf(stage, dice.pick(['stone', 'paper', 'soil', 'shade']), ['rough']) };
  wall(stage, slanted(stage, height), {
    long,
    offset: kind === 'tiles' && dice.chance(0.7) ? 0 : dice.chance(0.6) ? 0.5 : dice.uniform(),
    gap: kind === 'planks' ? dice.uniform(0.02, 0.06) : dice.scale(0.03, 0.16),
    uneven: kind === 'tiles' ? 0.005 : dice.uniform(0.005, 0.04),
    variety: dice.uniform(0.03, 0.35),
    faces: Array.from({ length: 1 + dice.integer(3) }, looks),
    joint,
  });
}

interface WallOptions {
  /** Length of a brick, times its height (the unit of the plane). */
  long: number;
  /** Shift from one row to the next, as a share of the length. */
  offset: number;
  gap: number;
  uneven: number;
  variety: number;
  faces: readonly Look[];
  joint: Look;
}

function wall(stage: Stage, project: Projection, options: WallOptions): void {
  const { dice, film } = stage;
  const { size } = film;
  const { long, offset, gap, uneven, variety, faces, joint } = options;
  film.paint(everywhere, joint);
  const [middle, beside] = [project(0, 0), project(0, 0.1)];
  const pitch = Math.max(3, 10 * Math.hypot(beside[0] - middle[0], beside[1] - middle[1]));
  const rows = Math.ceil((1.6 * size) / pitch);
  const columns = Math.ceil((1.6 * size) / (pitch * long)) + 1;
  const off = () => uneven * dice.normal();
  for (let row = -rows; row <= rows; row++) {
    const start = ((row * offset) % 1) + (offset > 0 ? 0.06 * dice.normal() : 0);
    for (let column = -columns; column <= columns; column++) {
      const [s0, s1] = [(column + start) * long + gap / 2, (column + start + 1) * long - gap / 2];
      const [t0, t1] = [row + gap / 2, row + 1 - gap / 2];
      const corners = [
        [s0, t0],
        [s1, t0],
        [s1, t1],
        [s0, t1],
      ].map(([s, t]) => project(s + off(), t + off()));
      if (outside(corners, size)) continue;
      const brick = polygon(corners);
      const look = dice.pick(faces);
      if (gap * pitch > 1.5)
        film.shadow(brick, -film.light.x * gap * pitch * 0.5, -film.light.y * gap * pitch * 0.5, 1 + gap * pitch, 0.45);
      film.paint(brick, look, {
        exposure: Math.exp(variety * dice.normal()),
        shift: [dice.integer(1024), dice.integer(1024)],
        rim: { width: 1 + 0.1 * pitch, amount: dice.uniform(-0.3, 0.15) },
        relief: sheet(corners[0][0], corners[0][1], 0.08 * dice.normal(), 0.08 * dice.normal(), 0),
        soft: 1.2,
      });
    }
  }
}

function outside(corners: readonly Point[], size: number): boolean {
  return [0, 1].some((k) => corners.every((p) => p[k] < 0) || corners.every((p) => p[k] > size));
}

/** Books on a shelf, jars, boxes, folders: upright strips of every colour and width, rows of them. */
export function shelf(stage: Stage): void {
  const { dice, film, palette } = stage;
  const { size, unit } = film;
  film.paint(everywhere, lookOf(stage, 'wood', ['wooden', 'plain']), { exposure: 0.3 });
  const height = dice.uniform(50, 170) * unit;
  const project = slanted(stage, 1);
  for (let v = -0.75 * size; v < 0.75 * size; v += height * 1.12) {
    for (let u = -0.8 * size; u < 0.8 * size; ) {
      const wide = dice.scale(5, 34) * unit;
      const tall = height * dice.uniform(0.65, 1);
      const corners = [
        [u, v + height - tall],
        [u + wide - 1, v + height - tall],
        [u + wide - 1, v + height],
        [u, v + height],
      ].map(([s, t]) => project(s, t));
      u += wide;
      if (outside(corners, size)) continue;
      const base = near(dice, palette.draw(), 0.3);
      const look = someLook(stage, ['plain', 'plain', 'plain', 'woven', 'patterned', 'mottled'], base);
      film.paint(polygon(corners), look, {
        rim: { width: 0.35 * wide, amount: dice.uniform(-0.6, 0) },
        relief: sheet(corners[0][0], corners[0][1], 0.1, 0, 0),
      });
      const ink = times(palette.draw(), dice.uniform(0.5, 2));
      for (let band = dice.integer(4); band > 0; band--) {
        const t = v + height - tall * dice.uniform(0.1, 0.9);
        const [p, q] = [project(u - wide + 1, t), project(u - 2, t)];
        const r = dice.scale(0.4, 3) * unit;
        film.stroke(p[0], p[1], r, q[0], q[1], r, ink, ink);
      }
    }
  }
}
