// `npm run bench -- NAME [arguments]`: runs bench/NAME.ts against the built library.
// The script is bundled alone: its imports from ../src become imports from dist, so that the library it measures
// is the one the command line runs, worker threads included.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [name, ...args] = process.argv.slice(2);
const entry = join(root, 'bench', `${name}.ts`);
if (!name || !existsSync(entry)) {
  const known = readdirSync(join(root, 'bench'))
    .filter((file) => file.endsWith('.ts') && !file.startsWith('_'))
    .map((file) => file.slice(0, -3));
  process.stderr.write(`usage: npm run bench -- NAME [arguments], where NAME is one of ${known.join(', ')}\n`);
  process.exit(2);
}

const outfile = join(root, 'node_modules', '.cache', 'bench', `${name}.mjs`);
await build({
  entryPoints: [entry],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'warning',
  plugins: [
    {
      name: 'library-from-dist',
      setup({ onResolve }) {
        onResolve({ filter: /^\.\.\/src\// }, ({ path }) => ({
          path: pathToFileURL(join(root, 'dist', path.slice('../src/'.length))).href,
          external: true,
        }));
      },
    },
  ],
});
// some benches speak to the engine themselves
const env = { ORT_DISABLE_TELEMETRY: '1', ...process.env };
process.exit(spawnSync(process.execPath, ['--enable-source-maps', outfile, ...args], { stdio: 'inherit', env }).status ?? 1);
