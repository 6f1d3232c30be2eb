import type { Command } from 'commander';
import { describeMethods, methodsPage } from '../../solvers/methods/describe.js';
import { findMethod } from '../../solvers/methods/index.js';
import { jsonFlag } from '../flags.js';

/** `posteriori methods`: the methods, what each needs, and every option with its range and meaning. */
export function methodsCommand(program: Command): void {
  const command = program
    .command('methods')
    .description('the methods: what each gives and needs, its presets and options')
    .argument('[name]', 'the options of this one')
    .option('--markdown', 'as the page docs/methods.md');
  jsonFlag(command).action((name: string | undefined, flags: { json?: boolean; markdown?: boolean }) => {
    const all = describeMethods().filter((method) => name === undefined || method.name === findMethod(name).name);
    if (flags.json) process.stdout.write(`${JSON.stringify(all)}\n`);
    else if (flags.markdown) process.stdout.write(methodsPage());
    else process.stdout.write(`${all.map((method) => text(method, name !== undefined)).join('\n')}\n`);
  });
}

function text({ name, title, kind, needs, variants, citation }: ReturnType<typeof describeMethods>[number], whole: boolean): string {
  const lines = [
    `${name.padEnd(10)} ${title}: ${kind}${needs.length > 0 ? `; needs ${needs.join(', ')}` : ''}`,
    `           presets ${variants.flatMap(({ presets }) => presets).join(', ')}`,
    `           ${citation}`,
  ];
  if (whole)
    for (const { presets, options } of variants)
      for (const option of options) {
        const values = presets.map((preset) => `${preset} ${JSON.stringify(option.values[preset])}`).join(', ');
        lines.push('', `  ${option.name}: ${option.meaning}`, `    ${option.range}${option.unit ? ` ${option.unit}` : ''}; ${values}`);
      }
  return lines.join('\n');
}
