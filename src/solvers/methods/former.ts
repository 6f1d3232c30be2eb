import { published } from '../published-options.js';

interface Setting {
  readonly method: string;
  readonly preset?: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * Settings as manifests of any version have them, in today's terms, with the same bits for a result. Until the published program's
 * slips had a method of their own they were options of `resample`; until ReSample in pixels had a choice of its first image it was the
 * nearest.
 */
export function currentSetting({ method, preset, options }: Setting): Setting {
  if (method !== 'resample') return { method, preset, options };
  if ('sigmaMax' in options) return { method, preset, options: { start: 'nearest', ...options } };
  if (!('grid' in options)) return { method, preset, options };
  if (Object.entries(published).some(([name, value]) => options[name] !== value))
    return { method: 'resample-as-published', preset: 'authors-code', options };
  return { method, preset, options: Object.fromEntries(Object.entries(options).filter(([name]) => !Object.hasOwn(published, name))) };
}
