import { add, constant, type Expr, gather, mul, reshape, slice, toInt } from '../graph/index.js';
import type { Params } from '../nn/index.js';
import { tensor } from '../tensor/tensor.js';
import type { ScheduleConfig, UNetConfig } from './config.js';
import { alphaBarOf } from './schedule.js';
import { unet } from './unet.js';

/**
 * The noise in z [N, C, h, w] at levels t [N], whatever the network was trained to give: of a learned sigma the variance is left
 * away, of v = sqrt(abar) noise - sqrt(1 - abar) z_0 the noise is sqrt(abar) v + sqrt(1 - abar) z (Salimans and Ho, ICLR 2022).
 */
export function noiseEstimate(params: Params, config: { unet: UNetConfig; schedule: ScheduleConfig }, z: Expr, t: Expr): Expr {
  const { unet: architecture, schedule } = config;
  const estimate = slice(unet(params, architecture, z, t), [0], [architecture.inChannels], [1]);
  if (schedule.prediction !== 'v') return estimate;
  const table = alphaBarOf(schedule);
  const at = (f: (alphaBar: number) => number): Expr =>
    reshape(gather(constant(tensor([table.length], Float32Array.from(table, f))), toInt(t)), [t.shape[0], 1, 1, 1]);
  return add(
    mul(
      at((a) => Math.sqrt(a)),
      estimate,
    ),
    mul(
      at((a) => Math.sqrt(1 - a)),
      z,
    ),
  );
}
