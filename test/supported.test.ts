import { expect, test } from 'vitest';
import { tasks } from '../src/experiments/tasks/index.js';
import { topological } from '../src/graph/index.js';
import { operationCases, setUp } from '../src/graph/testing/operation-cases.js';
import { arrayFormats } from '../src/io/arrays/index.js';
import { formats, isRaster } from '../src/io/formats/index.js';
import { methods } from '../src/solvers/methods/index.js';

const row = (...cells: string[]) => `| ${cells.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
const table = (head: string[], rows: string[][]) =>
  [row(...head), row(...head.map(() => '---')), ...rows.map((cells) => row(...cells))].join('\n');
const yes = (is: boolean) => (is ? 'yes' : 'no');

/** Operations as graphs have them: those that the cases of the tests, which run on every device, are made of. */
function operations(): string[][] {
  const primitive = new Map<string, boolean>();
  for (const c of operationCases) {
    const made = setUp(c);
    for (const { op } of topological([made.y])) if (op.name !== 'input') primitive.set(op.name, op.gradient !== undefined);
  }
  return [...primitive].sort(([a], [b]) => a.localeCompare(b)).map(([name, gradient]) => [`\`${name}\``, yes(gradient), 'yes']);
}

/** What a task is made with. */
function taskRows(): string[][] {
  return tasks.map(({ name, title, linear, sigma, defaults, part, classical, scan }) => [
    `\`${name}\``,
    title,
    yes(linear),
    Object.entries(defaults)
      .map(([option, value]) => `\`${option}\` ${value}`)
      .join(', '),
    scan ? (name === 'ct' ? 'geometry' : 'geometry, or options') : part ? `${part.name}${part.drawn ? ', or drawn' : ''}` : '',
    String(sigma),
    classical.join(', '),
  ]);
}

function methodRows(): string[][] {
  return methods.map(({ name, kind, needs, variants }) => [
    `\`${name}\``,
    kind,
    yes(!needs.linear),
    needs.prior ? variants.map(({ space }) => space).join(', ') : 'none',
    needs.geometry ? 'CT' : needs.smaller ? 'super-resolution' : needs.spectral ? 'operators of known singular values (no CT)' : 'any task',
  ]);
}

function formatRows(): string[][] {
  return formats.map((format) => [format.title, isRaster(format) ? "Node (sharp); a browser's own decoder" : 'everywhere']);
}

/** What is read of each kind of file of arrays. */
const arrayNotes: Readonly<Record<string, string>> = {
  dicom: 'all frames; uncompressed, deflated, RLE, JPEG (baseline, extended, lossless), JPEG-LS, JPEG 2000; 8 and 16 bits, grey',
  npy: 'bool, integers, floats of 16 to 64 bits; any byte order and axis order',
  npz: 'stored and deflated',
  mat: 'versions 5 to 7: numeric arrays, in structs and cells too; of complex ones the real part',
  hdf5: 'datasets of integers and floats, chunked and deflated; MATLAB 7.3; in memory (1 GB) where there is no file system',
  tiff: '1 to 32 bits, floats; one page or a stack; strips or tiles; LZW, deflate, PackBits; BigTIFF, ImageJ',
  nifti: 'versions 1 and 2, gzip, pairs of .hdr and .img; no complex numbers or colours',
  metaimage: 'in one file, or with .raw, .zraw or a list beside it',
  mat4: 'full matrices',
};

function arrayRows(): string[][] {
  return arrayFormats.map(({ name, title, extensions }) => [title, extensions.join(', '), arrayNotes[name]]);
}

test('docs/supported.md is what the registries say (npx vitest run test/supported -u writes it)', async () => {
  const page = `# What is supported

Made from the registries by \`test/supported.test.ts\`.

## Tasks

${table(['task', 'what', 'linear', 'options and their defaults', 'made with', 'usual sigma', 'beside it'], taskRows())}

An operator of your own: \`--operator model.onnx\`.

## Methods

${table(['method', 'what it gives', 'nonlinear operators', 'priors', 'for'], methodRows())}

Their options: [methods.md](methods.md).

## Image files

${table(['format', 'read'], formatRows())}

## Files of arrays

A slice of each is read as an image or as a measurement ([scans.md](scans.md)); \`posteriori inspect FILE\` says what one holds.

${table(['format', 'usual names', 'read'], arrayRows())}

## Operations of the graph language

Each is checked against float64 on the CPU, by WebGPU and in a browser, its gradient too.

${table(['operation', 'gradient', 'WebGPU'], operations())}
`;
  await expect(page).toMatchFileSnapshot('../docs/supported.md');
});
