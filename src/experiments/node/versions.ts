import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Versions of what decides the bits of a result: posteriori, Node, the engine, and the platform. */
export function versions(): Record<string, string> {
  const version = (path: string | URL): string => JSON.parse(readFileSync(path, 'utf8')).version;
  const require = createRequire(import.meta.url);
  return {
    posteriori: version(new URL('../../../package.json', import.meta.url)),
    node: process.versions.node,
    'onnxruntime-node': version(require.resolve('onnxruntime-node/package.json')),
    platform: `${process.platform}-${process.arch}`,
  };
}
