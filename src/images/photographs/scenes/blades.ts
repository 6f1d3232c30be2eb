import { both } from '../../phantoms/regions.js';
import { blend, type Colour, colourOf, times } from '../colours.js';
import type { Look } from '../film.js';
import { lookOf } from '../looks.js';
import { sheet } from '../reliefs.js';
import { disc, polygon } from '../shapes.js';
import type { Stage } from '../stage.js';

/** One leaf: two arcs between stalk and tip, a half darker than the other, a midrib. `length` from stalk to tip. */
export function leafAt(stage: Stage, x: number, y: number, length: number, angle: number, look: Look, exposure: number): void {
  const { film, dice } = stage;
  const { light } = film;
  const slender = dice.uniform(0.8, 2.5);
  // two discs of radius R whose centres lie d to each side of the axis: what they share is a leaf
  const half = length / 2;
  const radius = half * Math.max(1.02, slender);
  const away = Math.sqrt(radius * radius - half * half);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const one = disc(x - s * away, y + c * away, radius, radius);
  const other = disc(x + s * away, y - c * away, radius, radius);
  const leaf = both(one, other);
  const far = 0.12 * length;
  film.shadow(leaf, -light.x * far, -light.y * far, 1 + far, 0.55);
  const tilt = () => 0.4 * dice.normal();
  const shift = [dice.integer(1024), dice.integer(1024)] as const;
  film.paint(leaf, look, { exposure, shift, relief: sheet(x, y, tilt(), tilt(), tilt() / length) });
  if (length < 10 * film.unit) return;
  const upper = polygon([
    [x - c * length, y - s * length],
    [x + c * length, y + s * length],
    [x + c * length - s * length, y + s * length + c * length],
    [x - c * length - s * length, y - s * length + c * length],
  ]);
  film.paint(leaf, look, { exposure: exposure * dice.uniform(0.6, 1.1), shift, within: upper, relief: sheet(x, y, tilt(), tilt(), 0) });
  const rib = times(blend(look.base, [1, 1, 0.7], 0.25), exposure);
  film.stroke(x - c * half, y - s * half, length * 0.02, x + c * half * 0.95, y + s * half * 0.95, 0.2, rib, rib, 0.7);
}

/** Blades, needles, straw, twigs that cross one another, the lower ones in the dark. */
export function grass(stage: Stage): void {
  const { film, dice } = stage;
  const { size, unit } = film;
  const width = dice.scale(0.4, 2) * unit;
  const length = width * dice.uniform(12, 40);
  const kind = dice.pick(['foliage', 'foliage', 'straw', 'fur', 'soil'] as const);
  const colours = Array.from({ length: 5 }, () => colourOf(dice, dice.chance(0.8) ? kind : 'straw'));
  const [mean, wild, bend] = [dice.uniform(0, 2 * Math.PI), dice.uniform(0.3, 3), dice.uniform(0.05, 0.35)];
  const [deep, variety] = [dice.uniform(0.15, 0.6), dice.uniform(0.15, 0.4)];
  const count = Math.min(8000, (2.6 * size * size) / (2 * width * length));
  for (let k = 0; k < count; k++) {
    const light = (deep + ((1 - deep) * k) / count) * Math.exp(variety * dice.normal());
    const colour = times(dice.pick(colours), light);
    const [x, y] = [dice.uniform(-0.05, 1.05) * size, dice.uniform(-0.05, 1.05) * size];
    const thick = width * dice.uniform(0.5, 1.4);
    blade(stage, x, y, length * dice.uniform(0.4, 1.4), thick, mean + wild * dice.normal(), bend * dice.normal(), colour);
  }
  if (dice.chance(0.5)) return;
  // clover and other herbs among it
  const herb = lookOf(stage, 'foliage', ['plain', 'mottled']);
  for (let k = dice.integer(60); k > 0; k--) {
    leafAt(stage, dice.uniform(0, size), dice.uniform(0, size), dice.scale(6, 24) * unit, dice.uniform(0, 7), herb, dice.uniform(0.5, 1));
  }
}

/** A blade of grass in two or three straight pieces, turning by `bend` (radians) at each, from a darker foot to a lighter, thin tip. */
export function blade(
  { film }: Stage,
  x: number,
  y: number,
  length: number,
  width: number,
  angle: number,
  bend: number,
  colour: Colour,
): void {
  const foot = times(colour, 0.6);
  let [px, py, r] = [x, y, width];
  const parts = length < 14 ? 2 : 3;
  for (let part = 1; part <= parts; part++) {
    const theta = angle + (part - 1) * bend;
    const nx = px + (length / parts) * Math.cos(theta);
    const ny = py + (length / parts) * Math.sin(theta);
    const thin = width * (1 - (0.85 * part) / parts);
    film.stroke(px, py, r, nx, ny, thin, blend(foot, colour, (part - 1) / parts), blend(foot, colour, part / parts));
    px = nx;
    py = ny;
    r = thin;
  }
}
