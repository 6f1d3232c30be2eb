import { UsageError } from '../../tensor/errors.js';
import { familyOf, type PriorConfig } from '../families/index.js';
import type { Layout } from '../layout.js';

/** @throws UserError when the layout has no way to express priors of this family */
export function checkLayout(layout: Layout, { kind }: PriorConfig): void {
  const { layouts, expressed } = familyOf(kind);
  if (!layouts.includes(layout)) refuse(layout, `${expressed}; ${new Intl.ListFormat('en').format(layouts)} can`);
}

export function refuse(layout: Layout, what: string): never {
  throw new UsageError(`The layout ${layout} cannot express ${what}. Choose another layout.`);
}
