import type { z } from 'zod';
import { checked } from '../io/checked.js';
import { UsageError } from '../tensor/errors.js';

/**
 * A preset with single options replaced; what is undefined is not.
 * @param owner whose options they are, for messages
 * @throws UsageError for a value out of range, or an option that there is not
 */
export function replaceOptions<S extends z.ZodType>(schema: S, preset: z.output<S>, overrides: object, owner: string): z.output<S> {
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  return checked(schema, { ...(preset as object), ...given }, (problems) => new UsageError(`${owner}: ${problems}.`));
}
