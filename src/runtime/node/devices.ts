import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { UsageError } from '../../tensor/errors.js';
import type { Device } from '../runtime.js';

/** Devices of the Node runtime, in the order `posteriori doctor` lists them. */
export const nodeDevices = ['cpu', 'webgpu', 'cuda'] as const satisfies readonly Device[];
export type NodeDevice = (typeof nodeDevices)[number];

/** @throws UserError (usage) for a device that Node does not have. */
export function nodeDevice(name: string): NodeDevice {
  const device = nodeDevices.find((known) => known === name);
  if (device !== undefined) return device;
  const hint = name === 'wasm' ? ' "wasm" is the browser\'s processor; in Node the same work runs natively on "cpu".' : '';
  throw new UsageError(`There is no device "${name}" in Node; the devices are ${nodeDevices.join(', ')}.${hint}`);
}

/**
 * Cores this process may use. A container's CPU quota counts, which Node 20 does not see by itself:
 * more threads than the quota makes the engine spin while it is being throttled.
 */
export function availableCores(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(cpuQuota())));
}

/** Cores granted by the control group (version 2), or infinity. */
function cpuQuota(): number {
  try {
    const [quota, period] = readFileSync('/sys/fs/cgroup/cpu.max', 'utf8').trim().split(' ').map(Number);
    return quota > 0 && period > 0 ? quota / period : Number.POSITIVE_INFINITY; // the word "max" reads as NaN
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** What to do when `device` does not work, as instructions that can be followed to the letter. */
export function remedyFor(device: NodeDevice): string {
  if (device === 'cpu') {
    if (process.platform === 'darwin' && process.arch === 'x64')
      return 'ONNX Runtime has had no library for Intel Macs since version 1.24: use a Linux container (x64, glibc), a Mac with Apple silicon, or the library in a browser.';
    return process.platform === 'linux'
      ? 'Run "npm ci" again with Node 20.19 or newer on Linux with glibc (Alpine\'s musl is not supported by ONNX Runtime), x64 or arm64.'
      : 'Run "npm ci" again with Node 20.19 or newer.';
  }
  if (device === 'webgpu') {
    return process.platform === 'linux'
      ? 'WebGPU needs the Vulkan loader and a driver: on Debian or Ubuntu "apt-get install libvulkan1 mesa-vulkan-drivers" (Intel, AMD), or the vendor\'s driver (NVIDIA). Without a graphics card use "--device cpu".'
      : 'Install the newest graphics driver (Direct3D 12 or Metal), or use "--device cpu".';
  }
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return 'CUDA is supported on Linux x64 only; use "--device webgpu" or "--device cpu".';
  const install = 'node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12';
  return cudaLibrary() === undefined
    ? `ONNX Runtime's CUDA library is not installed; run "${install}" (it is fetched from NuGet), and have an NVIDIA driver, CUDA 12 and cuDNN 9. Otherwise use "--device cpu".`
    : 'ONNX Runtime\'s CUDA library is installed but did not start: check "nvidia-smi" for the driver, and that the libraries of CUDA 12 and cuDNN 9 are on LD_LIBRARY_PATH. Otherwise use "--device cpu".';
}

/** ONNX Runtime's CUDA library, which its npm package does not contain. */
export function cudaLibrary(): string | undefined {
  const main = createRequire(import.meta.url).resolve('onnxruntime-node');
  const file = join(dirname(main), '..', 'bin', 'napi-v6', process.platform, process.arch, 'libonnxruntime_providers_cuda.so');
  return existsSync(file) ? file : undefined;
}
