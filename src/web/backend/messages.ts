import type { DeviceWish, Loading, Measuring, Solving, Source, StepNews, Wish } from './backend.js';

/** What a page asks of the worker. */
export type Request =
  | { readonly ask: 'offers' }
  | { readonly ask: 'open'; readonly wish: Wish }
  | { readonly ask: 'mask'; readonly file: File; readonly size: readonly [height: number, width: number] }
  | { readonly ask: 'kernel'; readonly file: File }
  | { readonly ask: 'machine' }
  | { readonly ask: 'measure'; readonly source: Source; readonly measuring: Measuring }
  | { readonly ask: 'solve'; readonly source: Source; readonly measuring: Measuring; readonly solving: Solving };

export type ToWorker =
  | { readonly id: number; readonly request: Request }
  | { readonly id: number; readonly control: 'pause' | 'resume' | 'stop' }
  | { readonly setup: { readonly device: DeviceWish } };

/** What the worker answers; `id` is that of the request. */
export type FromWorker =
  | { readonly id: number; readonly news: { loading: Loading } | { notice: string } | { step: StepNews } }
  | { readonly id: number; readonly answer: unknown }
  /** A sentence for the user, and why: `spent`: this worker can do no more. */
  | { readonly id: number; readonly failure: string; readonly why?: 'stopped' | 'unread' | 'spent' };
