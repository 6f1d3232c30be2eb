import { isMainThread } from 'node:worker_threads';

const SWITCH = 'ORT_DISABLE_TELEMETRY';

/**
 * Keeps ONNX Runtime from telling its makers of every process and every model, names and hashes of graphs among it: its builds for Linux
 * and macOS do, from 1.29 on, unless this variable is set before the engine starts, and keep an identifier of the machine for it. Whoever
 * sets the variable decides; processes that this one starts inherit it.
 */
export function switchTelemetryOff(): void {
  if (process.env[SWITCH] !== undefined) return;
  // what a thread sets is seen by no library
  if (!isMainThread && process.platform !== 'win32')
    process.emitWarning(
      `ONNX Runtime was started in a worker thread of your own, from where its telemetry cannot be switched off. Set the environment variable ${SWITCH}=1 before the program starts.`,
      { code: 'POSTERIORI_TELEMETRY' },
    );
  process.env[SWITCH] = '1';
}
