// `npm run mutants [-- PATTERN] [--jobs 2]`: plants the mistakes of scripts/mutations.mjs one by one in a copy of the sources, and runs the tests
// that must notice. Exits with 1 where a mistake survives, its text is not there any more, or the tests fail without it.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { mutations } from './mutations.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values, positionals } = parseArgs({ options: { jobs: { type: 'string', default: '2' } }, allowPositionals: true });
const chosen = mutations.filter(({ what, file }) => positionals.every((text) => `${what} ${file}`.includes(text)));
const jobs = Number(values.jobs);
if (chosen.length === 0 || !(Number.isInteger(jobs) && jobs > 0)) {
  process.stderr.write('usage: npm run mutants -- [PATTERN] [--jobs N]; no mutation matches, or N is no positive whole number\n');
  process.exit(2);
}

const trees = Array.from({ length: Math.min(jobs, chosen.length) }, () => {
  const tree = mkdtempSync(join(tmpdir(), 'mutants-'));
  for (const name of [
    'src',
    'test',
    'docs',
    'priors',
    'training',
    'package.json',
    'tsconfig.json',
    'tsconfig.test.json',
    'vitest.config.ts',
  ])
    cpSync(join(root, name), join(tree, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
  return tree;
});
process.on('exit', () => {
  for (const tree of trees) rmSync(tree, { recursive: true, force: true });
});
process.on('SIGINT', () => process.exit(130));

const sound = await run(trees[0], [...new Set(chosen.flatMap(({ tests }) => tests))]);
if (sound.failed.length > 0 || sound.broken) {
  console.log(`The tests fail without any mistake: ${sound.broken ?? sound.failed.join('; ')}`);
  process.exit(1);
}
console.log(`${sound.passed} tests pass without a mistake`);

let [next, killed] = [0, 0];
const alive = [];
await Promise.all(
  trees.map(async (tree) => {
    while (next < chosen.length) {
      const mutation = chosen[next++];
      const verdict = await plant(tree, mutation);
      if (verdict.killedBy) killed++;
      else alive.push(mutation.what);
      console.log(`${verdict.killedBy ? 'killed  ' : 'SURVIVED'} ${mutation.what} (${mutation.file}): ${verdict.killedBy ?? verdict.why}`);
    }
  }),
);
console.log(`\n${killed} of ${chosen.length} killed${alive.length > 0 ? `; alive: ${alive.join('; ')}` : ''}`);
process.exit(alive.length > 0 ? 1 : 0);

async function plant(tree, { file, from, to, tests }) {
  const path = join(tree, file);
  const source = readFileSync(path, 'utf8');
  const count = source.split(from).length - 1;
  if (count !== 1) return { why: `its text occurs ${count} times: bring scripts/mutations.mjs up to date` };
  writeFileSync(
    path,
    source.replace(from, () => to),
  );
  const { failed, broken } = await run(tree, tests);
  writeFileSync(path, source);
  if (broken) return { why: `no test ran: ${broken}` };
  return failed.length > 0 ? { killedBy: failed[0] } : { why: 'all tests passed' };
}

/** Vitest on some test files: names of tests that failed, or why none ran. */
function run(tree, tests) {
  const report = join(tree, 'report.json');
  rmSync(report, { force: true });
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const bail = tests.length > 6 ? [] : ['--bail', '1'];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [vitest, 'run', ...tests, ...bail, '--reporter=json', `--outputFile=${report}`], {
      cwd: tree,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (text) => (errors += text));
    child.on('close', () => {
      let found;
      try {
        found = JSON.parse(readFileSync(report, 'utf8'));
      } catch {
        resolve({ failed: [], passed: 0, broken: errors.trim().split('\n')[0] || 'no report' });
        return;
      }
      const all = found.testResults.flatMap(({ assertionResults }) => assertionResults);
      const failed = all.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
      const passed = all.filter(({ status }) => status === 'passed').length;
      const empty = found.testResults.find(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0);
      resolve({ failed, passed, broken: failed.length === 0 && empty ? empty.message.split('\n')[0] : undefined });
    });
  });
}
