import { ellipse, type Region } from '../../phantoms/regions.js';
import { type Colour, colourOf, near, times } from '../colours.js';
import { someLook } from '../looks.js';
import { ball, type Light, type Relief } from '../reliefs.js';
import { disc, type Point } from '../shapes.js';
import type { Stage } from '../stage.js';
import { backdrop } from './backdrop.js';
import { fur } from './hides.js';

/** Where a head is: its middle, half its width, half axes, tilt, and its form in space. */
interface Head {
  readonly r: number;
  readonly a: number;
  readonly b: number;
  readonly tilt: number;
  readonly relief: Relief;
  readonly colour: Colour;
  /** A point of the face in units of r, u to the right, v down. */
  at(u: number, v: number): Point;
  /** An uneven ellipse there. */
  blob(u: number, v: number, a: number, b: number, wobble: number): Region;
}

/** Something with a face, of fur or of skin, before something out of focus. No likeness of anybody. */
export function creature(stage: Stage): void {
  const { dice, film } = stage;
  const furry = dice.chance(0.6);
  backdrop(stage);
  const head = headOf(stage, furry);
  const { r, relief, colour, blob } = head;
  const look = someLook(stage, furry ? ['mottled'] : ['plain'], colour);
  const dress = furry ? look : someLook(stage, ['woven', 'plain', 'patterned', 'mottled']);
  film.paint(blob(0, 2, 1.5, 1.2, 0.06), dress, { soft: 2, relief: ball(...head.at(0, 2), 1.7 * r, 1.4 * r) });
  for (const side of [-1, 1]) {
    const ear = furry ? blob(0.72 * side, -0.85, 0.22, 0.4, 0.1) : blob(0.92 * side, 0, 0.12, 0.25, 0.1);
    film.paint(ear, look, { soft: 3, exposure: 0.8, rim: { width: 0.1 * r, amount: 0.4 } });
  }
  film.paint(blob(0, 0, head.a / r, head.b / r, 0.03), look, { soft: furry ? 4 : 1.5, relief });
  if (furry) muzzle(stage, head);
  else features(stage, head);
}

function headOf({ dice, film: { size } }: Stage, furry: boolean): Head {
  const [x, y] = [size * dice.uniform(0.3, 0.7), size * dice.uniform(0.35, 0.65)];
  const r = size * dice.uniform(0.22, 0.65);
  const [a, b, tilt] = [r * dice.uniform(0.8, 1.1), r * dice.uniform(0.9, 1.25), 0.25 * dice.normal()];
  const [c, s] = [Math.cos(tilt), Math.sin(tilt)];
  const at = (u: number, v: number): Point => [x + r * (u * c - v * s), y + r * (u * s + v * c)];
  return {
    r,
    a,
    b,
    tilt,
    at,
    colour: colourOf(dice, furry ? 'fur' : 'skin'),
    relief: ball(x, y, a, b, tilt, 0.3),
    blob: (u, v, ra, rb, wobble) => ellipse(dice, ...at(u, v), ra * r, rb * r, { wobble, angle: tilt }),
  };
}

/** Fur, spots, eyes, nose, whiskers. */
function muzzle(stage: Stage, head: Head): void {
  const { film, dice } = stage;
  const { r, tilt, at, blob, colour } = head;
  const width = dice.scale(0.25, 0.8) * film.unit;
  fur(stage, {
    region: blob(0, 0, head.a / r, head.b / r, 0.03),
    colours: Array.from({ length: 2 + dice.integer(3) }, () => near(dice, colour, 0.5)),
    width,
    length: width * dice.uniform(15, 35),
    lie: -Math.PI / 2 + tilt,
    cover: dice.uniform(1, 1.7),
    exposure: shading(film.light, head.relief),
  });
  eyes(stage, head, dice.uniform(0.1, 0.2));
  const tip = colourOf(dice, dice.pick(['shade', 'brick', 'skin']));
  const relief = ball(...at(0, 0.32), 0.17 * r, 0.12 * r);
  film.paint(blob(0, 0.32, 0.14, 0.1, 0.12), { base: tip, gloss: 0.25, polish: 4 }, { soft: 2 + 0.02 * r, relief });
  film.paint(blob(0, 0.55, 0.22, 0.03, 0.1), { base: times(colour, 0.2) }, { soft: 2 + 0.03 * r, opacity: 0.8 });
  for (let k = dice.integer(16); k > 0; k--) {
    const side = dice.chance(0.5) ? 1 : -1;
    const [x0, y0] = at(side * dice.uniform(0.1, 0.3), dice.uniform(0.35, 0.5));
    const [x1, y1] = at(side * dice.uniform(0.7, 1.4), dice.uniform(0.1, 0.9));
    film.stroke(x0, y0, 0.5 * film.unit, x1, y1, 0.1, [0.85, 0.83, 0.8], [0.85, 0.83, 0.8], 0.8);
  }
}

/** Hair, brows, eyes, nose and mouth. */
function features(stage: Stage, head: Head): void {
  const { film, dice } = stage;
  const { r, tilt, at, blob, colour } = head;
  const tone = colourOf(dice, dice.pick(['fur', 'fur', 'straw', 'shade']));
  const hairs = Array.from({ length: 3 }, () => near(dice, tone, 0.4));
  eyes(stage, head, dice.uniform(0.07, 0.12));
  for (const side of [-1, 1]) film.paint(blob(0.36 * side, -0.32, 0.17, 0.025, 0.1), { base: times(tone, 0.6) }, { soft: 2, opacity: 0.8 });
  const nose = blob(0, 0.1, 0.1, 0.25, 0.1);
  film.shadow(nose, -film.light.x * 0.08 * r, 0.04 * r, 0.15 * r, 0.25);
  film.paint(nose, { base: times(colour, 1.05) }, { soft: 0.12 * r, opacity: 0.6, relief: ball(...at(0, 0.2), 0.2 * r, 0.3 * r) });
  const lip = near(dice, [colour[0], 0.6 * colour[1], 0.6 * colour[2]], 0.2);
  film.paint(blob(0, 0.55, dice.uniform(0.2, 0.32), dice.uniform(0.03, 0.08), 0.06), { base: lip }, { soft: 2 + 0.02 * r });
  if (dice.chance(0.4)) film.paint(blob(0, 0.55, 0.2, 0.03, 0.03), { base: [0.8, 0.78, 0.74] }, { soft: 2 });
  const crown = blob(0.1 * dice.normal(), -0.95, (1.02 * head.a) / r, dice.uniform(0.4, 0.6), 0.1);
  film.paint(crown, { base: times(tone, 0.5) }, { soft: 3 });
  const width = dice.scale(0.3, 0.9) * film.unit;
  const lie = dice.uniform(0.5, 2.6) + tilt;
  fur(stage, { region: crown, colours: hairs, width, length: 30 * width, lie, cover: 2, exposure: shading(film.light, head.relief) });
}

/** A pair of eyes, looking the same way. `size`: their radius as a share of the head's. */
function eyes({ film, dice }: Stage, { r: head, at, colour }: Head, size: number): void {
  const r = size * head;
  const tall = dice.uniform(0.55, 0.9);
  const iris = colourOf(dice, dice.pick(['foliage', 'sky', 'wood', 'straw']));
  const wide = dice.uniform(0.7, 1.1) * r;
  const pupil = dice.uniform(0.2, 0.6);
  const [apart, glance] = [dice.uniform(0.3, 0.45), 0.2 * r * dice.normal()];
  for (const side of [-1, 1]) {
    const [x, y] = at(apart * side, -0.1);
    film.paint(disc(x, y, 1.3 * r, 1.3 * r * tall), { base: times(colour, 0.3) }, { soft: 2 + 0.3 * r, opacity: 0.8 });
    const white = disc(x, y, 1.05 * r, 1.05 * r * tall);
    film.paint(white, { base: [0.6, 0.57, 0.54] }, { relief: ball(x, y, 1.2 * r, 1.2 * r) });
    film.paint(disc(x + glance, y, wide, wide), { base: times(iris, 0.7) }, { within: white, rim: { width: 0.4 * wide, amount: -0.7 } });
    film.paint(disc(x + glance, y, wide * pupil, wide * Math.max(0.5, pupil)), { base: [0.006, 0.006, 0.006] }, { within: white });
    film.paint(disc(x - 0.25 * r, y - 0.25 * r, 0.14 * r, 0.14 * r), { base: [1.4, 1.4, 1.4] }, { within: white });
  }
}

/** Brightness of a form at single points. */
function shading(light: Light, relief: Relief): (x: number, y: number) => number {
  const [px, py, nx, ny] = Array.from({ length: 4 }, () => new Float32Array(1));
  return (x, y) => {
    px[0] = x;
    py[0] = y;
    relief.normals(px, py, 0, 1, nx, ny);
    const nz = Math.sqrt(Math.max(0, 1 - nx[0] ** 2 - ny[0] ** 2));
    return light.ambient + 1.25 * (1 - light.ambient) * Math.max(0, light.x * nx[0] + light.y * ny[0] + light.z * nz);
  };
}
