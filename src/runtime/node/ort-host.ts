import type { InferenceSession } from 'onnxruntime-node';
import { openOrtSession } from '../ort-session.js';
import type { SessionHost } from '../session.js';
import type { NodeDevice } from './devices.js';

/** What a session is opened with. */
export interface EngineOptions {
  readonly device: NodeDevice;
  /** Threads for one operation. */
  readonly threads: number;
  /** Whether they look for work between two operations, instead of sleeping. */
  readonly spinning: boolean;
}

/** ONNX Runtime's native engine in this thread, which `run` blocks until it is done. */
export async function ortHost(engine: EngineOptions): Promise<SessionHost> {
  // Loaded on first use: a machine without the native library can still be told so.
  const ort = await import('onnxruntime-node');
  const options = sessionOptions(engine);
  return {
    open: (model) => openOrtSession(ort, model, options),
    close: async () => {},
  };
}

function sessionOptions({ device, threads, spinning }: EngineOptions): InferenceSession.SessionOptions {
  return {
    executionProviders: [device],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // A memory pattern keeps one block for all intermediate results of a run: no faster, and 4.4 GB against 2.4 for the decoder gradient.
    enableMemPattern: false,
    // Threads that spin take the cores from whoever else has work: on two cores in use a gradient of the prior `ct` took 1.6 times as long,
    // each of two at once 1.8 times (bench/two-at-once.ts). And where they may spin, they stop when their run ends: else they go on for a
    // while on the cores that the next session is already running on, and a solver that takes denoiser, operator and adjoint in turn took
    // 1.5 times as long.
    extra: { session: { force_spinning_stop: '1', intra_op: { allow_spinning: spinning ? '1' : '0' } } },
    logSeverityLevel: 3,
  };
}
