import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './command-line.js';
import { inProcess } from './in-process.js';

/** Lines of shell blocks that call the program, without their comments. */
function commandsIn(text: string): string[] {
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)]
    .flatMap(([, block]) => block.split('\n'))
    .flatMap((line) => /^npx posteriori (.*?)\s*(#.*)?$/.exec(line)?.[1] ?? []);
}

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];
const printed = documents.flatMap((name) => commandsIn(readFileSync(join(root, name), 'utf8')));

test('the documents print commands', () => {
  expect(printed.length).toBeGreaterThan(15);
});

/** An option that there is not, last: it is complained of only where command, arguments and all other options are right. */
const unknown = '--no-such-option';

test.each(printed)('posteriori %s: command and options are known', async (line) => {
  const { code, stderr } = await inProcess(...line.split(/\s+/), unknown);
  expect(stderr).toContain(`unknown option '${unknown}'`);
  expect(code).toBe(2);
});

test.each(['reconstruct', 'inpaint', 'upscale', 'deblur'])('the examples in the help of %s are known', async (command) => {
  const { stdout } = await inProcess(command, '--help');
  const examples = [...stdout.matchAll(/^ {2}posteriori (.*?)(?: {3}.*)?$/gm)].map(([, line]) => line);
  expect(examples.length).toBeGreaterThan(1);
  for (const line of examples)
    expect((await inProcess(...line.trim().split(/\s+/), unknown)).stderr).toContain(`unknown option '${unknown}'`);
});
