import { expect, test } from 'vitest';
import { tasks } from '../src/experiments/tasks/index.js';
import { topological } from '../src/graph/index.js';
import { operationCases, setUp } from '../src/graph/testing/operation-cases.js';
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

## Operations of the graph language

Each is checked against float64 on the CPU, by WebGPU and in a browser, its gradient too.

${table(['operation', 'gradient', 'WebGPU'], operations())}
`;
  await expect(page).toMatchFileSnapshot('../docs/supported.md');
});
