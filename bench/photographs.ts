/*
 * Synthetic photographs, 256x256: time by kind of scene, median and slowest of `--count`; or a contact sheet; or their statistics beside
 * those of the real photographs in a folder.
 *
 *   npm run bench -- photographs [--count 40] [--size 256] [--json]
 *   npm run bench -- photographs --sheet FILE.png [--kind landscape] [--seed 0] [--count 40] [--size 256]
 *   npm run bench -- photographs --compare FOLDER [--seed 0] [--count 40]
 */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { photograph, SCENE_KINDS, type SceneKind } from '../src/images/photographs/index.js';
import { type PhotographStatistics, photographStatistics } from '../src/images/photographs/statistics.js';
import { prepare } from '../src/io/index.js';
import { findImages, readPicture, writePng } from '../src/io/node/index.js';
import { Random } from '../src/tensor/random.js';
import { reshapeTensor, type Tensor, tensor } from '../src/tensor/tensor.js';

const { values: flags } = parseArgs({
  options: {
    count: { type: 'string', default: '40' },
    size: { type: 'string', default: '256' },
    seed: { type: 'string', default: '0' },
    kind: { type: 'string' },
    sheet: { type: 'string' },
    compare: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const [count, size, seed] = [Number(flags.count), Number(flags.size), Number(flags.seed)];
const kind = flags.kind as SceneKind | undefined;
const made = () => Array.from({ length: count }, (_, k) => photograph(new Random(seed + k), { size, kind }));

if (flags.sheet !== undefined) await writePng(flags.sheet, sheetOf(made()));
else if (flags.compare !== undefined) await compare(flags.compare);
else time();

/** Rows of eight. */
function sheetOf(images: readonly Tensor[]): Tensor {
  const columns = Math.min(8, images.length);
  const rows = Math.ceil(images.length / columns);
  const out = tensor([3, rows * size, columns * size]);
  images.forEach(({ data }, k) => {
    for (let line = 0; line < 3 * size; line++) {
      const [c, i] = [Math.floor(line / size), line % size];
      const to = ((c * rows + Math.floor(k / columns)) * size + i) * columns * size + (k % columns) * size;
      out.data.set(data.subarray(line * size, (line + 1) * size), to);
    }
  });
  return out;
}

async function compare(folder: string): Promise<void> {
  const real: [string, PhotographStatistics][] = [];
  for (const file of await findImages(folder)) {
    const { tensor: image } = prepare(await readPicture(file), { channels: 3, size: [size, size] }, file);
    real.push([file.split('/').at(-1)!, photographStatistics(reshapeTensor(image, [3, size, size]))]);
  }
  const synthetic = made().map(photographStatistics);
  const names = Object.keys(synthetic[0]) as (keyof PhotographStatistics)[];
  const line = (title: string, values: readonly number[]) =>
    console.log(title.padEnd(20) + values.map((v) => v.toFixed(v < 10 ? 3 : 1).padStart(13)).join(''));
  const quantile = (all: readonly PhotographStatistics[], name: keyof PhotographStatistics, q: number) =>
    all.map((s) => s[name]).sort((a, b) => a - b)[Math.min(all.length - 1, Math.floor(q * all.length))];
  console.log(' '.repeat(20) + names.map((name) => name.padStart(13)).join(''));
  for (const [file, statistics] of real)
    line(
      file,
      names.map((name) => statistics[name]),
    );
  for (const [title, all] of [
    ['real', real.map(([, statistics]) => statistics)],
    ['synthetic', synthetic],
  ] as const) {
    line(
      `${title}, mean`,
      names.map((name) => all.reduce((total, s) => total + s[name] / all.length, 0)),
    );
    for (const q of [0.1, 0.5, 0.9])
      line(
        `${title}, ${100 * q} %`,
        names.map((name) => quantile(all, name, q)),
      );
  }
}

function time(): void {
  const rows = SCENE_KINDS.map((scene) => {
    for (let k = 0; k < 5; k++) photograph(new Random(1e6 + k), { kind: scene, size });
    const times = Array.from({ length: count }, (_, k) => {
      const start = performance.now();
      photograph(new Random(seed + k), { kind: scene, size });
      return performance.now() - start;
    }).sort((a, b) => a - b);
    return { kind: scene, medianMs: times[count >> 1], slowestMs: times[count - 1] };
  });
  if (flags.json) console.log(JSON.stringify({ size, count, rows }));
  else
    for (const row of rows)
      console.log(`${row.kind.padEnd(10)} ${row.medianMs.toFixed(1)} ms median, ${row.slowestMs.toFixed(1)} ms slowest`);
}
