import { type Method, methods } from '../../solvers/methods/index.js';
import type { MethodOffer } from '../backend/backend.js';

/** The methods that need no other prior than those that come with the page. */
export function methodOffers(): MethodOffer[] {
  return methods.filter(isWithin).map(({ name, title, kind, citation, needs }) => ({ name, title, kind, citation, needs: { ...needs } }));
}

function isWithin({ needs, variants, usualPrior }: Method): boolean {
  return !needs.prior || (usualPrior === undefined && variants.some(({ space }) => space === 'pixel'));
}
