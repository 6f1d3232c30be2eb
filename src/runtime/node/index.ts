export { availableCores, type NodeDevice, nodeDevices } from './devices.js';
export { type DeviceReport, type DoctorReport, doctor, formatDoctor } from './doctor.js';
export { createNodeRuntime, type NodeRuntimeOptions } from './node-runtime.js';
export { packageVersion } from './package-version.js';
export { versions } from './versions.js';
