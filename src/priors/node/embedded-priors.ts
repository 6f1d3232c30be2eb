import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's own folder `priors`, beside `src` and `dist`. */
const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'priors');

/** Names of the priors that come with the package. */
export function embeddedPriors(): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'model.safetensors')))
    .sort();
}

/** The folder of an embedded prior. */
export function embeddedPrior(name: string): string {
  return join(folder, name);
}
