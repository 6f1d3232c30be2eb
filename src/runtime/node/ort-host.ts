import type { InferenceSession } from 'onnxruntime-node';
import { openOrtSession } from '../ort-session.js';
import type { SessionHost } from '../session.js';
import type { NodeDevice } from './devices.js';

/** ONNX Runtime's native engine in this thread, which `run` blocks until it is done. */
export async function ortHost(device: NodeDevice, threads: number): Promise<SessionHost> {
  // Loaded on first use: a machine without the native library can still be told so.
  const ort = await import('onnxruntime-node');
  const options = sessionOptions(device, threads);
  return {
    open: (model) => openOrtSession(ort, model, options),
    close: async () => {},
  };
}

function sessionOptions(device: NodeDevice, threads: number): InferenceSession.SessionOptions {
  return {
    executionProviders: [device],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // A memory pattern keeps one block for all intermediate results of a run: no faster, and 4.4 GB against 2.4 for the decoder gradient.
    enableMemPattern: false,
    // The threads of a session look for work for a while after a run, on the cores that the next session is already running on: a solver
    // that takes denoiser, operator and adjoint in turn took 1.5 times as long.
    extra: { session: { force_spinning_stop: '1' } },
    logSeverityLevel: 3,
  };
}
