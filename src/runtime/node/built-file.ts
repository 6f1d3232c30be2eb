import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../tensor/errors.js';

/**
 * A module as a worker thread can load it. Threads take plain JavaScript, so of a TypeScript source, as a test runner loads it, it is the
 * built one.
 * @param url of the module
 * @throws UserError when it was not built
 */
export function builtFile(url: string): URL {
  if (!url.endsWith('.ts')) return new URL(url);
  const root = url.lastIndexOf('/src/');
  const built = new URL(`${url.slice(0, root)}/dist/${url.slice(root + '/src/'.length).replace(/\.ts$/, '.js')}`);
  if (!existsSync(built)) throw new UserError(`The worker thread's file ${fileURLToPath(built)} is missing; run "npm run build" first.`);
  return built;
}
