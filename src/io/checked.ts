import type { z } from 'zod';
import { UserError } from '../tensor/errors.js';

/** Of many faults, so many are told. */
const TOLD = 3;

/**
 * What a JSON text holds.
 * @param name what to call it in the message, a file name
 * @param remedy a sentence that follows
 * @param Complaint whether that is a failure, or wrong usage
 * @throws UserError saying where it stops being JSON
 */
export function parseJson(text: string | Uint8Array, name: string, remedy: string, Complaint: typeof UserError = UserError): unknown {
  try {
    return JSON.parse(typeof text === 'string' ? text : new TextDecoder().decode(text));
  } catch (cause) {
    throw new Complaint(`${name} is not JSON: ${(cause as Error).message}. ${remedy}`, { cause });
  }
}

/**
 * A value that a schema accepts, with its defaults.
 * @param refuse makes the error from what is wrong: `axis: expected number; angles[3]: ...`, without a full stop
 */
export function checked<S extends z.ZodType>(schema: S, value: unknown, refuse: (problems: string) => UserError): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw refuse(problemsOf(parsed.error));
}

function problemsOf({ issues }: z.ZodError): string {
  const told = issues.slice(0, TOLD).map(({ path, message }) => `${path.length ? formatPath(path) : 'the whole'}: ${message}`);
  return [...told, ...(issues.length > TOLD ? [`and ${issues.length - TOLD} more`] : [])].join('; ');
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.map((key, i) => (typeof key === 'number' ? `[${key}]` : (i ? '.' : '') + String(key))).join('');
}
