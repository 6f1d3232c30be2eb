import { computed, signal } from '@preact/signals';
import type { Backend, Loading, Machine, Measured, MethodOffer, Source } from '../backend/backend.js';
import { choice } from './form.js';

export const backend = signal<Backend | undefined>(undefined);
export const methods = signal<readonly MethodOffer[]>([]);
export const machine = signal<Machine | undefined>(undefined);

export const source = signal<Source | undefined>(undefined);
/** The files it came from, so that another size can be made of them. */
export const files = signal<readonly File[]>([]);
export const opening = signal(false);
/** What was assumed of the source. */
export const notices = signal<readonly string[]>([]);
/** What the user can put right: one sentence, on the page until the next attempt. */
export const complaint = signal<string | undefined>(undefined);
/** Whether all that is needed is kept, so that the page works without a network. */
export const offline = signal(false);
/** For screen readers: what has just happened. */
export const said = signal('');

export const measured = signal<Measured | undefined>(undefined);
export const measureBusy = signal(false);
export const loading = signal<Loading | undefined>(undefined);

/** Methods that can do something with what was measured. */
export const fitting = computed(() => methods.value.filter(({ needs }) => fits(needs, choice.value.task)));

function fits(needs: MethodOffer['needs'], task: string): boolean {
  if (needs.geometry && task !== 'ct') return false;
  return !needs.smaller || task.startsWith('sr');
}

export const isCt = computed(() => source.value?.kind === 'sinogram' || source.value?.ct === true);
