import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { ctScanner, measuredCt } from '../../experiments/ct-problem.js';
import { sha256 } from '../../experiments/hash.js';
import { type Manifest, parseManifest } from '../../experiments/manifest.js';
import { npyTensor, parseNpy } from '../../io/index.js';
import { readBytes } from '../../io/node/index.js';
import { parseGeometry } from '../../operators/index.js';
import { UserError } from '../../tensor/errors.js';
import { jsonFlag } from '../flags.js';
import { jsonResult, runAndReport, type Source, textResult } from '../run-and-report.js';

/** `posteriori rerun manifest.json`: the same run once more, from the measurement beside the manifest. */
export function rerunCommand(program: Command): void {
  const command = program
    .command('rerun')
    .description('run a manifest again and say whether the same bits came out')
    .argument('<manifest>', 'manifest.json of a finished run, its files beside it')
    .option('--out <folder>', 'where results go (default: rerun, beside the manifest)');
  jsonFlag(command).action(async (path: string, flags: { out?: string; json?: boolean }) => {
    const manifest = parseManifest(new TextDecoder().decode(await readBytes(path)), path);
    const { method, preset, options: set, seed, device, threads } = manifest;
    const choice = { method, preset, set, seed, device, threads, prior: manifest.prior?.path ?? '', priorHash: manifest.prior?.sha256 };
    const finished = await runAndReport(choice, flags.out ?? join(dirname(path), 'rerun'), () => savedMeasurement(manifest, dirname(path)));
    const same = finished.manifest.result.reconstruction.sha256 === manifest.result.reconstruction.sha256;
    if (flags.json) process.stdout.write(`${JSON.stringify({ ...jsonResult(finished), sameBits: same })}\n`);
    else
      process.stdout.write(
        `${textResult(finished)}${same ? 'The same bits as before.' : `Not the same bits as before${differences(manifest, finished.manifest)}.`}\n`,
      );
  });
}

async function savedMeasurement(manifest: Manifest, folder: string): Promise<Source> {
  const read = async ({ file, sha256: hash }: { file: string; sha256: string }): Promise<Uint8Array> => {
    const bytes = await readBytes(join(folder, file));
    if ((await sha256(bytes)) !== hash)
      throw new UserError(`${join(folder, file)} is not the file the manifest speaks of: its hash differs. Restore it, or make a new run.`);
    return bytes;
  };
  const { operator, measurement, truth } = manifest;
  const geometry = parseGeometry(JSON.parse(new TextDecoder().decode(await read(operator.geometry))), operator.geometry.file);
  const y = npyTensor(parseNpy(await read(measurement), measurement.file));
  const image = truth && npyTensor(parseNpy(await read(truth), truth.file));
  const problem = measuredCt(y, ctScanner(geometry), operator.sigma, image);
  return { input: manifest.input, measurement: measurement.source, photons: operator.photons, measure: async () => problem };
}

/** What changed since, which may be why. */
function differences(before: Manifest, after: Manifest): string {
  const changed = Object.keys(before.versions).filter((name) => before.versions[name] !== after.versions[name]);
  return changed.length === 0
    ? ''
    : ` (${changed.map((name) => `${name} was ${before.versions[name]}, is ${after.versions[name]}`).join('; ')})`;
}
