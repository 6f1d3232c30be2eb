import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** The commands that the documents print. */
export const printedCommands = documents.flatMap((name) => commandsIn(readFileSync(join(root, name), 'utf8')));

/** The commands whose help has examples. */
export const commandsWithExamples = ['reconstruct', 'inpaint', 'upscale', 'deblur'];

/** The examples in the help of a command. */
export async function examplesOf(command: string): Promise<string[]> {
  const { stdout } = await inProcess(command, '--help');
  return [...stdout.matchAll(/^ {2}posteriori (.*?)(?: {3}.*)?$/gm)].map(([, line]) => line.trim());
}
