import { cpus, freemem, totalmem } from 'node:os';
import { messageOf } from '../session.js';
import { availableCores, type NodeDevice, nodeDevices } from './devices.js';
import { createNodeRuntime } from './node-runtime.js';
import { packageVersion } from './package-version.js';

export interface DeviceReport {
  readonly device: NodeDevice;
  readonly works: boolean;
  /** Time from nothing to the first result, in milliseconds. */
  readonly milliseconds?: number;
  /** Why it does not work and what to do about it. */
  readonly problem?: string;
}

export interface DoctorReport {
  readonly node: string;
  readonly platform: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly processor: string;
  readonly cores: number;
  /** Threads a session uses unless told otherwise. */
  readonly threads: number;
  readonly memoryMB: { readonly total: number; readonly free: number };
  readonly devices: readonly DeviceReport[];
  /** What keeps posteriori from working, each with its remedy; empty when all is well. A missing graphics device is not among them. */
  readonly problems: readonly string[];
}

/** Facts about this machine. Each device is tried with a real session, not guessed from files. */
export async function doctor(): Promise<DoctorReport> {
  const devices: DeviceReport[] = [];
  for (const device of nodeDevices) devices.push(await tryDevice(device));
  const problems = devices.filter((d) => d.device === 'cpu' && !d.works).map((d) => d.problem!);
  if (!nodeIsSupported(process.versions.node)) {
    problems.push(`Node ${process.versions.node} is too old; install Node 20.19 or newer.`);
  }
  await import('sharp').catch((error: unknown) => {
    problems.push(
      `Image files cannot be read: sharp does not load (${firstLine(messageOf(error))}). Its binaries are optional packages: run "npm install --include=optional".`,
    );
  });
  return {
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    packages: Object.fromEntries(['onnxruntime-node', 'sharp'].map((name) => [name, packageVersion(name)])),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    threads: availableCores(),
    memoryMB: { total: Math.round(totalmem() / 2 ** 20), free: Math.round(freemem() / 2 ** 20) },
    devices,
    problems,
  };
}

/** The report as lines of text. */
export function formatDoctor(report: DoctorReport): string {
  const packages = Object.entries(report.packages).map(([name, version]) => `${name} ${version}`);
  const lines = [
    `node       ${report.node} on ${report.platform}`,
    `packages   ${packages.join(', ')}`,
    `processor  ${report.processor}, ${report.cores} cores, ${report.threads} threads used`,
    `memory     ${report.memoryMB.total} MB, ${report.memoryMB.free} MB free`,
    ...report.devices.map((d) => `${d.device.padEnd(10)} ${d.works ? `works (first result after ${d.milliseconds} ms)` : d.problem}`),
    ...report.problems.map((problem) => `PROBLEM    ${problem}`),
  ];
  return lines.join('\n');
}

async function tryDevice(device: NodeDevice): Promise<DeviceReport> {
  const start = performance.now();
  try {
    const runtime = await createNodeRuntime({ device });
    await runtime.dispose();
    return { device, works: true, milliseconds: Math.round(performance.now() - start) };
  } catch (error) {
    return { device, works: false, problem: messageOf(error) };
  }
}

/** 20.19 and newer, as `engines` in package.json says. */
export function nodeIsSupported(version: string): boolean {
  const [major, minor] = version.split('.').map(Number);
  return major > 20 || (major === 20 && minor >= 19);
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0];
}
