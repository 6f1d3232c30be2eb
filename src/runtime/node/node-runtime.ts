import { UsageError, UserError } from '../../tensor/errors.js';
import type { Device, Runtime } from '../runtime.js';
import { messageOf } from '../session.js';
import { SessionRuntime, tryOut } from '../session-runtime.js';
import { availableCores, cudaLibrary, type NodeDevice, nodeDevice, remedyFor } from './devices.js';
import { JobPool } from './job-pool.js';
import { switchTelemetryOff } from './no-telemetry.js';
import { ortHost } from './ort-host.js';
import { workerHost } from './worker-host.js';

export interface NodeRuntimeOptions {
  /** `cpu` (default), `webgpu` or `cuda`. */
  readonly device?: Device;
  /** Threads for one operation; default: every core this process may use. */
  readonly threads?: number;
  /**
   * Threads look for work between two operations instead of sleeping (default false): up to 7 % faster where all cores are free for this
   * process alone, and much slower where anything else runs, a second process of this library for one (docs/results/speed.md).
   */
  readonly spinning?: boolean;
  /**
   * Run sessions in a worker thread. In the calling thread (default) a run blocks the event loop until it is done;
   * in a worker it does not, at the price of copying the feeds. Loops on plain arrays (projections of CT) have `threads` workers then.
   */
  readonly worker?: boolean;
}

/**
 * ONNX Runtime in Node.
 * @throws UserError when the device is unknown or does not work here (with the remedy), or `threads` is not a whole number >= 1.
 * @example
 * ```ts
 * import { createNodeRuntime } from 'posteriori/node';
 * const runtime = await createNodeRuntime({ device: 'cpu', worker: true }); // in a thread of its own: runs can be cancelled
 * await runtime.dispose();
 * ```
 */
export async function createNodeRuntime(options: NodeRuntimeOptions = {}): Promise<Runtime> {
  const device = nodeDevice(options.device ?? 'cpu');
  const threads = options.threads ?? availableCores();
  if (!Number.isInteger(threads) || threads < 1) {
    throw new UsageError(`The number of threads is a whole number of at least 1, got ${threads}.`);
  }
  // Asked for before the engine tries, which would print its own long account of the missing file.
  if (device === 'cuda' && cudaLibrary() === undefined) throw deviceUnavailable(device, 'its library is not installed');
  switchTelemetryOff();
  let runtime: SessionRuntime | undefined;
  try {
    const engine = { device, threads, spinning: options.spinning ?? false };
    runtime = options.worker
      ? new SessionRuntime(workerHost(engine), device, threads, new JobPool(threads))
      : new SessionRuntime(await ortHost(engine), device, threads);
    await tryOut(runtime);
    return runtime;
  } catch (error) {
    await runtime?.dispose();
    throw error instanceof UserError ? error : deviceUnavailable(device, messageOf(error), error);
  }
}

function deviceUnavailable(device: NodeDevice, reason: string, cause?: unknown): UserError {
  // The engine's message is a source location and a condition; its last sentence is the reason.
  const short = reason
    .trim()
    .split('\n')
    .at(-1)!
    .split(/was false\. |: (?=[A-Z])/)
    .at(-1)!;
  return new UserError(`The device "${device}" does not work here (${short}). ${remedyFor(device)}`, { cause });
}
