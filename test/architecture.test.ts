import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

/** The rooms of src, ground floor first: a room imports itself and the rooms before it. */
const rooms =
  'tensor graph runtime io nn operators scans priors images diffusion solvers metrics training experiments results studio cli web'.split(
    ' ',
  );
/** Packages that run in Node alone. */
const nodePackages = new Set([
  ...builtinModules,
  'onnxruntime-node',
  'sharp',
  'cli-progress',
  'commander',
  '@huggingface/hub',
  '@hono/node-server',
]);

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(sep).join('/'))
  .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.test.ts') && !file.includes('/testing/'));

/** What breaks the rules when `file` (a path below src) imports `specifier`; undefined when nothing does. */
function violation(file: string, specifier: string): string | undefined {
  const [room] = file.split('/');
  const forNode = room === 'cli' || file.split('/').includes('node');
  if (!specifier.startsWith('.')) {
    const packageName = specifier.startsWith('@')
      ? specifier.split('/').slice(0, 2).join('/')
      : specifier.replace(/^node:/, '').split('/')[0];
    if (!forNode && (specifier.startsWith('node:') || nodePackages.has(packageName)))
      return `${file} imports ${specifier}, which is Node's`;
    return undefined;
  }
  const target = posix.join(posix.dirname(file), specifier);
  const [targetRoom] = target.split('/');
  if (!rooms.includes(targetRoom)) return `${file} imports ${specifier}, which is in no room`;
  if (rooms.indexOf(targetRoom) > rooms.indexOf(room)) return `${file} imports ${specifier}: ${targetRoom} is above ${room}`;
  if (!forNode && target.split('/').includes('node')) return `${file} imports ${specifier}, which is for Node only`;
  return undefined;
}

/** What a source imports. Types alone, of packages, are left out: they are gone when the program runs. */
function imports(file: string): string[] {
  const { statements } = ts.createSourceFile(file, readFileSync(join(root, 'src', file), 'utf8'), ts.ScriptTarget.ES2022);
  const types = statements.filter((node) => ts.isImportDeclaration(node) && node.importClause?.isTypeOnly).map((node) => specifierOf(node));
  const all = ts.preProcessFile(readFileSync(join(root, 'src', file), 'utf8'), true, true).importedFiles.map((entry) => entry.fileName);
  return all.filter((specifier) => specifier.startsWith('.') || !types.includes(specifier));
}

function specifierOf(node: ts.Statement): string {
  return ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : '';
}

describe('the rooms', () => {
  test('every source stands in a room', () => {
    expect(sources.length).toBeGreaterThan(rooms.length);
    expect(sources.filter((file) => file.includes('/') && !rooms.includes(file.split('/')[0]))).toEqual([]);
  });

  test('a room imports only lower rooms, and only the Node folders and the command line import what is of Node', () => {
    const found = sources
      .filter((file) => file.includes('/'))
      .flatMap((file) => imports(file).map((specifier) => violation(file, specifier)));
    expect(found.filter((entry) => entry !== undefined)).toEqual([]);
  });

  test('the rule itself tells right from wrong', () => {
    expect(violation('graph/grad.ts', '../tensor/tensor.js')).toBeUndefined();
    expect(violation('tensor/tensor.ts', '../graph/grad.js')).toMatch(/graph is above tensor/);
    expect(violation('io/png.ts', 'node:fs')).toMatch(/Node's/);
    expect(violation('io/png.ts', 'fs/promises')).toMatch(/Node's/);
    expect(violation('io/png.ts', './node/files.js')).toMatch(/Node only/);
    expect(violation('io/node/files.ts', 'node:fs')).toBeUndefined();
    expect(violation('cli/main.ts', '../io/node/files.js')).toBeUndefined();
  });
});

test('no file is over 400 lines, and the median is under 90', () => {
  const lengths = sources.map((file) => ({ file, lines: readFileSync(join(root, 'src', file), 'utf8').split('\n').length }));
  expect(lengths.filter(({ lines }) => lines > 401)).toEqual([]);
  const sorted = lengths.map(({ lines }) => lines).sort((a, b) => a - b);
  expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(91);
});

test('comments keep to 140 columns, with one @param a line', () => {
  const wrong = sources.flatMap((file) =>
    readFileSync(join(root, 'src', file), 'utf8')
      .split('\n')
      .flatMap((line, i) =>
        /^\s*(\*|\/\/|\/\*\*) /.test(line) && (line.length > 140 || /@param.*@param/.test(line)) ? [`${file}:${i + 1}`] : [],
      ),
  );
  expect(wrong).toEqual([]);
});

test('nothing in the repository names a path of the machine it was written on', () => {
  const text = ['README.md', 'CONTRIBUTING.md', 'package.json'].map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));
  const all = [...sources.map((file) => ({ file, text: readFileSync(join(root, 'src', file), 'utf8') })), ...text];
  expect(all.filter((entry) => /\/work\/|\/root\/|\/home\//.test(entry.text)).map((entry) => relative('.', entry.file))).toEqual([]);
});
