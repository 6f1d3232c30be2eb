/*
 * Time of one CT phantom, 256x256, by kind: median and slowest of `--count` slices.
 *
 *   npm run bench -- phantoms [--count 40] [--size 256] [--json]
 */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { ctPhantom, PHANTOM_KINDS } from '../src/images/phantoms/index.js';
import { Random } from '../src/tensor/random.js';

const { values: flags } = parseArgs({
  options: {
    count: { type: 'string', default: '40' },
    size: { type: 'string', default: '256' },
    json: { type: 'boolean', default: false },
  },
});
const [count, size] = [Number(flags.count), Number(flags.size)];

const rows = PHANTOM_KINDS.map((kind) => {
  for (let seed = 0; seed < 5; seed++) ctPhantom(new Random(1e6 + seed), { kind, size });
  const times = Array.from({ length: count }, (_, seed) => {
    const start = performance.now();
    ctPhantom(new Random(seed), { kind, size });
    return performance.now() - start;
  }).sort((a, b) => a - b);
  return { kind, medianMs: times[count >> 1], slowestMs: times[count - 1] };
});

if (flags.json) console.log(JSON.stringify({ size, count, rows }));
else
  for (const { kind, medianMs, slowestMs } of rows)
    console.log(`${kind.padEnd(8)} ${medianMs.toFixed(1)} ms median, ${slowestMs.toFixed(1)} ms slowest`);
