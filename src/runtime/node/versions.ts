import { readFileSync } from 'node:fs';
import { packageVersion } from './package-version.js';

/** Versions of what decides the bits of a result: posteriori, Node, the engine, and the platform. */
export function versions(): Record<string, string> {
  return {
    posteriori: JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')).version,
    node: process.versions.node,
    'onnxruntime-node': packageVersion('onnxruntime-node'),
    platform: `${process.platform}-${process.arch}`,
  };
}
