import { blend, times } from '../colours.js';
import { writing } from '../lettering.js';
import { lookOf, someLook } from '../looks.js';
import { ball, sheet } from '../reliefs.js';
import { below, disc, everywhere, type Point, polygon } from '../shapes.js';
import type { Stage } from '../stage.js';
import { backdrop } from './backdrop.js';
import { leafAt } from './blades.js';
import { bottle, contact, cup, plate, spoon } from './vessels.js';

/** Things on a table or the floor before a wall, far ones first, with their shadows; seen from the side or from above. */
export function stillLife(stage: Stage): void {
  const { film, dice } = stage;
  const { size, unit } = film;
  const above = dice.chance(0.35);
  if (dice.chance(0.6)) backdrop(stage);
  else
    film.paint(everywhere, someLook(stage, ['plain', 'mottled', 'rough', 'patterned']), {
      relief: sheet(size / 2, size / 2, 0, 0, 0.3 / size),
    });
  const edge = above ? -size : size * dice.uniform(0.25, 0.75);
  const tableLook = someLook(stage, ['wooden', 'wooden', 'plain', 'woven', 'marbled', 'mottled', 'rough']);
  const line = new Float32Array(film.size).map((_, k) => edge + (k - size / 2) * 0.03);
  film.paint(below(line), tableLook, { relief: sheet(size / 2, edge, 0, 0.1, 0.2 / size), soft: dice.uniform(1, 4) });
  const things = [fruit, cup, bottle, box, plate, spoon, sprig, fruit] as const;
  const count = 2 + dice.integer(11);
  for (let k = 0; k < count; k++) {
    // nearer things stand lower in the picture and are larger
    const nearness = (k + 1) / count;
    const y = above ? dice.uniform(0.05, 0.95) * size : edge + (size * 1.1 - edge) * (0.1 + 0.8 * nearness);
    const r = dice.scale(0.35, 1) * (0.5 + 0.5 * nearness) * 130 * unit;
    dice.pick(things)(stage, dice.uniform(-0.05, 1.05) * size, y, r, above);
    if (k + 1 < count && dice.chance(0.2)) film.defocus(dice.scale(1, 4) * unit);
  }
}

/** A ball, fruit or egg, perhaps with a stalk. */
function fruit(stage: Stage, x: number, y: number, r: number): void {
  const { film, dice } = stage;
  const size = 0.55 * r;
  contact(stage, x, y + 0.85 * size, size, 0.4);
  const [a, b, angle] = [size * dice.uniform(0.95, 1.25), size, dice.uniform(0, 3)];
  const look = someLook(stage, ['plain', 'plain', 'mottled', 'patchy', 'marbled', 'brushed']);
  const form = ball(x, y, a, b, angle);
  film.paint(
    disc(x, y, a, b, angle),
    { ...look, gloss: dice.uniform(0, 0.7), polish: 3 + dice.integer(4) },
    { relief: form, rim: { width: 0.5 * size, amount: dice.uniform(-0.5, 0) } },
  );
  if (dice.chance(0.5))
    film.stroke(
      x,
      y - 0.9 * size,
      0.04 * size,
      x + 0.2 * size * dice.normal(),
      y - 1.3 * size,
      0.06 * size,
      [0.05, 0.04, 0.02],
      [0.15, 0.1, 0.05],
    );
}

/** A box, book or building block: two sides and the top, each with its own light, letters on one. */
function box(stage: Stage, x: number, y: number, r: number): void {
  const { film, dice } = stage;
  const [u, v, tall] = [r * dice.uniform(0.3, 0.9), r * dice.uniform(0.3, 0.9), r * dice.uniform(0.15, 1.2)];
  const slant = dice.uniform(0.2, 0.5);
  const look = someLook(stage, ['plain', 'plain', 'patterned', 'wooden', 'woven', 'mottled', 'rough']);
  const [left, right, back]: Point[] = [
    [x - u, y - slant * u],
    [x + v, y - slant * v],
    [x + v - u, y - slant * (u + v)],
  ];
  const raise = (p: Point): Point => [p[0], p[1] - tall];
  const foot: Point = [x, y];
  film.shadow(polygon([left, foot, right, back]), -film.light.x * tall * 0.5, 0.1 * tall, 1 + 0.4 * r, 0.6);
  const sides = [
    [left, foot, raise(foot), raise(left)],
    [foot, right, raise(right), raise(foot)],
    [raise(left), raise(foot), raise(right), raise(back)],
  ];
  const lit = film.light.x > 0 ? [0.5, 0.95, 1.15] : [0.95, 0.5, 1.15];
  sides.forEach((corners, k) => {
    film.paint(polygon(corners), look, { exposure: lit[k] * dice.uniform(0.85, 1.1), relief: sheet(x, y, 0, 0, 0.2 / r) });
  });
  if (dice.chance(0.5)) {
    const panel = {
      x: left[0] + 0.1 * u,
      y: left[1] - 0.8 * tall,
      width: 0.8 * u,
      height: 0.6 * tall,
      angle: Math.atan2(foot[1] - left[1], foot[0] - left[0]),
    };
    writing(stage, panel, Math.max(2, tall * dice.uniform(0.08, 0.35)), stage.palette.draw());
  }
}

/** A flower on its stem, with leaves. */
function sprig(stage: Stage, x: number, y: number, r: number): void {
  const { dice, film } = stage;
  const look = lookOf(stage, 'foliage', ['plain', 'mottled']);
  const bloom = someLook(stage, ['plain']);
  const stem = times(look.base, 0.6);
  let [px, py, angle] = [x, y, -Math.PI / 2 + 0.6 * dice.normal()];
  for (let k = 0; k < 7; k++) {
    const [nx, ny] = [px + 0.25 * r * Math.cos(angle), py + 0.25 * r * Math.sin(angle)];
    film.stroke(px, py, 0.03 * r, nx, ny, 0.025 * r, stem, stem);
    leafAt(stage, nx, ny, 0.4 * r, angle + dice.uniform(-1.3, 1.3), look, dice.uniform(0.6, 1.1));
    [px, py] = [nx, ny];
    angle += 0.25 * dice.normal();
  }
  const petals = 4 + dice.integer(9);
  for (let k = 0; k < petals; k++) {
    const theta = (k / petals) * 2 * Math.PI;
    const [qx, qy] = [px + 0.2 * r * Math.cos(theta), py + 0.2 * r * Math.sin(theta)];
    film.paint(disc(qx, qy, 0.2 * r, 0.09 * r, theta), bloom, {
      exposure: dice.uniform(0.8, 1.1),
      rim: { width: 0.05 * r + 1, amount: -0.3 },
    });
  }
  film.paint(
    disc(px, py, 0.09 * r, 0.09 * r),
    { base: blend(bloom.base, [0.7, 0.4, 0.02], 0.7) },
    { relief: ball(px, py, 0.1 * r, 0.1 * r) },
  );
}
