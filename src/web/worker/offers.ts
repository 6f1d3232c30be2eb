import { describeMethods, type MethodDescription } from '../../solvers/methods/describe.js';
import { findMethod } from '../../solvers/methods/index.js';
import type { Offers, PriorOffer } from '../backend/backend.js';

/** The priors that come with the page. */
export const pagePriors = [
  { name: 'ct-pixel', space: 'pixel', channels: 1 },
  { name: 'photo-pixel', space: 'pixel', channels: 3 },
  { name: 'ct-dncnn', space: 'pixel', channels: 1 },
  { name: 'photo-dncnn', space: 'pixel', channels: 3 },
] as const satisfies readonly PriorOffer[];

/** What this page can do by itself: the methods that need no other prior than those that come with it. */
export function pageOffers(): Offers {
  return { methods: describeMethods().filter(isWithin).map(withinSpace), priors: pagePriors };
}

function isWithin({ name, requires, variants }: MethodDescription): boolean {
  const usual = Object.values(findMethod(name).usualPrior ?? {});
  const here = usual.every((prior) => pagePriors.some((known) => known.name === prior));
  return !requires.prior || (here && variants.some(({ space }) => space === 'pixel'));
}

function withinSpace(method: MethodDescription): MethodDescription {
  return { ...method, variants: method.variants.filter(({ space }) => space === undefined || space === 'pixel') };
}
