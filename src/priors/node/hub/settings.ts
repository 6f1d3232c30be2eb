import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { UsageError } from '../../../tensor/errors.js';

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface HubSettings {
  /** Without a slash at its end. `HF_ENDPOINT` names a mirror. */
  readonly endpoint: string;
  /** `HF_TOKEN`. */
  readonly token?: string;
  /** Folder of what has been downloaded. */
  readonly cache: string;
}

/** @throws UserError when HF_ENDPOINT is no address. */
export function hubSettings(env: Environment = process.env): HubSettings {
  const endpoint = (env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '');
  if (!/^https?:\/\/./.test(endpoint) || !URL.canParse(endpoint)) {
    throw new UsageError(`HF_ENDPOINT is "${env.HF_ENDPOINT}", which is no address such as https://huggingface.co. Correct or unset it.`);
  }
  return { endpoint, token: env.HF_TOKEN?.trim() || undefined, cache: cacheFolder(env) };
}

/** `POSTERIORI_CACHE`, else `posteriori` in `XDG_CACHE_HOME` or where the platform keeps caches. */
export function cacheFolder(env: Environment = process.env, platform: string = process.platform): string {
  if (env.POSTERIORI_CACHE) return resolve(env.POSTERIORI_CACHE);
  // a relative XDG path counts as unset (XDG base directory specification)
  if (env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME)) return join(env.XDG_CACHE_HOME, 'posteriori');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'posteriori');
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'posteriori', 'Cache');
  return join(homedir(), '.cache', 'posteriori');
}
