import { findMethod, variantOf } from '../solvers/methods/index.js';

/** The usual prior where none is named: the one on pixels, or else the one in the space that preset or method are for. */
export function withUsualPrior<C extends { readonly method: string; readonly preset?: string; readonly prior?: string }>(
  choice: C,
  images: 'ct' | 'photo',
): C & { prior: string } {
  const { method, preset, prior } = choice;
  const found = findMethod(method);
  const spaces = preset === undefined ? found.variants.map(({ space }) => space) : [variantOf(found, preset).space];
  const latent = spaces.every((space) => space === 'latent');
  return { ...choice, prior: prior ?? found.usualPrior?.[images] ?? (latent ? images : `${images}-pixel`) };
}
