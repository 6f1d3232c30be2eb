import { blend, type Colour, colourOf, hsl, near, times } from '../colours.js';
import { lookOf } from '../looks.js';
import { sheet } from '../reliefs.js';
import { below, everywhere } from '../shapes.js';
import type { Stage } from '../stage.js';
import { grain, patches } from '../textures.js';
import { blade } from './blades.js';
import { hazy, houses, lamps, tower } from './town.js';

/** Outdoors: sky with clouds, hills or houses one before the other in haze, trees, towers, a foreground; by day, dusk or night. */
export function landscape(stage: Stage): void {
  const { film, dice } = stage;
  const { size, unit } = film;
  const hour = dice.pick(['day', 'day', 'day', 'grey', 'dusk', 'night'] as const);
  const haze = sky(stage, hour);
  const horizon = size * dice.uniform(0.3, 0.85);
  const town = dice.chance(0.5);
  const layers = 1 + dice.integer(4);
  const light = { day: 1, grey: 0.8, dusk: 0.25, night: 0.06 }[hour];
  for (let layer = 0; layer < layers; layer++) {
    const nearness = (layer + 1) / layers;
    const base = horizon + (size - horizon) * 0.5 * (nearness - 1 / layers);
    if (town && dice.chance(0.7)) houses(stage, base, nearness, haze, light);
    else hills(stage, base, nearness, haze, light);
    if (layer + 1 < layers && dice.chance(0.3)) film.defocus(dice.scale(1, 3) * unit);
  }
  foreground(stage, horizon + (size - horizon) * dice.uniform(0.4, 0.9), light);
  for (let k = dice.integer(4); k > 0; k--) {
    const foot = size * dice.uniform(0.8, 1.05);
    if (dice.chance(0.55)) tree(stage, dice.uniform(0, size), foot, size * dice.uniform(0.2, 0.7), light);
    else tower(stage, dice.uniform(0, size), foot, size * dice.uniform(0.3, 0.8), light, haze);
  }
  if (hour === 'dusk' || hour === 'night' || dice.chance(0.05)) lamps(stage, horizon);
}

/** The sky and the colour that haze lends to what is far away. */
function sky(stage: Stage, hour: 'day' | 'grey' | 'dusk' | 'night'): Colour {
  const { film, dice, fields } = stage;
  const { size } = film;
  const blue = dice.uniform(0.54, 0.63);
  const [zenith, low] = {
    day: [hsl(blue, dice.uniform(0.3, 0.8), dice.uniform(0.35, 0.65)), hsl(blue, dice.uniform(0.1, 0.5), dice.uniform(0.7, 0.92))],
    grey: [hsl(blue, dice.uniform(0, 0.12), dice.uniform(0.6, 0.85)), hsl(blue, 0.05, dice.uniform(0.75, 0.95))],
    dusk: [
      hsl(blue, dice.uniform(0.3, 0.7), dice.uniform(0.15, 0.4)),
      hsl(dice.uniform(0.02, 0.12), dice.uniform(0.2, 0.6), dice.uniform(0.4, 0.7)),
    ],
    night: [hsl(blue, dice.uniform(0.2, 0.7), dice.uniform(0.04, 0.15)), hsl(blue, 0.4, dice.uniform(0.1, 0.3))],
  }[hour] as [Colour, Colour];
  const reach = size * dice.uniform(0.5, 1.1);
  const ramp = { add: (_column: number, row: number, count: number, out: Float32Array) => addLevel(out, count, Math.min(1, row / reach)) };
  film.paint(everywhere, { base: zenith, accent: low, pattern: ramp, grain: grain(fields, dice, { amplitude: 0.015, exponent: 3 }) });
  if (dice.chance(0.65)) {
    const shape = grain(fields, dice, { amplitude: 1, exponent: dice.uniform(2.4, 3.2), finest: 1 });
    const white = blend(hour === 'day' ? [0.95, 0.95, 0.97] : low, zenith, dice.uniform(0, 0.4));
    const level = dice.uniform(-0.5, 1.2);
    const clouds = patches(shape, level, dice.uniform(0.6, 2.5));
    film.paint(everywhere, { base: zenith, accent: white, pattern: clouds }, { opacity: dice.uniform(0.3, 0.75) });
  }
  return blend(low, zenith, 0.3);
}

function addLevel(out: Float32Array, count: number, level: number): void {
  for (let i = 0; i < count; i++) out[i] += level;
}

/** A skyline of given roughness around a height: sums of waves of falling size. */
function skyline({ dice, film: { size } }: Stage, base: number, height: number, rough: number): Float32Array {
  const line = new Float32Array(size).fill(base);
  for (let n = 1, weight = 1; n < size / 3; n *= 1.8, weight *= rough) {
    const [phase, amount] = [dice.uniform(0, 7), weight * height * dice.normal()];
    for (let k = 0; k < size; k++) line[k] += amount * Math.sin((2 * Math.PI * n * k) / size / 1.5 + phase);
  }
  return line;
}

function hills(stage: Stage, base: number, nearness: number, haze: Colour, light: number): void {
  const { film, dice } = stage;
  const { size } = film;
  const wood = dice.chance(0.5);
  const look = lookOf(stage, dice.pick(['foliage', 'foliage', 'stone', 'soil', 'straw']), wood ? ['leafy'] : ['mottled', 'rough', 'leafy']);
  const line = skyline(stage, base, size * dice.uniform(0.02, 0.1), wood ? 0.62 : dice.uniform(0.4, 0.58));
  film.paint(below(line), hazy(look, haze, light, 0.75 * (1 - nearness)), { soft: 1.5, relief: sheet(size / 2, base, 0, 0, 0.2 / size) });
}

/** What lies at one's feet: a meadow, a field, water, a road. */
function foreground(stage: Stage, top: number, light: number): void {
  const { film, dice } = stage;
  const { size, unit } = film;
  const line = skyline(stage, top, size * 0.01, 0.4);
  const kind = dice.integer(3);
  const look = lookOf(
    stage,
    kind === 1 ? dice.pick(['stone', 'soil']) : 'foliage',
    kind === 1 ? ['rough', 'mottled'] : ['leafy', 'rough', 'brushed'],
  );
  film.paint(below(line), hazy(look, [0, 0, 0], light, 0));
  if (kind !== 0) return;
  const colours = Array.from({ length: 4 }, () => colourOf(dice, dice.pick(['foliage', 'foliage', 'straw'])));
  const count = Math.min(4000, ((size - top) * size) / (14 * unit * unit));
  for (let k = 0; k < count; k++) {
    const depth = k / count;
    const length = (4 + 26 * depth * depth) * unit;
    const colour = times(near(dice, dice.pick(colours), 0.3), light * (0.4 + 0.6 * depth));
    blade(
      stage,
      dice.uniform(0, size),
      top + (size * 1.05 - top) * depth,
      length,
      (0.35 + 0.5 * depth) * unit,
      -Math.PI / 2 + 0.35 * dice.normal(),
      0.25 * dice.normal(),
      colour,
    );
  }
}

/** Trunk and boughs by repeated forking; leaves in clumps, or none in winter. */
function tree(stage: Stage, x: number, foot: number, height: number, light: number): void {
  const { film, dice } = stage;
  const bark = times(colourOf(dice, dice.pick(['wood', 'soil', 'shade'])), light);
  const bare = dice.chance(0.35);
  const leaves = Array.from({ length: 3 }, () => times(colourOf(dice, 'foliage'), light));
  const ends: [number, number][] = [];
  const grow = (px: number, py: number, angle: number, length: number, r: number, order: number): void => {
    const [nx, ny] = [px + length * Math.cos(angle), py + length * Math.sin(angle)];
    film.stroke(px, py, r, nx, ny, 0.7 * r, bark, times(bark, 0.8));
    if (order === 0) {
      ends.push([nx, ny]);
      return;
    }
    for (let k = 2 + dice.integer(2); k > 0; k--)
      grow(nx, ny, angle + 0.5 * dice.normal(), length * dice.uniform(0.55, 0.85), 0.62 * r, order - 1);
  };
  grow(x, foot, -Math.PI / 2 + 0.08 * dice.normal(), 0.3 * height, 0.03 * height, bare ? 6 : 4);
  if (bare) return;
  const blot = Math.max(0.8 * film.unit, height * 0.02);
  for (const [ex, ey] of ends) {
    for (let k = 0; k < 30; k++) {
      const [u, v] = [ex + 0.09 * height * dice.normal(), ey + 0.07 * height * dice.normal()];
      // lit from above
      const colour = times(dice.pick(leaves), Math.exp(0.35 * dice.normal() - (v - ey) / (0.12 * height)) * 0.8);
      film.stroke(u, v, blot * dice.uniform(0.4, 1), u + blot * dice.normal(), v + blot * dice.normal(), blot * 0.3, colour, colour);
    }
  }
}
