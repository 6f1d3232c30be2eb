import { ellipse, minus, type Region } from '../../phantoms/regions.js';
import type { Colour } from '../colours.js';
import type { Dice } from '../dice.js';
import type { Look } from '../film.js';
import { gridLines, writing } from '../lettering.js';
import { someLook } from '../looks.js';
import { ball, type Relief, sheet } from '../reliefs.js';
import { disc, everywhere, type Point, polygon, rectangle } from '../shapes.js';
import type { Stage } from '../stage.js';

const KINDS = ['disc', 'ellipse', 'polygon', 'rectangle', 'bar', 'blob', 'ring', 'crescent'] as const;
type Kind = (typeof KINDS)[number];

/**
 * Dead leaves (Matheron, 1968; Lee, Mumford, Huang, 2001): things of every size and kind hide one another, radii with density r^-3, from
 * far away and out of focus to near.
 */
export function leaves(stage: Stage): void {
  const { film, dice } = stage;
  const { size, unit } = film;
  const looks = Array.from({ length: 4 + dice.integer(9) }, () => someLook(stage));
  const kinds = Array.from({ length: 1 + dice.integer(5) }, () => dice.pick(KINDS));
  const [low, high] = [dice.scale(1.5, 14) * unit, dice.scale(30, 130) * unit];
  const shadows = dice.chance(0.6) ? dice.uniform(0.2, 0.7) : 0;
  const layers = 1 + dice.integer(3);
  film.paint(everywhere, dice.pick(looks));
  for (let layer = 0; layer < layers; layer++) {
    const last = layer === layers - 1;
    let left = size * size * (last ? dice.uniform(0.4, 2.2) : dice.uniform(1, 1.6));
    while (left > 0) {
      // a layer behind another shows little of its small things
      const r = dice.radius(last ? low : 3 * low, Math.max(high, 3.5 * low));
      left -= Math.PI * r * r;
      leaf(stage, dice.pick(kinds), dice.uniform(-0.1, 1.1) * size, dice.uniform(-0.1, 1.1) * size, r, dice.pick(looks), shadows);
    }
    if (!last) film.defocus(dice.scale(1, 12) * unit);
  }
  for (let k = dice.integer(4); k > 0; k--) lines(stage);
}

function leaf(stage: Stage, kind: Kind, x: number, y: number, r: number, look: Look, shadows: number): void {
  const { film, dice } = stage;
  const { region, relief } = shapeOf(dice, kind, x, y, r);
  const big = r > 4 * film.unit;
  if (shadows > 0 && big) {
    const far = r * dice.uniform(0.05, 0.35);
    film.shadow(region, -film.light.x * far, -film.light.y * far, 1 + far * dice.uniform(0.6, 1.6), shadows);
  }
  film.paint(region, big ? look : { base: look.base }, {
    relief,
    exposure: Math.exp(0.3 * dice.normal()),
    rim: dice.chance(0.3) ? { width: r * dice.uniform(0.05, 0.5) + 1, amount: dice.uniform(-0.6, 0.5) } : undefined,
    shift: [dice.integer(1024), dice.integer(1024)],
    soft: dice.chance(0.06) ? r * dice.uniform(0.2, 0.8) + 1 : dice.uniform(0.9, 1.8),
    opacity: dice.chance(0.07) ? dice.uniform(0.3, 0.9) : 1,
  });
}

/** A shape of about the size of a disc of radius r, and its form in space. */
function shapeOf(dice: Dice, kind: Kind, x: number, y: number, r: number): { region: Region; relief?: Relief } {
  const angle = dice.uniform(0, Math.PI);
  const long = dice.uniform(1, 2.2);
  const [a, b] = [r * Math.sqrt(long), r / Math.sqrt(long)];
  const slope = () => 0.35 * dice.normal();
  const flat = (): Relief => sheet(x, y, slope(), slope(), (0.3 * dice.normal()) / r);
  const round = () => ball(x, y, a, b, angle, dice.uniform(0, 0.8));
  switch (kind) {
    case 'disc':
      return { region: disc(x, y, r, r), relief: dice.chance(0.6) ? ball(x, y, r, r, 0, dice.uniform(0, 0.5)) : flat() };
    case 'ellipse':
      return { region: disc(x, y, a, b, angle), relief: dice.chance(0.6) ? round() : flat() };
    case 'rectangle':
      return { region: rectangle(x, y, a, b, angle), relief: flat() };
    case 'bar': {
      const length = dice.uniform(2, 9);
      return { region: rectangle(x, y, r * length, r / dice.uniform(2, 5), angle), relief: flat() };
    }
    case 'polygon':
      return { region: polygon(convex(dice, x, y, r, 3 + dice.integer(6))), relief: flat() };
    case 'ring':
      return { region: minus(disc(x, y, a, b, angle), disc(x, y, a * 0.7, b * 0.7, angle)), relief: flat() };
    case 'crescent': {
      const far = dice.uniform(0.3, 1.2) * r;
      return { region: minus(disc(x, y, r, r), disc(x + far * Math.cos(angle), y + far * Math.sin(angle), r, r)), relief: flat() };
    }
    case 'blob':
      // the table of a blob is too dear for specks
      if (r < 4) return { region: disc(x, y, a, b, angle) };
      return {
        region: ellipse(dice, x, y, a, b, { angle, wobble: dice.uniform(0.05, 0.4), power: dice.pick([2, 2, 3, 5]) }),
        relief: dice.chance(0.5) ? round() : flat(),
      };
  }
}

/** Corners of a convex polygon within a circle. */
export function convex(dice: Dice, x: number, y: number, r: number, corners: number): Point[] {
  const phase = dice.uniform(0, 2 * Math.PI);
  const flat = dice.uniform(0.5, 1);
  const [c, s] = [Math.cos(phase), Math.sin(phase)];
  return Array.from({ length: corners }, (_, k): Point => {
    const theta = ((k + dice.uniform(-0.42, 0.42)) / corners) * 2 * Math.PI;
    const [u, v] = [r * Math.cos(theta), flat * r * Math.sin(theta)];
    return [x + u * c - v * s, y + u * s + v * c];
  });
}

/** What is drawn rather than grown: writing, wires, nets. */
function lines(stage: Stage): void {
  const { film, dice, palette } = stage;
  const { size, unit } = film;
  const ink: Colour = palette.draw();
  const panel = {
    x: dice.uniform(-0.2, 0.7) * size,
    y: dice.uniform(-0.2, 0.8) * size,
    width: dice.uniform(0.2, 0.9) * size,
    height: dice.uniform(0.1, 0.6) * size,
    angle: dice.chance(0.5) ? 0 : 0.5 * dice.normal(),
  };
  const kind = dice.integer(3);
  if (kind === 0) writing(stage, panel, dice.scale(4, 40) * unit, ink);
  else if (kind === 1) gridLines(stage, panel, dice.scale(4, 40) * unit, dice.scale(4, 40) * unit, dice.scale(0.3, 3) * unit, ink);
  else {
    for (let k = 1 + dice.integer(30); k > 0; k--) {
      const [x, y] = [dice.uniform(0, size), dice.uniform(0, size)];
      const [dx, dy] = [0.4 * size * dice.normal(), 0.4 * size * dice.normal()];
      const r = dice.scale(0.3, 3) * unit;
      film.stroke(x, y, r, x + dx, y + dy, r * dice.uniform(0.2, 1), ink, palette.draw());
    }
  }
}
