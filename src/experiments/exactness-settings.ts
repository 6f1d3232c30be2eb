/** What a method is run with on the problems whose posterior is known, by kind of prior: none where it has no variant for it. */
export interface ExactnessSetting {
  readonly method: string;
  readonly note?: string;
  readonly pixel?: Readonly<Record<string, number | string | boolean>> & { readonly preset: string };
  readonly latent?: Readonly<Record<string, number | string | boolean>> & { readonly preset: string };
}

const levels = { steps: 200, sigmaMax: 4, sigmaMin: 0.005 };

/**
 * Those of `docs/exactness.md`: levels enough that their number is not what a method is judged by, lengths of steps along gradients the
 * best of five tried (0.01 to 1), all else as usual.
 */
export const exactnessSettings: readonly ExactnessSetting[] = [
  { method: 'dps', note: 'zeta 0.03', pixel: { preset: 'dps', ...levels, clip: false, zeta: 0.03 } },
  { method: 'mcg', note: 'zeta 0.03', pixel: { preset: 'mcg', ...levels, clip: false, zeta: 0.03, iterations: 10 } },
  { method: 'ddrm', note: 'eta 0.85', pixel: { preset: 'ddrm', ...levels } },
  { method: 'dmps', note: 'lambda 1', pixel: { preset: 'dmps', ...levels, lambda: 1 } },
  { method: 'dds', note: 'gamma 20', pixel: { preset: 'dds', ...levels, gamma: 20 } },
  { method: 'diffpir', note: 'zeta 1', pixel: { preset: 'diffpir', ...levels, zeta: 1 } },
  { method: 'daps', note: 'exact draws', pixel: { preset: 'daps', ...levels, steps: 50, odeSteps: 4, width: 1 } },
  {
    method: 'daps',
    note: 'Langevin',
    pixel: { preset: 'daps', ...levels, steps: 50, odeSteps: 4, width: 1, sampler: 'langevin', langevinSteps: 50, langevinSize: 1e-4 },
  },
  { method: 'resample', pixel: { preset: 'pixel', ...levels }, latent: { preset: 'fast', steps: 100 } },
  { method: 'resample', note: 'as published', latent: { preset: 'paper', steps: 100 } },
  { method: 'latent-dps', note: 'k 0.03', latent: { preset: 'latent-dps', steps: 200, zeta: 0.03 } },
  { method: 'psld', note: 'omega 0.03', latent: { preset: 'psld', steps: 200, omega: 0.03, gamma: 0.1 } },
  { method: 'latent-daps', latent: { preset: 'latent-daps', steps: 50, langevinSteps: 30, langevinSize: 1e-5, lastSize: 1e-5 } },
];
