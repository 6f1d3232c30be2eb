// How far the samples of every method are from a posterior that is known exactly: the tables of docs/exactness.md.
// npm run bench -- exactness [--samples 1000] [--problem gaussian] [--methods dps,daps]
// Settings compared: --methods dps --set "zeta=2 steps=300"

import { parseArgs } from 'node:util';
import { type ExactProblem, type ExactProblemName, exactProblems } from '../src/experiments/exact-problems.js';
import { type Exactness, measureExactness } from '../src/experiments/exactness.js';
import { exactnessSettings } from '../src/experiments/exactness-settings.js';
import { createNodeRuntime } from '../src/runtime/node/index.js';
import { CompiledGraphs } from '../src/solvers/index.js';
import { findMethod, resolveOptions, runMethod } from '../src/solvers/methods/index.js';

const { values } = parseArgs({
  options: {
    samples: { type: 'string', default: '1000' },
    problem: { type: 'string', multiple: true },
    methods: { type: 'string' },
    set: { type: 'string', default: '' },
    seed: { type: 'string', default: '3' },
  },
});
const samples = Number(values.samples);
const wanted = values.methods?.split(',');
const set = Object.fromEntries(
  values.set
    .split(' ')
    .filter(Boolean)
    .map((pair) => pair.split('=')),
);
const runtime = await createNodeRuntime({ threads: 1 });
for (const name of (values.problem ?? Object.keys(exactProblems)) as ExactProblemName[]) {
  const exact: ExactProblem = exactProblems[name](Number(values.seed));
  const { observed, directions } = exact;
  console.log(`\n## ${name}: ${Math.sqrt(directions.length)} numbers, ${observed} seen\n`);
  const mixture = exact.posterior.length > 1;
  const head = ['method', 'bias, seen', 'unseen', 'ratio of deviations, seen', 'unseen', 'coverage of 90 %, seen', 'unseen', 'covariance'];
  if (mixture) head.push('shares of the components (exact)');
  console.log(`| ${head.join(' | ')} |\n|${'---|'.repeat(head.length)}`);
  let chance: Exactness['chance'] | undefined;
  for (const setting of exactnessSettings.filter(({ method }) => wanted === undefined || wanted.includes(method))) {
    const method = findMethod(setting.method);
    const options = setting[exact.prior.space];
    if (options === undefined) continue;
    const { preset, ...own } = options;
    const all = resolveOptions(method, preset, { ...own, ...set }, exact.prior);
    const graphs = new CompiledGraphs(runtime);
    const run = (random: Parameters<Parameters<typeof measureExactness>[1]>[0]) =>
      runMethod(method, preset, { prior: exact.prior, problem: exact.problem, context: { runtime, random, graphs }, options: all });
    const began = performance.now();
    const found = await measureExactness(exact, run, { samples, seed: 1 });
    chance = found.chance;
    console.log(
      row(`${method.title}${setting.note ? `, ${setting.note}` : ''}`, found),
      `<!-- ${Math.round((performance.now() - began) / 1000)} s -->`,
    );
    await graphs.dispose();
  }
  if (chance)
    console.log(
      `\nBy chance alone, ${samples} draws: bias ${chance.bias.toFixed(3)}, ratio 1 ± ${chance.ratio.toFixed(3)}, covariance ${chance.covariance.toFixed(3)}.`,
    );
}
await runtime.dispose();

function row(name: string, { observed: seen, unobserved: not, covariance, shares }: Exactness): string {
  const two = (value: number) => (value < 10 ? value.toFixed(2) : value.toFixed(0));
  const cells = [seen.bias, not.bias, seen.ratio, not.ratio, seen.coverage, not.coverage, covariance].map(two);
  if (shares.length > 1) cells.push(shares.map(({ found, exact }) => `${two(found)} (${two(exact)})`).join(', '));
  return `| ${[name, ...cells].join(' | ')} |`;
}
