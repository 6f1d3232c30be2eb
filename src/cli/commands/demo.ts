import type { Command } from 'commander';
import { heldOutPhantom } from '../../experiments/held-out.js';
import { simulate } from '../../experiments/problem.js';
import { ctSetup } from '../../experiments/tasks/index.js';
import { withUsualPrior } from '../../experiments/usual-prior.js';
import { PHANTOM_VERSION } from '../../images/phantoms/index.js';
import { defaultGeometry } from '../../operators/index.js';
import { jsonFlag, machineFlags, noiseSeedFlag, type OutFlags, outFlags, type SolverFlags, solverFlags, windowFlag } from '../flags.js';
import { print, runAndReport } from '../run-and-report.js';

const [views, sigma] = [25, 0.01];

/** `posteriori demo`: a phantom whose seed no training has seen, measured from 25 angles and reconstructed. */
export function demoCommand(program: Command): void {
  const command = program.command('demo').description('reconstruct a phantom, never trained on, from 25 noisy views, and write a report');
  jsonFlag(windowFlag(noiseSeedFlag(solverFlags(command, { images: 'ct' }))));
  machineFlags(command);
  outFlags(command, 'out/demo').action(async (flags: SolverFlags & OutFlags) => {
    const { image, seed } = heldOutPhantom('demo', 10);
    const destination = { out: flags.out ?? 'out/demo', inputs: [], force: flags.force };
    const finished = await runAndReport(withUsualPrior(flags, 'ct'), destination, async () => ({
      input: `phantom of seed ${seed}, version ${PHANTOM_VERSION}`,
      measurement: 'simulated',
      window: flags.window,
      measure: (runtime, random) => simulate(runtime, image, ctSetup(defaultGeometry({ views })), { sigma }, random),
    }));
    print(finished, flags.json);
  });
}
