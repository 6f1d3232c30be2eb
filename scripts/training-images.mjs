// Images for the Python trainings, packed into one NPY [N, C, side, side] of uint16: 0 is -1, 65535 is +1.
//   node scripts/training-images.mjs phantoms OUT.npy --count 6000 --seed 20261126 [--kind object]
//   node scripts/training-images.mjs photographs OUT.npy --count 4000 --seed 20261127
//   node scripts/training-images.mjs tuning-phantoms|tuning-photographs OUT.npy --count 8     (what validation looks at)
//   node scripts/training-images.mjs folder OUT.npy --path FOLDER --channels 1 --side 512 [--skip 0] [--first 28]
// `--first N` takes N files by name after the first `--skip`: what is kept aside is never packed.
import { open, rename } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { heldOutPhantom, heldOutPhotograph } from '../dist/experiments/held-out.js';
import { prepare } from '../dist/io/index.js';
import { findImages, readPicture } from '../dist/io/node/index.js';
import { phantomSource, photographSource } from '../dist/training/data.js';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '0' },
    side: { type: 'string', default: '256' },
    kind: { type: 'string' },
    path: { type: 'string' },
    channels: { type: 'string', default: '1' },
    skip: { type: 'string', default: '0' },
    first: { type: 'string' },
  },
});
const [kind, out] = positionals;
const side = Number(flags.side);

const sources = {
  phantoms: async () => numbered(phantomSource(Number(flags.seed), side, flags.kind), 1),
  photographs: async () => numbered(photographSource(Number(flags.seed), side), 3),
  'tuning-phantoms': async () => numbered(async (i) => heldOutPhantom('tuning', i, side).image, 1),
  'tuning-photographs': async () => numbered(async (i) => heldOutPhotograph('tuning', i, side).image, 3),
  folder,
};
if (!sources[kind] || !out || (kind === 'folder') !== (flags.path !== undefined)) {
  process.stderr.write(
    'usage: node scripts/training-images.mjs phantoms|photographs|tuning-phantoms|tuning-photographs|folder OUT.npy [--count N] [--seed N] [--side N] [--kind K] [--path FOLDER]\n',
  );
  process.exit(2);
}

function numbered(source, channels) {
  return { channels, count: Number(flags.count), image: source };
}

async function folder() {
  const channels = Number(flags.channels);
  const files = (await findImages(flags.path))
    .sort()
    .slice(Number(flags.skip))
    .slice(0, Number(flags.first ?? Number.POSITIVE_INFINITY));
  const image = async (i) => prepare(await readPicture(files[i]), { channels, size: [side, side] }, files[i]).tensor;
  return { channels, count: files.length, image };
}

const { channels, count, image } = await sources[kind]();
const file = await open(`${out}.partial`, 'w');
const text = `{'descr': '<u2', 'fortran_order': False, 'shape': (${count}, ${channels}, ${side}, ${side}), }`;
const header = Buffer.from(`${text.padEnd(117)}\n`, 'latin1'); // 10 + 118 bytes: a multiple of 64
await file.write(Buffer.concat([Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, header.length, 0]), header]));
for (let i = 0; i < count; i++) {
  const { data } = await image(i);
  await file.write(Buffer.from(Uint16Array.from(data, (v) => Math.round((v + 1) * 32767.5)).buffer));
  if (i % 500 === 499) process.stderr.write(`${i + 1} of ${count}\n`);
}
await file.close();
await rename(`${out}.partial`, out);
