import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Where Linux distributions put Chromium, whose SwiftShader is a Vulkan driver in software, with a loader beside it. */
const chromiumFolders = [
  '/usr/lib/chromium',
  '/usr/lib/chromium-browser',
  '/usr/lib64/chromium-browser',
  '/opt/google/chrome',
  '/opt/chromium',
];
const driverFolders = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'];

/**
 * Environment for a process that shall find a Vulkan driver (it is read when the driver loads, so not settable in this one):
 * Chromium's SwiftShader, otherwise whatever driver is named already or installed; `undefined` without any.
 */
export function vulkanEnvironment(): NodeJS.ProcessEnv | undefined {
  if (process.platform !== 'linux') return undefined;
  if (process.env.VK_ICD_FILENAMES || process.env.VK_DRIVER_FILES) return process.env;
  for (const folder of chromiumFolders) {
    const driver = join(folder, 'vk_swiftshader_icd.json');
    if (!existsSync(driver)) continue;
    // Chromium's own loader serves where the system has none (libvulkan1).
    const libraries = [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
    return { ...process.env, VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: libraries };
  }
  const installed = driverFolders.some((folder) => existsSync(folder) && readdirSync(folder).some((file) => file.endsWith('.json')));
  return installed ? process.env : undefined;
}
