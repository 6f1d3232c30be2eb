import { smallDecoderGradient } from '../../src/runtime/testing/small-decoder.js';
import { createWebRuntime } from '../../src/runtime/web/index.js';

/** What the page under test offers to the test that drives it. */
export interface PageResult {
  readonly device: string;
  readonly threads: number;
  readonly shape: readonly number[];
  readonly loss: number;
  readonly gradient: readonly number[];
}

async function decoderGradient(threads: number): Promise<PageResult> {
  const runtime = await createWebRuntime({ device: 'wasm', threads, wasmPath: '/ort/' });
  const { outputs, feeds } = smallDecoderGradient();
  const compiled = await runtime.compile(outputs);
  const { loss, gradient } = await compiled.run(feeds);
  await runtime.dispose();
  return { device: runtime.device, threads: runtime.threads, shape: gradient.shape, loss: loss.data[0], gradient: [...gradient.data] };
}

async function failure(device: string): Promise<string> {
  return createWebRuntime({ device: device as 'wasm', wasmPath: '/ort/' }).then(
    () => 'no error',
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

Object.assign(globalThis, { posteriori: { decoderGradient, failure } });
