import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { sha256 } from '../../experiments/hash.js';
import { onnxSetup } from '../../experiments/node/onnx-operator.js';
import type { Source } from '../../experiments/node/sources/source.js';
import { type TaskProblem, takeMeasurement } from '../../experiments/problem.js';
import { ctSetup, type Setup, setUp } from '../../experiments/tasks/index.js';
import { parseJson } from '../../io/checked.js';
import { npyTensor, parseNpy } from '../../io/index.js';
import { readBytes } from '../../io/node/index.js';
import { parseGeometry } from '../../operators/index.js';
import { infinityNamed, type Manifest, parseManifest } from '../../results/manifest.js';
import { currentSetting } from '../../solvers/methods/index.js';
import { UserError } from '../../tensor/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { jsonFlag, type OutFlags, outFlags } from '../flags.js';
import { jsonResult, runAndReport, textResult } from '../run-and-report.js';

/** `posteriori rerun manifest.json`: the same run once more, from the measurement beside the manifest. */
export function rerunCommand(program: Command): void {
  const command = program
    .command('rerun')
    .description('run a manifest again and say whether the same bits came out')
    .argument('<manifest>', 'manifest.json of a finished run, its files beside it');
  jsonFlag(outFlags(command, 'rerun, beside the manifest')).action(async (path: string, flags: OutFlags & { json?: boolean }) => {
    const manifest = parseManifest(new TextDecoder().decode(await readBytes(path)), path);
    const { method, preset, options: set } = currentSetting(manifest);
    const { seed, device, threads, tile, baseline, samples } = manifest;
    const folder = dirname(path);
    const choice = {
      method,
      preset,
      set,
      seed,
      device: device === 'wasm' ? ('cpu' as const) : device, // a run of the page: the same work, on Node's processor
      threads,
      tile,
      baseline,
      samples,
      prior: manifest.prior?.path ?? '',
      priorHash: manifest.prior?.sha256,
      ...(manifest.from && { from: { estimate: await savedNumbers(manifest.from, folder), done: manifest.from.done } }),
    };
    const destination = { out: flags.out ?? join(folder, 'rerun'), inputs: [path, ...filesOf(manifest, folder)], force: flags.force };
    const finished = await runAndReport(choice, destination, () => savedMeasurement(manifest, folder));
    const same = finished.manifest.result.reconstruction.sha256 === manifest.result.reconstruction.sha256;
    if (flags.json) process.stdout.write(`${JSON.stringify({ ...jsonResult(finished), sameBits: same }, infinityNamed)}\n`);
    else
      process.stdout.write(
        `${textResult(finished)}${same ? 'The same bits as before.' : `Not the same bits as before${differences(manifest, finished.manifest)}.`}\n`,
      );
  });
}

/** Paths of the files that make the measurement again, and of the operator's model. */
function filesOf({ operator: { geometry, recipe }, measurement, truth, from }: Manifest, folder: string): string[] {
  const saved = [measurement, geometry, truth, from, ...Object.values(recipe?.tensors ?? {})].filter((one) => one !== undefined);
  return [...saved.map(({ file }) => join(folder, file)), ...(recipe?.model ? [recipe.model.path] : [])];
}

interface Saved {
  readonly file: string;
  readonly sha256: string;
}

/** @throws UserError when it is not the file that the manifest speaks of */
async function savedFile({ file, sha256: hash }: Saved, folder: string): Promise<Uint8Array> {
  const bytes = await readBytes(join(folder, file));
  if ((await sha256(bytes)) !== hash)
    throw new UserError(`${join(folder, file)} is not the file the manifest speaks of: its hash differs. Restore it, or make a new run.`);
  return bytes;
}

async function savedNumbers(saved: Saved, folder: string): Promise<Tensor> {
  return npyTensor(parseNpy(await savedFile(saved, folder), saved.file));
}

async function savedMeasurement(manifest: Manifest, folder: string): Promise<Source> {
  const { operator, measurement, truth } = manifest;
  const numbers = (saved: Saved) => savedNumbers(saved, folder);
  const y = await numbers(measurement);
  const image = truth && (await numbers(truth));
  const problem = await again();
  return { input: manifest.input, measurement: measurement.source, photons: operator.photons, measure: async () => problem };

  async function again(): Promise<TaskProblem> {
    const { geometry, recipe, sigma } = operator;
    if (geometry !== undefined) {
      const json = parseJson(await savedFile(geometry, folder), geometry.file, 'Restore it, or make a new run.');
      return takeMeasurement(y, ctSetup(parseGeometry(json, geometry.file), manifest.task), sigma, { truth: image });
    }
    if (recipe === undefined) throw new UserError('The manifest names neither a geometry nor a recipe for its operator: it was altered.');
    return takeMeasurement(y, await setupAgain(manifest.task, recipe, numbers), sigma, { truth: image, frame: recipe.frame });
  }
}

async function setupAgain(
  task: string,
  { image, options, tensors, model }: NonNullable<Manifest['operator']['recipe']>,
  numbers: (saved: Saved) => Promise<Tensor>,
): Promise<Setup> {
  const [channels, height, width] = image;
  if (model === undefined) {
    const parts = await Promise.all(Object.entries(tensors).map(async ([name, saved]) => [name, await numbers(saved)] as const));
    return setUp({ task, image, options, tensors: Object.fromEntries(parts) });
  }
  const setup = await onnxSetup(model.path, [channels, height, width]);
  if (setup.model?.sha256 !== model.sha256)
    throw new UserError(`${model.path} is not the operator of the first run: its hash differs. Restore it to run again.`);
  return setup;
}

/** What changed since, which may be why. */
function differences(before: Manifest, after: Manifest): string {
  const changed = Object.keys(before.versions).filter((name) => before.versions[name] !== after.versions[name]);
  return changed.length === 0
    ? ''
    : ` (${changed.map((name) => `${name} was ${before.versions[name]}, is ${after.versions[name]}`).join('; ')})`;
}
