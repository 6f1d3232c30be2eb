// Builds the page of src/web into a folder (out/web) that any web server, in any folder of it, can serve as it is. With `--served` it is for
// the studio's own server, which has the priors already.
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

process.env.NODE_ENV = 'production'; // whatever the caller's is, such as a test's

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const ort = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/wasm'));
/** The engine's two builds: for processors, and with WebGPU. */
const engines = ['ort-wasm-simd-threaded', 'ort-wasm-simd-threaded.asyncify'].flatMap((name) => [`${name}.mjs`, `${name}.wasm`]);
const priors = ['ct-pixel', 'photo-pixel', 'ct-dncnn', 'photo-dncnn'].flatMap((name) => [
  `${name}/config.json`,
  `${name}/model.safetensors`,
]);
const enginesToCopy = engines.map((file) => [join(ort, file), `ort/${file}`]);
const priorsToCopy = priors.map((file) => [join(root, 'priors', file), `priors/${file}`]);

/** Scripts that are larger are not loaded before they are needed: the two of the page itself are below it. */
const RARE = 2e6;

/** Copies what is fetched as it is, and tells the service worker which files there are. */
function offline(outDir, copies) {
  return {
    name: 'offline',
    writeBundle() {
      for (const [from, to] of copies) {
        mkdirSync(dirname(join(outDir, to)), { recursive: true });
        copyFileSync(from, join(outDir, to));
      }
    },
    generateBundle(_options, bundle) {
      const worker = bundle['sw.js'];
      if (worker === undefined) throw new Error('the service worker was not built');
      // what only rare files need (the HDF5 library) is kept when it is used
      const isRare = (file) => (bundle[file].code?.length ?? 0) > RARE;
      const first = ['./', ...Object.keys(bundle).filter((file) => file !== 'sw.js' && file !== 'index.html' && !isRare(file))];
      // the engine for WebGPU is kept when it is used
      const later = copies.map(([, to]) => to).filter((file) => !file.includes('asyncify'));
      const hash = createHash('sha256').update(worker.code);
      for (const [file, { code, source }] of Object.entries(bundle)) hash.update(file).update(code ?? source);
      for (const [from] of copies) hash.update(from.slice(root.length)).update(String(statSync(from).size));
      const told = { version: hash.digest('hex').slice(0, 16), first, later };
      worker.code = `const BUILD = ${JSON.stringify(told)};\n${worker.code}`;
    },
  };
}

/**
 * @param outDir where to; emptied first
 * @param served whether by the studio's server
 */
async function buildStudio(outDir, served) {
  const copies = served ? enginesToCopy : [...enginesToCopy, ...priorsToCopy];
  await build({
    configFile: false,
    root: join(root, 'src', 'web'),
    base: './',
    logLevel: 'warn',
    publicDir: false,
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    resolve: { conditions: ['onnxruntime-web-use-extern-wasm', 'module', 'browser', 'production'] },
    worker: { format: 'es' },
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 1000,
      rolldownOptions: {
        checks: { bundlerTimings: false }, // a busy machine is no fault of the build
        input: { index: join(root, 'src', 'web', 'index.html'), sw: join(root, 'src', 'web', 'offline', 'service-worker.ts') },
        output: { entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js') },
      },
    },
    plugins: [offline(outDir, copies)],
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const served = process.argv.includes('--served');
  const outDir = process.argv.slice(2).find((arg) => !arg.startsWith('--')) ?? join(root, 'out', 'web');
  await buildStudio(outDir, served);
  if (!served)
    process.stdout.write(
      `${outDir} is ready: any web server can serve it, in any folder; try it with: npx vite preview --outDir ${outDir}\n`,
    );
}
