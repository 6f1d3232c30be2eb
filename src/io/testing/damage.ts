import type { Random } from '../../tensor/random.js';

/** Numbers at which programs break. */
const HUGE = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 2 ** 32, 2 ** 40, 2 ** 53 - 1, 2 ** 62, 2 ** 63];

/** A file with one kind of damage; `other` is where foreign parts come from. */
export function damaged(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
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
