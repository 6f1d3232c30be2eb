import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { bundle } from '../runtime/testing/bundle.js';
import { vulkanEnvironment } from '../runtime/testing/vulkan.js';
import { operationCases } from './testing/operation-cases.js';

const environment = vulkanEnvironment();
if (environment === undefined) console.warn('skipped: no Vulkan driver here to try the operations on WebGPU');

test.skipIf(environment === undefined)(
  'every operation and its gradient on WebGPU, against the evaluator',
  { timeout: 300_000 },
  async () => {
    const folder = await bundle(
      'webgpu-operations',
      { program: 'src/graph/testing/device-program.ts' },
      { platform: 'node', packages: 'external' },
    );
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'program.mjs'), 'webgpu'], { env: environment });
    const report: Record<string, number | string> = JSON.parse(stdout);
    expect(Object.keys(report)).toEqual(operationCases.map(({ name }) => name));
    expect(Object.entries(report).filter(([, error]) => !(typeof error === 'number' && error < 1e-5))).toEqual([]);
  },
);
