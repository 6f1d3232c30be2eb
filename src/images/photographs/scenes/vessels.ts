import { either, minus } from '../../phantoms/regions.js';
import type { Look } from '../film.js';
import { writing } from '../lettering.js';
import { lookOf, someLook, surroundings } from '../looks.js';
import { ball, sheet, tube } from '../reliefs.js';
import { disc, polygon, rectangle } from '../shapes.js';
import type { Stage } from '../stage.js';

/** The shadow on the table of something of half width r standing at (x, y). */
export function contact({ film, dice }: Stage, x: number, y: number, r: number, flat: number): void {
  const far = r * dice.uniform(0.2, 0.8);
  film.shadow(disc(x, y, 1.05 * r, flat * r), -film.light.x * far, 0.1 * r, r * dice.uniform(0.3, 1), dice.uniform(0.4, 0.8));
  film.shadow(disc(x, y, 0.9 * r, 0.6 * flat * r), 0, 0, 0.3 * r, 0.6);
}

/** A cup, bowl, pot or glass: a tapering body, an open mouth with something in it, perhaps a handle and a saucer. */
export function cup(stage: Stage, x: number, y: number, r: number): void {
  const { film, dice } = stage;
  const [wide, tall, slant] = [0.6 * r, r * dice.uniform(0.4, 1.1), dice.uniform(0.2, 0.45)];
  const foot = wide * dice.uniform(0.5, 1);
  const look = someLook(stage, ['plain', 'plain', 'plain', 'patterned', 'mottled', 'patchy']);
  const glazed: Look = { ...look, gloss: dice.uniform(0, 0.9), polish: 3 + dice.integer(3) };
  if (dice.chance(0.4)) plate(stage, x, y, 1.5 * r);
  contact(stage, x, y, foot, slant);
  if (dice.chance(0.5)) {
    const side = dice.chance(0.5) ? 1 : -1;
    const [hx, hy, hr] = [x + side * wide * 1.02, y - 0.55 * tall, 0.28 * tall];
    film.paint(minus(disc(hx, hy, hr * 1.1, hr), disc(hx, hy, 0.65 * hr, 0.6 * hr)), glazed, { relief: ball(hx, hy, hr, hr, 0, 0.3) });
  }
  const body = either(
    polygon([
      [x - wide, y - tall],
      [x + wide, y - tall],
      [x + foot, y],
      [x - foot, y],
    ]),
    disc(x, y, foot, slant * foot),
  );
  film.paint(body, glazed, { relief: tube(x, y, wide * 1.02, Math.PI / 2) });
  const mouth = disc(x, y - tall, wide, slant * wide);
  film.paint(mouth, glazed, { exposure: 1.15 });
  const inner = disc(x, y - tall, 0.9 * wide, 0.88 * slant * wide);
  film.paint(inner, look, { relief: tube(x, y, -wide, Math.PI / 2), exposure: 0.7 });
  if (dice.chance(0.6)) {
    const drop = dice.uniform(0.1, 0.5) * slant * wide;
    film.paint(disc(x, y - tall + drop, 0.86 * wide, 0.84 * slant * wide), someLook(stage, ['plain', 'marbled', 'mottled']), {
      within: inner,
      rim: { width: 0.2 * wide, amount: -0.5 },
    });
  }
}

/** A bottle or jar: body, shoulder, neck, cap, perhaps a label. */
export function bottle(stage: Stage, x: number, y: number, r: number): void {
  const { film, dice } = stage;
  const [wide, tall] = [r * dice.uniform(0.2, 0.4), r * dice.uniform(1.2, 2.2)];
  const neck = wide * dice.uniform(0.25, 0.6);
  contact(stage, x, y, wide, 0.3);
  const shape = either(
    rectangle(x, y - 0.3 * tall, wide, 0.3 * tall),
    disc(x, y, wide, 0.25 * wide),
    disc(x, y - 0.6 * tall, wide, 0.8 * wide),
    rectangle(x, y - 0.75 * tall, neck, 0.25 * tall),
  );
  const look = someLook(stage, ['plain']);
  const shiny: Look = {
    ...look,
    gloss: dice.uniform(0.2, 1.2),
    polish: 4 + dice.integer(3),
    mirror: dice.chance(0.3) ? surroundings(stage) : undefined,
  };
  film.paint(shape, shiny, { relief: tube(x, y, 1.05 * wide, Math.PI / 2), rim: { width: 0.3 * wide, amount: -0.5 } });
  film.paint(rectangle(x, y - 0.98 * tall, neck * 1.15, 0.05 * tall), someLook(stage, ['plain']), {
    relief: tube(x, y, neck * 1.2, Math.PI / 2),
  });
  if (dice.chance(0.6)) {
    const [top, high] = [y - dice.uniform(0.4, 0.55) * tall, dice.uniform(0.1, 0.35) * tall];
    film.paint(rectangle(x, top + high / 2, wide, high / 2), someLook(stage, ['plain', 'patterned']), {
      relief: tube(x, y, 1.05 * wide, Math.PI / 2),
    });
    writing(
      stage,
      { x: x - 0.8 * wide, y: top, width: 1.6 * wide, height: high },
      Math.max(2, high * dice.uniform(0.15, 0.5)),
      stage.palette.draw(),
      0.9,
    );
  }
}

/** A plate or saucer of half width r, from the side or from above. */
export function plate(stage: Stage, x: number, y: number, r: number, above = false): void {
  const { film, dice } = stage;
  const slant = above ? dice.uniform(0.85, 1) : dice.uniform(0.3, 0.5);
  const look: Look = { ...someLook(stage, ['plain', 'plain', 'mottled', 'marbled']), gloss: dice.uniform(0, 0.6), polish: 4 };
  const ring = (share: number) => disc(x, y, share * r, share * slant * r);
  contact(stage, x, y + 0.03 * r, r, slant);
  film.paint(ring(1), look, {
    relief: ball(x, y, 1.6 * r, 1.6 * slant * r, 0, 0.6),
    rim: { width: 0.04 * r + 1, amount: dice.uniform(-0.3, 0.4) },
  });
  film.paint(ring(0.66), look, { exposure: dice.uniform(0.75, 0.95), soft: 0.06 * r + 1 });
  film.paint(ring(0.62), look, { relief: sheet(x, y, 0, 0, 0.2 / r) });
  if (dice.chance(0.4)) film.paint(minus(ring(0.92), ring(0.86)), someLook(stage, ['plain']));
}

/** Cutlery, tools, tubes: polished metal. */
export function spoon(stage: Stage, x: number, y: number, r: number): void {
  const { film, dice } = stage;
  const angle = dice.uniform(0, 2 * Math.PI);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const metal: Look = { ...lookOf(stage, 'metal', ['plain', 'plain', 'brushed']), mirror: surroundings(stage), gloss: 1, polish: 5 };
  const [hx, hy] = [x + 0.8 * r * c, y + 0.8 * r * s];
  const handle = rectangle(x, y, 0.8 * r, 0.05 * r, angle);
  const bowl = disc(hx, hy, 0.32 * r, 0.2 * r, angle);
  film.shadow(either(handle, bowl), -film.light.x * 0.08 * r, 0.08 * r, 0.1 * r + 1, 0.6);
  film.paint(handle, metal, { relief: tube(x, y, 0.055 * r, angle) });
  film.paint(bowl, metal, { relief: ball(hx, hy, 0.34 * r, 0.22 * r, angle) });
}
