import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './command-line.js';

const read = (path: string) => readFileSync(join(root, path), 'utf8');

test('the package holds the library, the priors and the documents, no tests, no source maps, and every link between them leads somewhere', () => {
  const { files } = JSON.parse(read('package.json')) as { files: string[] };
  expect(files).toEqual(expect.arrayContaining(['dist', 'priors', 'docs']));
  const built = readdirSync(join(root, 'dist'), { recursive: true }) as string[];
  expect(built.filter((name) => /\.map$|\.test\.|(^|\/)testing\//.test(name))).toEqual([]);
  // the page that `posteriori studio` serves, and the engine for it
  expect(built).toEqual(expect.arrayContaining([join('web', 'index.html'), join('web', 'ort', 'ort-wasm-simd-threaded.wasm')]));
  const documents = [
    'README.md',
    ...['docs', 'priors'].flatMap((folder) =>
      (readdirSync(join(root, folder), { recursive: true }) as string[])
        .filter((name) => name.endsWith('.md'))
        .map((name) => join(folder, name)),
    ),
  ];
  const shipped = (path: string) =>
    /^(dist|priors|docs)(\/|$)|^(README\.md|LICENSE|package\.json)$/.test(path) && existsSync(join(root, path));
  const broken = documents.flatMap((document) =>
    [...read(document).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
      .map(([, target]) => target)
      .filter((target) => !/^https?:/.test(target))
      .filter((target) => !shipped(normalize(join(dirname(document), target))) && target !== 'CONTRIBUTING.md')
      .map((target) => `${document}: ${target}`),
  );
  expect(broken).toEqual([]);
});

test("the README's example of the library type-checks in a project without types of Node", async () => {
  const example = /```js\n(import \{ operators[\s\S]*?)```/.exec(read('README.md'))![1];
  const folder = await mkdtemp(join(tmpdir(), 'posteriori-types-'));
  try {
    const installed = join(folder, 'node_modules');
    await mkdir(join(installed, 'posteriori'), { recursive: true });
    await cp(join(root, 'dist'), join(installed, 'posteriori', 'dist'), { recursive: true });
    await cp(join(root, 'package.json'), join(installed, 'posteriori', 'package.json'));
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    for (const name of [...Object.keys(dependencies), 'onnxruntime-common']) {
      await mkdir(dirname(join(installed, name)), { recursive: true });
      await symlink(join(root, 'node_modules', name), join(installed, name), 'junction');
    }
    await writeFile(join(folder, 'example.mts'), `declare const y: import('posteriori').Tensor;\n${example}`);
    const options = {
      module: 'nodenext',
      target: 'es2023',
      lib: ['es2023', 'dom'],
      types: [],
      strict: true,
      noEmit: true,
      preserveSymlinks: true,
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['example.mts'] }));
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    let said = '';
    try {
      execFileSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
    } catch (error) {
      said = (error as { stdout: string }).stdout;
    }
    expect(said).toBe('');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
