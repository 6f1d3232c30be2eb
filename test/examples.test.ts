import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { root } from './command-line.js';

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
);

/** The code of every `@example` of src, by file and number. */
const examples = new Map(
  sources.flatMap((file) =>
    [...readFileSync(join(root, 'src', file), 'utf8').matchAll(/ \* @example\n \* ```ts\n([\s\S]*?) \* ```\n/g)].map(
      ([, lines], k) => [join(root, 'test', `${file.replaceAll(/[\\/]/g, '-')}-${k}.mts`), lines.replaceAll(/^ \* ?/gm, '')] as const,
    ),
  ),
);

test('the examples of the documentation are programs: the packed library has all that they use, as they use it', () => {
  expect(examples.size).toBeGreaterThanOrEqual(20);
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
  };
  const host = ts.createCompilerHost(options);
  const [readFile, fileExists, getSourceFile] = [host.readFile, host.fileExists, host.getSourceFile];
  host.readFile = (path) => examples.get(path) ?? readFile(path);
  host.fileExists = (path) => examples.has(path) || fileExists(path);
  host.getSourceFile = (path, ...rest) => {
    const code = examples.get(path);
    return code === undefined ? getSourceFile(path, ...rest) : ts.createSourceFile(path, code, ts.ScriptTarget.ES2022, true);
  };
  const program = ts.createProgram([...examples.keys()], options, host);
  const faults = ts.getPreEmitDiagnostics(program).map(({ file, messageText, start = 0 }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1;
    return `${file?.fileName.slice(root.length)}:${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
  expect(faults).toEqual([]);
});
