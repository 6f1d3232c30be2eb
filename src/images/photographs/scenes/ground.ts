import { colourOf, times } from '../colours.js';
import type { Look } from '../film.js';
import { lookOf, someLook } from '../looks.js';
import { ball, sheet } from '../reliefs.js';
import { disc, everywhere, polygon } from '../shapes.js';
import type { Stage } from '../stage.js';
import { grain } from '../textures.js';
import { grass, leafAt } from './blades.js';
import { convex } from './leaves.js';

/** The picture full of one thing lying about: gravel, pebbles, fallen leaves, or grass from above. */
export function ground(stage: Stage): void {
  const { film, dice } = stage;
  film.paint(
    everywhere,
    darkened(lookOf(stage, dice.pick(['soil', 'stone', 'foliage', 'shade']), ['rough', 'leafy', 'mottled']), dice.uniform(0.2, 0.6)),
  );
  dice.pick([gravel, gravel, pebbles, litter, grass, grass])(stage);
  if (dice.chance(0.3)) film.defocus(dice.scale(0.5, 2) * film.unit);
}

/** Crushed stone: angular, each of a few facets with its own light, fine grain, shadow between. */
export function gravel(stage: Stage): void {
  const { film, dice, fields } = stage;
  const { unit, light } = film;
  const mean = dice.scale(3, 14) * unit;
  const spread = dice.uniform(0.15, 0.4);
  const colours = Array.from({ length: 1 + dice.integer(3) }, () =>
    colourOf(dice, dice.pick(['stone', 'stone', 'stone', 'brick', 'soil'])),
  );
  const looks = colours.map(
    (base): Look => ({
      base,
      grain: grain(fields, dice, { amplitude: dice.uniform(0.06, 0.25), exponent: dice.uniform(0.5, 1.8), coarsest: 2 }),
    }),
  );
  const [steep, variety] = [dice.uniform(0.2, 0.5), dice.uniform(0.1, 0.3)];
  scatter(stage, mean, 2.4, (x, y, height) => {
    const r = 1.1 * mean * Math.exp(spread * dice.normal());
    const corners = convex(dice, x, y, r, 4 + dice.integer(4));
    const stone = polygon(corners);
    if (r > 3) film.shadow(stone, -light.x * r * 0.3, -light.y * r * 0.3, 1 + 0.4 * r, 0.7);
    const look = dice.pick(looks);
    const options = {
      exposure: (0.35 + 0.65 * height) * Math.exp(variety * dice.normal()),
      shift: [dice.integer(1024), dice.integer(1024)] as const,
      rim: { width: 0.25 * r + 1, amount: dice.uniform(-0.35, 0.15) },
    };
    film.paint(stone, look, { ...options, relief: sheet(x, y, steep * dice.normal(), steep * dice.normal(), 0.2 / r) });
    if (r < 3 * unit) return;
    // another facet: the stone beyond a line from one corner to another but one
    const k = dice.integer(corners.length);
    const [p, q] = [corners[k], corners[(k + 2) % corners.length]];
    const far = corners[(k + 1) % corners.length];
    const facet = polygon([p, [3 * far[0] - 2 * x, 3 * far[1] - 2 * y], q]);
    film.paint(stone, look, { ...options, within: facet, relief: sheet(x, y, 2 * steep * dice.normal(), 2 * steep * dice.normal(), 0) });
  });
}

/** Round stones, beads, berries, beans, coins. */
function pebbles(stage: Stage): void {
  const { film, dice } = stage;
  const { unit, light } = film;
  const mean = dice.scale(4, 28) * unit;
  const [spread, flat] = [dice.uniform(0.02, 0.4), dice.uniform(0, 0.6)];
  const looks = Array.from({ length: 1 + dice.integer(4) }, () => someLook(stage, ['plain', 'mottled', 'rough', 'patchy']));
  scatter(stage, mean, dice.uniform(1.4, 2.6), (x, y, height) => {
    const r = mean * Math.exp(spread * dice.normal());
    const [a, b, angle] = [r * dice.uniform(1, 1.3), r * dice.uniform(0.75, 1), dice.uniform(0, Math.PI)];
    const stone = disc(x, y, a, b, angle);
    film.shadow(stone, -light.x * r * 0.35, -light.y * r * 0.35, 1 + 0.7 * r, 0.7);
    film.paint(stone, dice.pick(looks), {
      relief: ball(x, y, a, b, angle, flat),
      exposure: (0.6 + 0.4 * height) * Math.exp(0.15 * dice.normal()),
      shift: [dice.integer(1024), dice.integer(1024)],
    });
  });
}

/** Leaves that lie over one another, fallen or on their bush. */
function litter(stage: Stage): void {
  const { film, dice } = stage;
  const mean = dice.scale(7, 36) * film.unit;
  const green = dice.chance(0.6);
  const looks = Array.from({ length: 3 }, () =>
    lookOf(stage, green ? 'foliage' : dice.pick(['straw', 'brick', 'soil']), ['plain', 'mottled', 'patchy']),
  );
  const one = dice.uniform(0, 2 * Math.PI);
  const wild = dice.uniform(0.3, 3);
  scatter(stage, mean * 0.5, 2.2, (x, y, height) => {
    const look = dice.pick(looks);
    leafAt(
      stage,
      x,
      y,
      mean * Math.exp(0.25 * dice.normal()),
      one + wild * dice.normal(),
      look,
      (0.35 + 0.65 * height) * Math.exp(0.2 * dice.normal()),
    );
  });
}

/** Call `put` at places spread evenly, as often as covers the picture `times` over; `height` grows from 0 to 1, the last are on top. */
function scatter(stage: Stage, r: number, times: number, put: (x: number, y: number, height: number) => void): void {
  const { dice, film } = stage;
  const { size } = film;
  const side = size + 2 * r;
  const count = Math.min(2000, (times * side * side) / (Math.PI * r * r));
  // places by the golden ratio in two dimensions: no clumps, no rows
  const [u0, v0] = [dice.uniform(), dice.uniform()];
  for (let k = 0; k < count; k++) {
    const u = (u0 + k * 0.7548776662466927) % 1;
    const v = (v0 + k * 0.5698402909980532) % 1;
    put(u * side - r + 0.3 * r * dice.normal(), v * side - r + 0.3 * r * dice.normal(), k / count);
  }
}

function darkened(look: Look, by: number): Look {
  return { ...look, base: times(look.base, by), accent: look.accent && times(look.accent, by) };
}
