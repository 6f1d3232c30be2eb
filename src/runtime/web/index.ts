import type { InferenceSession } from 'onnxruntime-web/wasm';
import { UsageError, UserError } from '../../tensor/errors.js';
import { openOrtSession } from '../ort-session.js';
import type { Device, Runtime } from '../runtime.js';
import { messageOf } from '../session.js';
import { SessionRuntime, tryOut } from '../session-runtime.js';

export interface WebRuntimeOptions {
  /** `wasm` (default) or `webgpu`. */
  readonly device?: Device;
  /**
   * WebAssembly threads; default: every core where the page is cross-origin isolated, otherwise 1 (a browser shares memory
   * between threads only there). The first runtime of a page sets it for all.
   */
  readonly threads?: number;
  /** Folder, with its closing slash, that serves ONNX Runtime's `.wasm` and `.mjs` files; default: beside the bundle. */
  readonly wasmPath?: string;
}

/**
 * ONNX Runtime in a browser. A run on `wasm` blocks its thread: a page that must stay responsive calls this in a web worker.
 * @throws UserError when the device is unknown or does not work here (with the remedy).
 * @example
 * ```ts
 * import { createWebRuntime } from 'posteriori/web';
 * const runtime = await createWebRuntime({ device: 'webgpu' });
 * await runtime.dispose();
 * ```
 */
export async function createWebRuntime(options: WebRuntimeOptions = {}): Promise<Runtime> {
  const device = options.device ?? 'wasm';
  if (device !== 'wasm' && device !== 'webgpu') {
    throw new UsageError(`There is no device "${device}" in a browser; the devices are wasm, webgpu.`);
  }
  const threads = options.threads ?? (globalThis.crossOriginIsolated ? navigator.hardwareConcurrency : 1);
  if (!Number.isInteger(threads) || threads < 1) {
    throw new UsageError(`The number of threads is a whole number of at least 1, got ${threads}.`);
  }
  if (threads > 1 && !globalThis.crossOriginIsolated) {
    throw new UserError(
      'WebAssembly threads need a cross-origin isolated page: serve it with the headers "Cross-Origin-Opener-Policy: same-origin" and "Cross-Origin-Embedder-Policy: require-corp", or use 1 thread.',
    );
  }
  let runtime: SessionRuntime | undefined;
  try {
    // Two builds of the engine: the one with WebGPU is twice the download.
    const ort = device === 'wasm' ? await import('onnxruntime-web/wasm') : await import('onnxruntime-web/webgpu');
    ort.env.wasm.numThreads = threads;
    if (options.wasmPath !== undefined) ort.env.wasm.wasmPaths = options.wasmPath;
    const sessionOptions: InferenceSession.SessionOptions = {
      executionProviders: [device],
      graphOptimizationLevel: 'all',
      // As in Node: intermediate results are freed as they fall due, not kept as one block.
      enableMemPattern: false,
      logSeverityLevel: 3,
    };
    runtime = new SessionRuntime({ open: (model) => openOrtSession(ort, model, sessionOptions), close: async () => {} }, device, threads);
    await tryOut(runtime);
    return runtime;
  } catch (error) {
    await runtime?.dispose();
    throw new UserError(`The device "${device}" does not work in this browser (${messageOf(error)}). ${remedyFor(device)}`, {
      cause: error,
    });
  }
}

function remedyFor(device: 'wasm' | 'webgpu'): string {
  return device === 'webgpu'
    ? 'WebGPU needs a browser that has it switched on and a graphics card; otherwise use the device "wasm".'
    : "Check that ONNX Runtime's .wasm file is served (see wasmPath), and that the browser supports WebAssembly SIMD.";
}
