import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { tensor } from '../../tensor/tensor.js';
import { bundle } from '../testing/bundle.js';
import { relativeError, smallDecoderGradient } from '../testing/small-decoder.js';
import { vulkanEnvironment } from '../testing/vulkan.js';
import { createNodeRuntime } from './index.js';

const environment = vulkanEnvironment();
if (environment === undefined)
  console.warn('skipped: no Vulkan driver here to try WebGPU on (on Debian or Ubuntu "apt-get install chromium" brings a software one)');

let program: string;
beforeAll(async () => {
  const folder = await bundle(
    'webgpu-test',
    { program: 'src/runtime/testing/decoder-gradient-program.ts' },
    { platform: 'node', packages: 'external' },
  );
  program = join(folder, 'program.mjs');
});

const decoderGradientOn = async (device: string, env: NodeJS.ProcessEnv | undefined) =>
  JSON.parse((await promisify(execFile)(process.execPath, [program, device], { env })).stdout);

test.skipIf(environment === undefined)(
  'WebGPU on a Vulkan driver computes the decoder gradient of the CPU, to 1e-3',
  { timeout: 180_000 },
  async () => {
    const runtime = await createNodeRuntime({ device: 'cpu' });
    const { outputs, feeds } = smallDecoderGradient();
    const expected = await (await runtime.compile(outputs)).run(feeds);
    await runtime.dispose();
    const result = await decoderGradientOn('webgpu', environment);
    expect(relativeError(tensor(result.shape, result.gradient), expected.gradient)).toBeLessThan(1e-3);
    expect(relativeError(tensor([], [result.loss]), expected.loss)).toBeLessThan(1e-3);
  },
);

test.skipIf(process.platform !== 'linux')('without a driver, one paragraph says what is missing and what to do', async () => {
  const none = { ...process.env, VK_ICD_FILENAMES: '/nonexistent/driver.json', VK_DRIVER_FILES: '/nonexistent/driver.json' };
  const { stderr } = await decoderGradientOn('webgpu', none).catch((error) => error);
  expect(stderr).toMatch(
    /UserError: The device "webgpu" does not work here \(.+\)\. WebGPU needs the Vulkan loader and a driver: .*--device cpu/,
  );
});
