import { expect, test } from 'vitest';
import { doctor, formatDoctor, nodeIsSupported } from './doctor.js';

test('the doctor tries every device, and names a remedy for each that fails', async () => {
  const report = await doctor();
  expect(report.node).toBe(process.versions.node);
  expect(report.packages['onnxruntime-node']).toMatch(/^1\.30/);
  expect(report.threads).toBeGreaterThanOrEqual(1);
  expect(report.devices.map((d) => d.device)).toEqual(['cpu', 'webgpu', 'cuda']);
  expect(report.devices[0]).toMatchObject({ device: 'cpu', works: true });
  for (const { device, works, problem } of report.devices) {
    if (!works) expect(problem).toMatch(new RegExp(`"${device}" does not work here \\(.+\\)\\. .*--device cpu`));
  }
  expect(report.problems).toEqual([]);
  const text = formatDoctor(report);
  for (const word of ['node', 'onnxruntime-node', 'threads', 'cpu', 'webgpu', 'cuda']) expect(text).toContain(word);
});

test('the oldest Node that will do is 20.19', () => {
  expect(['20.18.3', '18.20.0', '20.19.0', '20.20.2', '22.1.0', '26.0.0'].map(nodeIsSupported)).toEqual([
    false,
    false,
    true,
    true,
    true,
    true,
  ]);
});
