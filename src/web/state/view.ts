import { signal } from '@preact/signals';
import { type Window, windows } from '../../io/hounsfield.js';

export type Mode = 'side' | 'slider' | 'difference' | 'spread';

export const mode = signal<Mode>('side');
/** Of CT, in HU. */
export const ctWindow = signal<Window>(windows.soft);
/** What dragging does to a CT. */
export const tool = signal<'move' | 'window'>(globalThis.matchMedia?.('(pointer: fine)').matches ? 'window' : 'move');
/** All pictures of one size are enlarged at one place: x and y, as shares of the picture, are at the centre of every frame. */
export const zoom = signal<{ readonly scale: number; readonly x: number; readonly y: number }>({ scale: 1, x: 0.5, y: 0.5 });
/** The pixel under the pointer, of the image. */
export const pointed = signal<{ readonly row: number; readonly column: number } | undefined>(undefined);

export function zoomTo(scale: number, x = zoom.value.x, y = zoom.value.y): void {
  const held = Math.min(16, Math.max(1, scale));
  // no further than the picture's edge
  const half = 0.5 / held;
  const within = (share: number) => Math.min(1 - half, Math.max(half, share));
  zoom.value = { scale: held, x: within(x), y: within(y) };
}

export function setWindow(center: number, width: number): void {
  ctWindow.value = { center: Math.round(Math.min(2000, Math.max(-1500, center))), width: Math.round(Math.min(4000, Math.max(10, width))) };
}
