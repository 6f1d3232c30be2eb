import type { Device } from '../../runtime/index.js';
import { createNodeRuntime } from '../../runtime/node/index.js';
import { evaluate } from '../evaluate.js';
import { operationCases, setUp, valueAndGradients } from './operation-cases.js';

/*
 * Run as a process: every operation and its gradient on the device named by the argument, against the float64 evaluator.
 * Prints { name: largest difference relative to the largest value } as JSON, or an error message in place of a number.
 */
const runtime = await createNodeRuntime({ device: process.argv[2] as Device });
const report: Record<string, number | string> = {};
for (const c of operationCases) {
  try {
    const made = setUp(c);
    const outputs = valueAndGradients(made);
    const compiled = await runtime.compile(outputs);
    const got = await compiled.run(Object.fromEntries(compiled.inputs.map(({ name }) => [name, made.feeds[name]])));
    await compiled.dispose();
    const expected = evaluate(outputs, made.feeds);
    let worst = 0;
    for (const [key, { data }] of Object.entries(expected)) {
      const scale = Math.max(1, ...data.map(Math.abs));
      data.forEach((v, i) => {
        worst = Math.max(worst, Math.abs(got[key].data[i] - v) / scale);
      });
    }
    report[c.name] = worst;
  } catch (error) {
    report[c.name] = (error as Error).message;
  }
}
await runtime.dispose();
process.stdout.write(JSON.stringify(report));
