import type { Command } from 'commander';
import { embeddedPriors } from '../../priors/node/index.js';
import { doctor, formatDoctor } from '../../runtime/node/index.js';
import { jsonFlag } from '../flags.js';

/** `posteriori doctor`: devices, threads, versions, and the remedy for what is missing. Exit code 1 when something needed is missing. */
export function doctorCommand(program: Command): void {
  const command = program.command('doctor').description('devices, threads and versions, and how to get what is missing');
  jsonFlag(command).action(async (flags: { json?: boolean }) => {
    const report = await doctor();
    const priors = embeddedPriors();
    const text = `${formatDoctor(report)}\npriors     ${priors.join(', ') || 'none embedded: name a folder with --prior'}\n`;
    process.stdout.write(flags.json ? `${JSON.stringify({ ...report, priors })}\n` : text);
    if (report.problems.length > 0) process.exitCode = 1;
  });
}
