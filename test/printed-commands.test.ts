import { expect, test } from 'vitest';
import { inProcess } from './in-process.js';
import { commandsWithExamples, examplesOf, printedCommands } from './printed-commands.js';

test('the documents print commands', () => {
  expect(printedCommands.length).toBeGreaterThan(15);
});

/** An option that there is not, last: it is complained of only where command, arguments and all other options are right. */
const unknown = '--no-such-option';

test.each(printedCommands)('posteriori %s: command and options are known', async (line) => {
  const { code, stderr } = await inProcess(...line.split(/\s+/), unknown);
  expect(stderr).toContain(`unknown option '${unknown}'`);
  expect(code).toBe(2);
});

test.each(commandsWithExamples)('the examples in the help of %s are known', async (command) => {
  const examples = await examplesOf(command);
  expect(examples.length).toBeGreaterThan(1);
  for (const line of examples) expect((await inProcess(...line.split(/\s+/), unknown)).stderr).toContain(`unknown option '${unknown}'`);
});
