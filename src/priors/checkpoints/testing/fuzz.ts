import { readFile } from 'node:fs/promises';
import { bytesSource } from '../../../io/byte-source.js';
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

const HUGE = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 2 ** 32, 2 ** 40, 2 ** 53 - 1, 2 ** 62, 2 ** 63];

/** One kind of damage. */
function damaged(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const at = place(bytes, random);
  const length = 1 + random.integer(random.integer(4) === 0 ? 4096 : 16);
  switch (random.integer(7)) {
    case 0: // single bits
      return changed(bytes, (copy) => {
        for (let i = random.integer(8); i >= 0; i--) copy[place(bytes, random)] ^= 1 << random.integer(8);
      });
    case 1: // a length or a number overwritten
      return changed(bytes, (copy) => {
        const value = BigInt(HUGE[random.integer(HUGE.length)]);
        const width = [1, 2, 4, 8][random.integer(4)];
        for (let i = 0; i < width && at + i < copy.length; i++) copy[at + i] = Number((value >> BigInt(8 * i)) & 255n);
      });
    case 2: // cut short
      return bytes.slice(0, at);
    case 3: // bytes lost
      return spliced(bytes, at, length, new Uint8Array());
    case 4: // random bytes between
      return spliced(
        bytes,
        at,
        0,
        Uint8Array.from({ length: Math.min(length, 64) }, () => random.integer(256)),
      );
    case 5: // a part of another file between
      return spliced(bytes, at, 0, part(other, length, random));
    default: // a part of another file in place of this
      return spliced(bytes, at, length, part(other, length, random));
  }
}

/** Anywhere, but often near the start or the end, where headers and directories are. */
function place(bytes: Uint8Array, random: Random): number {
  const near = Math.min(bytes.length, 256);
  const kind = random.integer(4);
  if (bytes.length === 0) return 0;
  return kind === 0 ? random.integer(near) : kind === 1 ? bytes.length - 1 - random.integer(near) : random.integer(bytes.length);
}

function part(bytes: Uint8Array, length: number, random: Random): Uint8Array {
  const start = place(bytes, random);
  return bytes.slice(start, start + length);
}

function changed(bytes: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array {
  const copy = bytes.slice();
  change(copy);
  return copy.subarray(0, bytes.length);
}

function spliced(bytes: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array {
  const rest = bytes.subarray(at + remove);
  const result = new Uint8Array(at + insert.length + rest.length);
  result.set(bytes.subarray(0, at));
  result.set(insert, at);
  result.set(rest, at + insert.length);
  return result;
}
