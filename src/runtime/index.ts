export { callingThread, type Job, sharedDoubles, type Workers } from './jobs.js';
export type { Compiled, CompileOptions, Device, Port, RunOptions, Runtime } from './runtime.js';
export { checkFeeds } from './runtime.js';
export type { Session, SessionHost } from './session.js';
export { SessionRuntime } from './session-runtime.js';
