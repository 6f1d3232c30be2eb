// A CT scan as the matrices that a Python training needs: A (line integrals, and the offset of the image 0), and filtered backprojection.
//   node scripts/training-scan.mjs OUT [--views 25] [--side 256]
// : NPY files OUT-{forward,back}-{start,column,weight}.npy, OUT-offset.npy, OUT-filter.npy.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { backprojectionMap } from '../dist/operators/fbp.js';
import { defaultGeometry, radon } from '../dist/operators/index.js';
import { radonMap } from '../dist/operators/radon-map.js';
import { rampFilter } from '../dist/operators/ramp-filter.js';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { views: { type: 'string', default: '25' }, side: { type: 'string', default: '256' } },
});
const [out] = positionals;
if (!out) {
  process.stderr.write('usage: node scripts/training-scan.mjs OUT [--views 25] [--side 256]\n');
  process.exit(2);
}
const operator = radon(defaultGeometry({ size: Number(flags.side), views: Number(flags.views) }));
const { geometry } = operator;
const muMax = geometry.muMax ?? 0.4;

function npy(name, data, shape = [data.length]) {
  const type = data instanceof Int32Array ? '<i4' : '<f4';
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const header = Buffer.from(`${text.padEnd(117)}\n`, 'latin1');
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  writeFileSync(`${out}-${name}.npy`, Buffer.concat([Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, header.length, 0]), header, bytes]));
}

function matrix(name, { rowStart, columns, weights }, factor) {
  npy(`${name}-start`, rowStart);
  npy(`${name}-column`, columns);
  npy(
    `${name}-weight`,
    weights.map((w) => w * factor),
  );
}

matrix('forward', radonMap(geometry), muMax / 2);
matrix('back', backprojectionMap(geometry), 2 / muMax); // to x = 2 mu / muMax - 1
npy('offset', operator.offset.data);
npy('filter', rampFilter(geometry.bins, geometry.binSize).data, [geometry.bins, geometry.bins]);
