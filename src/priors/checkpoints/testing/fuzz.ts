import { readFile } from 'node:fs/promises';
import { bytesSource } from '../../../io/byte-source.js';
import { damaged } from '../../../io/testing/damage.js';
import { UserError } from '../../../tensor/errors.js';
import type { Random } from '../../../tensor/random.js';
import { openTensorFile } from '../open-tensor-file.js';

/** The formats, and sound files of each that damage starts from. */
export const corpora: Readonly<Record<string, readonly string[]>> = {
  safetensors: ['every-type.safetensors', 'expected.safetensors'],
  zip: ['zip-2.pt', 'zip-4.pt', 'deflated.pt', 'state-dict.pt', 'malicious.pt'],
  legacy: ['legacy-2.pt', 'legacy-4.pt', 'malicious-legacy.pt'],
};

export interface FuzzOutcome {
  /** Files that were read whole, and refused as damaged. */
  read: number;
  refused: number;
  /** The most memory that the process held after a case beyond that before the first, in MB; the garbage of earlier cases included. */
  megabytes: number;
  /** The longest case, in milliseconds of the processor, and its number. For the report: no test depends on it. */
  slowest: number;
  slowestRun: number;
}

/**
 * Damage files of a format in many ways, and demand that each is read or refused as a UserError of one paragraph.
 * @throws the first other error, with the number of its case
 */
export async function fuzz(names: readonly string[], runs: number, random: Random): Promise<FuzzOutcome> {
  const sound = await Promise.all(
    names.map(async (name) => new Uint8Array(await readFile(new URL(`../fixtures/${name}`, import.meta.url)))),
  );
  const before = process.memoryUsage.rss();
  const outcome: FuzzOutcome = { read: 0, refused: 0, megabytes: 0, slowest: 0, slowestRun: 0 };
  for (let run = 0; run < runs; run++) {
    const own = random.fork(run); // so that a case can be repeated alone
    let bytes: Uint8Array = sound[own.integer(sound.length)];
    for (let times = 1 + own.integer(3); times > 0; times--) bytes = damaged(bytes, sound[own.integer(sound.length)], own);
    const start = process.cpuUsage();
    if (await isRead(bytes, run)) outcome.read++;
    else outcome.refused++;
    const { user, system } = process.cpuUsage(start);
    if (user + system > 1000 * outcome.slowest) Object.assign(outcome, { slowest: (user + system) / 1000, slowestRun: run });
    outcome.megabytes = Math.max(outcome.megabytes, (process.memoryUsage.rss() - before) / 2 ** 20);
  }
  return outcome;
}

async function isRead(bytes: Uint8Array, run: number): Promise<boolean> {
  try {
    const file = await openTensorFile(bytesSource(bytes, 'x.ckpt'));
    for (const stored of file.tensors.values()) {
      const { shape, data } = await stored.read();
      if (data.length !== shape.reduce((a, b) => a * b, 1)) throw new Error('a tensor does not fill its shape');
    }
    return true;
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof UserError && !message.includes('\n') && message.includes('x.ckpt') && message.length < 1000) return false;
    throw new Error(`case ${run}: ${message}`, { cause: error });
  }
}
