import { blend, type Colour, colourOf, near, times } from '../colours.js';
import type { Look } from '../film.js';
import { gridLines } from '../lettering.js';
import { lookOf, someLook } from '../looks.js';
import { sheet, tube } from '../reliefs.js';
import { disc, polygon, rectangle } from '../shapes.js';
import type { Stage } from '../stage.js';

/** Faded by the air before it. */
export function hazy(look: Look, haze: Colour, light: number, amount: number): Look {
  const fade = (colour: Colour) => blend(times(colour, light), haze, amount);
  return { ...look, base: fade(look.base), accent: look.accent && fade(look.accent) };
}

/** A row of buildings with windows. */
export function houses(stage: Stage, base: number, nearness: number, haze: Colour, light: number): void {
  const { film, dice, palette } = stage;
  const { size, unit } = film;
  const lit = light < 0.5 ? dice.uniform(0.02, 0.5) : 0;
  for (let x = -20 * unit; x < size; ) {
    const [wide, tall] = [dice.scale(18, 90) * unit * (0.5 + 0.5 * nearness), dice.scale(25, 170) * unit * (0.4 + 0.6 * nearness)];
    const top = base - tall * dice.uniform(0.6, 1);
    const wallLook = hazy(
      someLook(
        stage,
        ['plain', 'mottled', 'rough', 'patterned'],
        dice.chance(0.5) ? colourOf(dice, dice.pick(['stone', 'brick'])) : palette.draw(),
      ),
      haze,
      light,
      0.7 * (1 - nearness),
    );
    film.paint(rectangle(x + wide / 2, (top + size) / 2, wide / 2, (size - top) / 2), wallLook, {
      relief: sheet(x, base, dice.uniform(-0.3, 0.3), 0, 0),
    });
    if (dice.chance(0.4)) {
      const roof = polygon([
        [x - 2 * unit, top],
        [x + wide + 2 * unit, top],
        [x + wide * dice.uniform(0.5, 0.9), top - wide * 0.4],
        [x + wide * dice.uniform(0.1, 0.5), top - wide * 0.4],
      ]);
      film.paint(
        roof,
        hazy(lookOf(stage, dice.pick(['brick', 'stone', 'shade']), ['rough', 'brushed']), haze, light, 0.7 * (1 - nearness)),
      );
    }
    windows(stage, x, top, wide, size - top, nearness, light, lit, haze);
    x += wide * dice.uniform(0.85, 1.3);
  }
}

function windows(
  stage: Stage,
  x: number,
  top: number,
  wide: number,
  tall: number,
  nearness: number,
  light: number,
  lit: number,
  haze: Colour,
): void {
  const { film, dice } = stage;
  const pitch = dice.scale(5, 18) * film.unit * (0.5 + 0.5 * nearness);
  const [w, h] = [pitch * dice.uniform(0.2, 0.42), pitch * dice.uniform(0.25, 0.6)];
  const glass = blend(times(colourOf(dice, dice.pick(['shade', 'sky'])), light), haze, 0.5 * (1 - nearness));
  const frame = dice.chance(0.5) ? near(dice, times([0.7, 0.7, 0.68], light), 0.3) : undefined;
  const across = Math.floor((wide - pitch * 0.4) / pitch);
  const start = x + (wide - across * pitch) / 2 + pitch / 2;
  for (let v = top + pitch; v < Math.min(film.size + pitch, top + tall); v += pitch * 1.35) {
    for (let k = 0; k < across; k++) {
      const u = start + k * pitch;
      const bright = dice.chance(lit);
      if (frame) film.paint(rectangle(u, v, w + 0.1 * pitch, h + 0.1 * pitch), { base: frame });
      film.paint(rectangle(u, v, w, h), { base: bright ? near(dice, [0.5, 0.3, 0.12], 0.6) : near(dice, glass, 0.4) });
    }
  }
}

/** A mast, chimney, rocket, lattice tower or street lamp. */
export function tower(stage: Stage, x: number, foot: number, height: number, light: number, haze: Colour): void {
  const { film, dice } = stage;
  const { unit } = film;
  const colour = blend(times(colourOf(dice, dice.pick(['metal', 'paint', 'paper', 'shade'])), light), haze, 0.15);
  const wide = height * dice.uniform(0.015, 0.07);
  if (dice.chance(0.5)) {
    const look = { ...someLook(stage, ['plain', 'patterned', 'mottled'], colour), gloss: 0.1 };
    film.paint(rectangle(x, foot - height / 2, wide, height / 2), look, { relief: tube(x, foot, 1.05 * wide, Math.PI / 2) });
    film.paint(disc(x, foot - height, wide, wide * dice.uniform(0.3, 3)), look, { relief: tube(x, foot, 1.05 * wide, Math.PI / 2) });
    return;
  }
  const r = dice.scale(0.3, 1.2) * unit;
  const bays = 6 + dice.integer(14);
  const half = (k: number) => wide * (1.2 - k / bays);
  for (let k = 0; k < bays; k++) {
    const [y0, y1] = [foot - (height * k) / bays, foot - (height * (k + 1)) / bays];
    const [a, b] = [half(k), half(k + 1)];
    for (const side of [-1, 1]) {
      film.stroke(x + side * a, y0, r, x + side * b, y1, r, colour, colour);
      film.stroke(x + side * a, y0, 0.6 * r, x - side * b, y1, 0.6 * r, colour, colour);
    }
    film.stroke(x - b, y1, 0.6 * r, x + b, y1, 0.6 * r, colour, colour);
  }
  if (dice.chance(0.3))
    gridLines(stage, { x: x - wide * 2, y: foot - height * 0.2, width: wide * 4, height: height * 0.2 }, wide, wide, 0.5 * r, colour);
}

/** Lights with their glow and, now and then, the rays of a small aperture. */
export function lamps(stage: Stage, horizon: number): void {
  const { film, dice } = stage;
  const { size, unit } = film;
  const rays = dice.chance(0.5) ? 4 + 2 * dice.integer(4) : 0;
  for (let k = 1 + dice.integer(10); k > 0; k--) {
    const [x, y] = [dice.uniform(0, size), Math.min(size, horizon + 0.15 * size * dice.normal())];
    const colour = near(
      dice,
      dice.pick([
        [1.5, 0.9, 0.35],
        [1.3, 1.2, 1],
        [0.9, 1.1, 1.4],
      ] as const),
      0.3,
    );
    const r = dice.scale(0.6, 3) * unit;
    film.glow(disc(x, y, 4 * r, 4 * r), times(colour, 0.12), 8 * r);
    film.glow(disc(x, y, r, r), colour, 1.5 * r);
    for (let ray = 0; ray < rays; ray++) {
      const theta = (ray / rays) * 2 * Math.PI + 0.2;
      film.stroke(x, y, 0.25 * r, x + 6 * r * Math.cos(theta), y + 6 * r * Math.sin(theta), 0.05, colour, colour, 0.6);
    }
  }
}
