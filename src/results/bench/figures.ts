import type { RunRecord } from '../../experiments/bench/run-spec.js';

/** What is measured of a run, and how it is written. */
export interface Figure {
  readonly key: string;
  readonly title: string;
  readonly unit?: string;
  readonly digits: number;
  /** What is better, where something is. */
  readonly better?: 'higher' | 'lower';
  /** Undefined where it was not measured. */
  value(record: RunRecord): number | undefined;
}

/** A distance that was measured afterwards, with weights that the user gave. */
export type Distances = ReadonlyMap<string, Readonly<Record<string, number>>>;

const figures: readonly Figure[] = [
  { key: 'psnr', title: 'PSNR', unit: 'dB', digits: 2, better: 'higher', value: ({ psnr }) => psnr },
  { key: 'ssim', title: 'SSIM', digits: 4, better: 'higher', value: ({ ssim }) => ssim },
  { key: 'msSsim', title: 'MS-SSIM', digits: 4, better: 'higher', value: ({ msSsim }) => msSsim },
  { key: 'haarPsi', title: 'HaarPSI', digits: 4, better: 'higher', value: ({ haarPsi }) => haarPsi },
  { key: 'soft', title: 'soft tissue', unit: 'HU', digits: 1, better: 'lower', value: ({ hu }) => hu?.soft },
  { key: 'residual', title: 'residual', unit: 'sigma^2', digits: 2, value: ({ residual }) => residual },
  { key: 'seconds', title: 'time', unit: 's', digits: 1, better: 'lower', value: ({ seconds }) => seconds },
  { key: 'network', title: 'denoiser', digits: 0, value: ({ counts }) => counts.network },
  { key: 'networkGradients', title: 'gradients through it', digits: 0, value: ({ counts }) => counts.networkGradients },
  { key: 'decoderGradients', title: 'decoder gradients', digits: 0, value: ({ counts }) => counts.decoderGradients },
  { key: 'memory', title: 'memory', unit: 'MB', digits: 0, better: 'lower', value: ({ peakMemoryMB }) => peakMemoryMB },
];

/** The figures of records; those of LPIPS come after SSIM and its kin. */
export function figuresOf(distances: Distances = new Map()): readonly Figure[] {
  const nets = [...new Set([...distances.values()].flatMap((all) => Object.keys(all)))];
  const lpips = nets.map(
    (net): Figure => ({
      key: `lpips-${net}`,
      title: `LPIPS (${net})`,
      digits: 4,
      better: 'lower',
      value: ({ id }) => distances.get(id)?.[net],
    }),
  );
  return [...figures.slice(0, 4), ...lpips, ...figures.slice(4)];
}

/** `PSNR, dB` */
export function headOf({ title, unit }: Figure): string {
  return unit === undefined ? title : `${title}, ${unit}`;
}
