import { computed, signal } from '@preact/signals';
import type { Cut } from '../backend/backend.js';
import { open } from './actions.js';
import { side } from './form.js';
import { files, source, stack } from './studio.js';

interface Other {
  readonly cut?: Cut;
  /** What it shows; where it is absent the file says, or its numbers. */
  readonly as?: 'ct' | 'photo';
}

/** What was asked for and is not read yet. */
const wanted = signal<Other | undefined>(undefined);
let reading = false;

/** The part of the file that is shown, or will be in a moment. */
export const cut = computed<Cut | undefined>(() => wanted.value?.cut ?? stack.value);

/** Make something else of the open files. Of several wishes in a row the last is done, and those between that there is time for. */
export async function reopen(other: Other): Promise<void> {
  wanted.value = { ...(cut.value && { cut: cut.value }), ...other };
  if (reading) return;
  reading = true;
  while (wanted.value && files.value.length > 0) {
    const next: Other = wanted.value;
    await open({ files: files.value, side: side.value, ...plain(next) }, 'again');
    if (wanted.value === next) wanted.value = undefined;
  }
  wanted.value = undefined;
  reading = false;
}

/** Without what else there is in the file. */
function plain({ cut: given, as }: Other): Other {
  const { array, slice, range } = given ?? {};
  return { ...(array !== undefined && { cut: { array, slice, range } }), ...(as && { as }) };
}

/** As what the picture that is open is shown. */
function shownAs(): 'ct' | 'photo' | undefined {
  const from = source.value;
  return from?.kind === 'image' ? (from.ct ? 'ct' : 'photo') : undefined;
}

export function chooseSide(pixels: number): void {
  side.value = pixels;
  reopen({ as: shownAs() });
}

/** Another array of the file, from its middle slice. */
export function chooseArray(array: string): void {
  reopen({ cut: { array } });
}

export function chooseSlice(axis: number, index: number): void {
  const { slice, ...others } = cut.value ?? {};
  if (slice && stack.value) reopen({ cut: { ...(others as Cut), slice: slice.with(axis, index) }, as: shownAs() });
}

export function chooseRange(range: Cut['range']): void {
  if (cut.value) reopen({ cut: { ...cut.value, range } });
}
