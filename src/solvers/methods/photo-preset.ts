import { type AnyPrior, channelsOf } from '../../priors/index.js';

/** The preset of a method for priors of photographs, where it has one of its own beside that for CT. */
export function presetByImages(ct: string, photo: string): (prior: AnyPrior) => string {
  return (prior) => (channelsOf(prior) === 3 ? photo : ct);
}
