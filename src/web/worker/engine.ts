import type { Runtime } from '../../runtime/index.js';
import { createWebRuntime } from '../../runtime/web/index.js';
import { CompiledGraphs } from '../../solvers/index.js';
import { UserError } from '../../tensor/errors.js';
import type { DeviceWish, Loading, Machine } from '../backend/backend.js';
import { Breath, breathing } from './breathing.js';
import { fetchFile } from './fetch-file.js';

/** The engine's builds: the one with WebGPU is twice the download. */
const builds = {
  wasm: { file: 'ort-wasm-simd-threaded.wasm', size: 14_240_000 },
  webgpu: { file: 'ort-wasm-simd-threaded.asyncify.wasm', size: 26_780_000 },
} as const;

const noThreads =
  'This page runs on one thread: the browser shares memory between threads only on pages that are isolated from others. It works, more slowly.';

/** ONNX Runtime in this worker, opened when it is first needed. */
export class Engine {
  readonly breath = new Breath();
  private opening: Promise<Runtime> | undefined;
  private kept: { key: string; graphs: CompiledGraphs } | undefined;
  private notice: string | undefined;

  constructor(
    private readonly wish: DeviceWish,
    private readonly base: URL,
  ) {}

  runtime(onLoading: (loading: Loading) => void): Promise<Runtime> {
    if (this.opening === undefined) {
      this.opening = this.open(onLoading);
      this.opening.catch(() => {
        this.opening = undefined; // a second attempt tries again
      });
    }
    return this.opening;
  }

  async machine(onLoading: (loading: Loading) => void): Promise<Machine> {
    const { device, threads } = await this.runtime(onLoading);
    const notice = this.notice ?? (device === 'wasm' && !globalThis.crossOriginIsolated ? noThreads : undefined);
    return { device, threads, ...(notice && { notice }) };
  }

  /** Graphs of one measurement are shared by the methods that work on it, and freed when another comes. */
  async graphsOf(key: string, runtime: Runtime): Promise<CompiledGraphs> {
    if (this.kept?.key !== key) {
      await this.kept?.graphs.dispose();
      this.kept = { key, graphs: new CompiledGraphs(runtime) };
    }
    return this.kept.graphs;
  }

  private async open(onLoading: (loading: Loading) => void): Promise<Runtime> {
    if (typeof WebAssembly === 'undefined')
      throw new UserError('This browser has WebAssembly turned off or lacks it, and the page computes with it. Use a current browser.');
    const device = await this.choose();
    try {
      return breathing(await this.openOn(device, onLoading), this.breath);
    } catch (error) {
      if (device !== 'webgpu') throw error;
      this.notice = 'The graphics card could not be used, so the processor computes: slower, with the same result.';
      return breathing(await this.openOn('wasm', onLoading), this.breath);
    }
  }

  private async choose(): Promise<'wasm' | 'webgpu'> {
    if (this.wish !== 'auto') return this.wish;
    // a graphics card in software is slower than WebAssembly
    const adapter = await gpu()
      ?.requestAdapter()
      .catch(() => null);
    const fallback =
      adapter?.info?.isFallbackAdapter ||
      /swiftshader|llvmpipe|basic render/i.test(`${adapter?.info?.description} ${adapter?.info?.architecture}`);
    return adapter && !fallback ? 'webgpu' : 'wasm';
  }

  private async openOn(device: 'wasm' | 'webgpu', onLoading: (loading: Loading) => void): Promise<Runtime> {
    if (device === 'webgpu' && gpu() === undefined) throw new UserError('This browser has no WebGPU.');
    const { file, size } = builds[device];
    const folder = new URL('ort/', this.base);
    const report = (loaded: number, total: number) => onLoading({ what: 'engine', loaded, total });
    const binary = await fetchFile(new URL(file, folder), 'The engine', size, report);
    const ort = device === 'wasm' ? await import('onnxruntime-web/wasm') : await import('onnxruntime-web/webgpu');
    ort.env.wasm.wasmBinary = binary.buffer as ArrayBuffer; // loaded once, with its progress; the engine would fetch it again
    try {
      return await createWebRuntime({ device, wasmPath: folder.href });
    } finally {
      ort.env.wasm.wasmBinary = undefined;
    }
  }
}

interface Gpu {
  requestAdapter(): Promise<{
    readonly info?: { readonly isFallbackAdapter?: boolean; readonly description?: string; readonly architecture?: string };
  } | null>;
}

function gpu(): Gpu | undefined {
  return (navigator as { gpu?: Gpu }).gpu;
}
