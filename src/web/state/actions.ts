import { batch } from '@preact/signals';
import type { ExampleName, Wish } from '../backend/backend.js';
import { words } from '../words.js';
import { complain } from './complain.js';
import { choice, chooseMethod, chooseTask, given, kernel, mask, measuring, method, side, task, tasksFor } from './form.js';
import { forgetRuns, stop } from './solving.js';
import { backend, complaint, files, loading, measureBusy, measured, notices, offers, opening, said, source, stack } from './studio.js';
import { zoomTo } from './view.js';

let opens = 0;

/**
 * Open an example or files; what is wrong with them becomes the complaint. Of several in a row the last is shown.
 * @param how `again`: another slice or size of what is open
 */
export async function open(wish: Wish, how: 'anew' | 'again' = 'anew'): Promise<void> {
  const mine = ++opens;
  stop();
  opening.value = true;
  complaint.value = undefined;
  try {
    const opened = await backend.value!.open(wish);
    if (mine !== opens) return;
    batch(() => {
      source.value = opened.source;
      notices.value = opened.notices;
      files.value = 'files' in wish ? wish.files : [];
      stack.value = opened.stack;
      if (how === 'anew') forget();
      mask.value = opened.source.kind === 'image' ? opened.source.opaque : undefined;
      given.value = false;
      const tasks = tasksFor(opened.source);
      if (opened.source.kind === 'image' && opened.source.opaque) chooseTask('inpaint');
      else if (!tasks.some((known) => known.task === task.value) || task.value === 'inpaint')
        chooseTask(tasks[0].scan ? tasks[0].task : 'inpaint-random');
      if (how === 'anew') zoomTo(1, 0.5, 0.5);
      else outdate();
      said.value = words.opened(opened.source.name);
    });
  } catch (error) {
    if (mine === opens) complain(error);
  } finally {
    if (mine === opens) opening.value = false;
  }
}

export function openExample(example: ExampleName): Promise<void> {
  return open({ example });
}

export function openFiles(given: readonly File[]): Promise<void> {
  if (given.length === 0) {
    complaint.value = words.noFile;
    return Promise.resolve();
  }
  return open({ files: given, side: side.value });
}

let offering = 0;

/** Ask what there is to reconstruct with, where the work is done now. */
export async function askOffers(): Promise<void> {
  const mine = ++offering;
  try {
    const asked = await backend.value!.offers();
    if (mine !== offering) return;
    offers.value = asked;
    if (!asked.methods.some(({ name }) => name === method.value)) chooseMethod('resample');
  } catch (error) {
    if (mine === offering) complain(error);
  }
}

/** Do not wait any longer for what is being read. */
export function giveUp(): void {
  opens++;
  opening.value = false;
  backend.value?.abandon(words.gaveUp);
  complaint.value = words.gaveUp;
}

/** Back to the start. */
export function leave(): void {
  stop();
  opens++; // what is being read is not wanted any more
  batch(() => {
    opening.value = false;
    files.value = [];
    source.value = undefined;
    complaint.value = undefined;
    notices.value = [];
    forget();
  });
}

function forget(): void {
  forgetRuns();
  measured.value = undefined;
}

/** What is to be measured anew: a sinogram stays until another replaces it, without a gap in between. */
function outdate(): void {
  forgetRuns();
  if (measured.value?.geometry === undefined || !choice.value.scan) measured.value = undefined;
}

let wanted = 0;

/**
 * What is being measured now comes too late: the settings are others.
 * @param due whether these will be measured, and nothing is solved until then
 */
export function supersede(due: boolean): void {
  wanted++;
  measureBusy.value = due;
}

/** Measure what is asked for; of several wishes in a row the last is told. */
export async function measure(): Promise<void> {
  const from = source.value;
  if (from === undefined) return;
  const mine = ++wanted;
  outdate();
  complaint.value = undefined;
  // nothing is painted yet: that is no fault
  if (task.value === 'inpaint' && mask.value === undefined) {
    measureBusy.value = false;
    measured.value = undefined;
    return;
  }
  measureBusy.value = true;
  try {
    const made = await backend.value!.measure(from, measuring.value, {
      onLoading: (at) => {
        loading.value = at;
      },
    });
    if (mine === wanted) measured.value = made;
  } catch (error) {
    if (mine !== wanted) return;
    measured.value = undefined;
    complain(error);
  } finally {
    loading.value = undefined;
    if (mine === wanted) measureBusy.value = false;
  }
}

export async function importMask(file: File): Promise<void> {
  const from = source.value;
  if (from?.kind !== 'image') return;
  const [, , height, width] = from.image.shape;
  try {
    complaint.value = undefined;
    mask.value = await backend.value!.readMask(file, [height, width]);
  } catch (error) {
    complain(error);
  }
}

export async function importKernel(file: File): Promise<void> {
  try {
    complaint.value = undefined;
    kernel.value = await backend.value!.readKernel(file);
  } catch (error) {
    complain(error);
  }
}
