import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildFailure, build, type Metafile } from 'esbuild';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../../src/runtime/testing/bundle.js';

/** Rooms and halves of rooms that may use Node; everything else is the library that also runs in a browser. */
const nodeOnly = /(^|\/)(cli|studio|node|testing)\/|\.test\.ts$|\.d\.ts$/;

/**
 * Bundle for a browser and name what would be missing there, as `importer -> module`: for a browser esbuild does not know
 * Node's built-ins, and a package may declare (field "browser") that it does without one.
 */
async function missingIn(entryPoints: readonly string[]): Promise<string[]> {
  try {
    const { metafile } = await build({
      absWorkingDir: repositoryRoot,
      entryPoints: [...entryPoints],
      outdir: 'unwritten',
      write: false,
      metafile: true,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      logLevel: 'silent',
    });
    return externals(metafile);
  } catch (error) {
    return (error as BuildFailure).errors
      .map(({ text, location }) => `${location?.file} -> ${/Could not resolve "(.*)"/.exec(text)?.[1] ?? text}`)
      .sort();
  }
}

function externals({ outputs }: Metafile): string[] {
  return Object.entries(outputs).flatMap(([file, { imports }]) => imports.filter((i) => i.external).map((i) => `${file} -> ${i.path}`));
}

test('no Node built-in gets into the browser bundle', async () => {
  const sources = (readdirSync(join(repositoryRoot, 'src'), { recursive: true }) as string[]).filter(
    (file) => file.endsWith('.ts') && !nodeOnly.test(file),
  );
  expect(sources).toContain('runtime/web/index.ts');
  expect(sources).toContain('graph/index.ts');
  expect(await missingIn(sources.map((file) => `src/${file}`))).toEqual([]);
});

test('a Node half would be found out', async () => {
  expect(await missingIn(['src/runtime/node/devices.ts'])).toContain('src/runtime/node/devices.ts -> node:fs');
});
