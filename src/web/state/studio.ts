import { computed, signal } from '@preact/signals';
import type { Backend, Loading, Machine, Measured, MethodOffer, Offers, Place, Source, Stack } from '../backend/backend.js';
import type { ServerBackend } from '../backend/server-backend.js';
import { choice, type TaskChoice } from './form.js';

/** This browser, and the server that the page came from where it computes too. */
export const here = signal<Backend | undefined>(undefined);
export const server = signal<ServerBackend | undefined>(undefined);
export const place = signal<Place>('browser');
export const backend = computed(() => (place.value === 'server' ? server.value : undefined) ?? here.value);
export const offers = signal<Offers>({ methods: [], priors: [] });
export const methods = computed(() => offers.value.methods);
export const machine = signal<Machine | undefined>(undefined);

export const source = signal<Source | undefined>(undefined);
/** The files it came from, so that another size can be made of them. */
export const files = signal<readonly File[]>([]);
/** What was taken of them, and what else there is, where they are of arrays. */
export const stack = signal<Stack | undefined>(undefined);
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
export const fitting = computed(() => methods.value.filter((method) => fits(method, choice.value)));

function fits({ requires, variants }: MethodOffer, { task, scan }: TaskChoice): boolean {
  if (requires.geometry && !scan) return false;
  if (requires.smaller && !task.startsWith('sr')) return false;
  return !requires.prior || offers.value.priors.some((prior) => channelsFit(prior) && variants.some(({ space }) => space === prior.space));
}

/** Whether a prior makes images of the kind that is open. */
function channelsFit({ channels }: Offers['priors'][number]): boolean {
  return channels === (isCt.value ? 1 : 3);
}

/** Priors that the chosen method can use on what is open. */
export function priorsFor(method: MethodOffer): Offers['priors'] {
  const usable = offers.value.priors.filter((prior) => channelsFit(prior) && method.variants.some(({ space }) => space === prior.space));
  return method.requires.prior ? usable : [];
}

export const isCt = computed(() => source.value?.kind === 'sinogram' || source.value?.ct === true);
