import { published } from '../published-options.js';

interface Setting {
  readonly method: string;
  readonly preset?: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * Settings as manifests of any version have them, in today's terms, with the same bits for a result. Until the published program's
 * slips had a method of their own they were options of `resample`; until ReSample in pixels had a choice of its first image it was the
 * nearest; until DiffStateGrad could be chosen no gradient was projected.
 */
export function currentSetting({ method, preset, options }: Setting): Setting {
  if (method === 'resample' && 'sigmaMax' in options) return { method, preset, options: { start: 'nearest', ...options } };
  if (method !== 'resample' && method !== 'resample-as-published') return { method, preset, options };
  const all = 'latentOptimiser' in options ? { diffStateGrad: 0, ...options } : options;
  if (method !== 'resample' || !('grid' in options)) return { method, preset, options: all };
  if (Object.entries(published).some(([name, value]) => options[name] !== value))
    return { method: 'resample-as-published', preset: 'authors-code', options: all };
  return { method, preset, options: Object.fromEntries(Object.entries(all).filter(([name]) => !Object.hasOwn(published, name))) };
}
