// Makes a clone runnable: installs the dependencies and builds, each only when out of date (`ready.mjs install`: only installs). The build is
// the library, the command line, and the page that `posteriori studio` serves (dist/web).
// Node built-ins alone; everything it says goes to standard error, so that standard output stays the program's.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const at = (...parts) => join(root, ...parts);
const json = (path) => JSON.parse(readFileSync(path, 'utf8'));
const pageScript = at('scripts', 'studio-build.mjs');
const say = (line) => process.stderr.write(`${line}\n`);

checkNode();
if (!installed()) {
  say('posteriori: installing dependencies (npm ci) ...');
  // npm's own entry point where npm started us: no shell, and the npm the user chose
  const npm = process.env.npm_execpath;
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  if (npm) run(process.execPath, [npm, ...args], 'npm ci');
  else run('npm', args, 'npm ci', { shell: process.platform === 'win32' });
}
if (process.argv[2] !== 'install' && !built()) {
  say('posteriori: building ...');
  // Into a new folder that then takes dist's place: the output of a deleted source does not live on, a failed build
  // changes nothing, and a program that is running meets a whole dist, old or new.
  const fresh = at(`dist.new-${process.pid}`);
  const tsc = [at('node_modules', 'typescript', 'bin', 'tsc'), '--project', at('tsconfig.json'), '--outDir', fresh];
  run(process.execPath, [...tsc, '--incremental', 'false', '--tsBuildInfoFile', 'null'], 'the build', { undo: fresh });
  buildPage(join(fresh, 'web'));
  writeFileSync(join(fresh, '.built'), '');
  rmSync(at('dist'), { recursive: true, force: true });
  renameSync(fresh, at('dist'));
}
// `npx posteriori` in a clone runs the file itself
if (existsSync(at('dist', 'cli', 'main.js'))) chmodSync(at('dist', 'cli', 'main.js'), 0o755);

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  say(`posteriori needs Node 20.19 or newer; this is ${process.versions.node}. Install a newer one from https://nodejs.org.`);
  process.exit(1);
}

/** Whether node_modules holds what package-lock.json asks for. Optional packages are for one platform each, so they may be absent. */
function installed() {
  const record = at('node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = json(at('package-lock.json')).packages;
  const present = json(record).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || present[path]?.version === version || (optional && !present[path]),
  );
}

/** The page of the studio. Where vite has no build for this machine the rest works, and the studio has its API alone. */
function buildPage(folder) {
  const { status } = spawnSync(process.execPath, [pageScript, '--served', folder], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  rmSync(folder, { recursive: true, force: true });
  say('posteriori: the page of the studio could not be built, its messages are above; everything else is ready.');
}

/** Whether dist was built after the newest source. */
function built() {
  const stamp = at('dist', '.built');
  if (!existsSync(stamp)) return false;
  const newest = Math.max(...[at('tsconfig.json'), at('package-lock.json'), pageScript].map(mtime), ...times(at('src')));
  return mtime(stamp) >= newest;
}

/** Modification times of a folder, its folders (a deletion shows there) and its files. */
function times(folder) {
  const entries = readdirSync(folder, { withFileTypes: true });
  return [mtime(folder), ...entries.flatMap((e) => (e.isDirectory() ? times(join(folder, e.name)) : [mtime(join(folder, e.name))]))];
}

function mtime(path) {
  return statSync(path).mtimeMs;
}

function run(command, args, what, { shell = false, undo } = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell });
  if (status === 0) return;
  if (undo) rmSync(undo, { recursive: true, force: true });
  say(`posteriori: ${what} failed${error ? `: ${error.message}` : ` with exit code ${status}`}; its messages are above.`);
  process.exit(1);
}
