import type { Colour } from '../colours.js';
import { blend, times } from '../colours.js';
import { gridLines, type Panel, writing } from '../lettering.js';
import { someLook } from '../looks.js';
import { sheet } from '../reliefs.js';
import { disc, everywhere, rectangle } from '../shapes.js';
import type { Stage } from '../stage.js';
import { backdrop } from './backdrop.js';

/** Something written or printed: a page, sign, label, screen or poster with headings, paragraphs, tables and charts, lying askew. */
export function page(stage: Stage): void {
  const { film, dice, palette } = stage;
  const { size, unit } = film;
  backdrop(stage);
  const angle = dice.chance(0.5) ? 0.05 * dice.normal() : 0.4 * dice.normal();
  const [a, b] = [size * dice.uniform(0.3, 0.8), size * dice.uniform(0.3, 0.8)];
  const [x, y] = [size * dice.uniform(0.35, 0.65), size * dice.uniform(0.35, 0.65)];
  const paper = rectangle(x, y, a, b, angle);
  film.shadow(paper, 4 * unit, 5 * unit, 10 * unit, 0.5);
  const light = dice.chance(0.75);
  const base: Colour = light ? blend([0.8, 0.78, 0.74], palette.draw(), dice.uniform(0, 0.35)) : times(palette.draw(), 0.4);
  film.paint(paper, someLook(stage, ['plain', 'plain', 'mottled', 'rough'], base), {
    relief: sheet(x, y, 0.1 * dice.normal(), 0.1 * dice.normal(), (0.4 * dice.normal()) / size),
  });
  const ink: Colour = light ? times(palette.draw(), 0.15) : [0.8, 0.8, 0.75];
  const height = dice.scale(3, 18) * unit;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  for (let v = -0.9 * b; v < 0.85 * b; ) {
    const tall = Math.min(0.9 * b - v, dice.uniform(0.2, 0.7) * b);
    const columns = 1 + dice.integer(2);
    for (let k = 0; k < columns; k++) {
      const u = -0.9 * a + (k * 1.8 * a) / columns;
      const panel = { x: x + u * c - v * s, y: y + u * s + v * c, width: (1.65 * a) / columns, height: tall, angle };
      dice.pick([paragraph, paragraph, paragraph, heading, table, chart])(stage, panel, height, ink);
    }
    v += tall + height;
  }
}

function paragraph(stage: Stage, panel: Panel, height: number, ink: Colour): void {
  writing(stage, panel, height, ink);
}

function heading(stage: Stage, panel: Panel, height: number, ink: Colour): void {
  writing(stage, panel, Math.max(height, Math.min(3 * height, 0.7 * panel.height)), stage.dice.chance(0.5) ? stage.palette.draw() : ink);
}

function table(stage: Stage, panel: Panel, height: number, ink: Colour): void {
  gridLines(stage, panel, panel.width / (2 + stage.dice.integer(5)), 2 * height, 0.06 * height, ink);
  writing(stage, panel, 0.7 * height, ink);
}

/** Bars of the scene's colours. */
function chart(stage: Stage, { x, y, width, height, angle = 0 }: Panel): void {
  const { film, dice, palette } = stage;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const count = 3 + dice.integer(9);
  const look = { base: palette.draw(), accent: palette.draw() };
  for (let k = 0; k < count; k++) {
    const tall = height * dice.uniform(0.1, 1);
    const [u, v] = [((k + 0.5) * width) / count, height - tall / 2];
    film.paint(rectangle(x + u * c - v * s, y + u * s + v * c, (0.35 * width) / count, tall / 2, angle), look);
  }
  if (dice.chance(0.3)) film.paint(disc(x + width * c * 0.5, y + width * s * 0.5, 0.2 * height, 0.2 * height), { base: palette.draw() });
}

/** A wall, floor or board close by: one or two materials, stains, scratches, cracks, things stuck on. */
export function surface(stage: Stage): void {
  const { film, dice, palette } = stage;
  const { size, unit } = film;
  const bend = () => (0.5 * dice.normal()) / size;
  film.paint(everywhere, someLook(stage), { relief: sheet(size / 2, size / 2, 0.2 * dice.normal(), 0.2 * dice.normal(), bend()) });
  if (dice.chance(0.4)) {
    const [u, v] = [dice.uniform(0, size), dice.uniform(0, size)];
    film.paint(rectangle(u, v, size, size * dice.uniform(0.1, 0.6), dice.chance(0.6) ? 0 : dice.uniform(0, 3)), someLook(stage), {
      relief: sheet(u, v, 0.3 * dice.normal(), 0.3 * dice.normal(), bend()),
      rim: { width: dice.scale(1, 12) * unit, amount: dice.uniform(-0.5, 0.3) },
    });
  }
  for (let k = dice.integer(8); k > 0; k--) {
    const r = dice.scale(4, 60) * unit;
    const stain = disc(dice.uniform(0, size), dice.uniform(0, size), r, r * dice.uniform(0.3, 1), dice.uniform(0, 3));
    film.paint(stain, { base: palette.draw() }, { soft: r * dice.uniform(0.3, 1.5), opacity: dice.uniform(0.1, 0.5) });
  }
  for (let k = dice.chance(0.5) ? dice.integer(60) : 0; k > 0; k--) {
    const [x, y, theta, length] = [dice.uniform(0, size), dice.uniform(0, size), dice.uniform(0, 7), dice.scale(4, 80) * unit];
    const scratch = times(palette.draw(), dice.uniform(0.3, 1.8));
    const r = dice.scale(0.2, 1) * unit;
    film.stroke(x, y, r, x + length * Math.cos(theta), y + length * Math.sin(theta), 0.1, scratch, scratch, dice.uniform(0.2, 0.8));
  }
}
