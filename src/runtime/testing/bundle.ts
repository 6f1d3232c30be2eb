import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

export const repositoryRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** Bundle TypeScript entry points into a fresh folder from which packages still resolve; returns the folder. */
export async function bundle(name: string, entries: Record<string, string>, options: BuildOptions): Promise<string> {
  const outdir = join(repositoryRoot, 'node_modules', '.cache', 'posteriori', name);
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  await build({
    absWorkingDir: repositoryRoot,
    entryPoints: entries,
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'error',
    ...options,
  });
  return outdir;
}
