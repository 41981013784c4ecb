import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { release, version } from 'node:os';
import path from 'node:path';
import process from 'node:process';

/** Where Windows keeps installed drivers, each in a folder with a hash of it in its name; the second as WSL shows them. */
const driverStores = [
  path.join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'DriverStore', 'FileRepository'),
  '/usr/lib/wsl/drivers',
];

/** How the names of drivers for cards of NVIDIA, AMD, Intel and Qualcomm begin. */
const ofCards = /^(nv|u0|c0|ig|iig|qcdx)/i;

/**
 * What is another one once the graphics driver of macOS, which comes with the system, or of Windows is. Going back to a driver that
 * Windows still keeps is not seen.
 */
export function systemDriver(): string {
  return [version(), release(), ...installedDrivers()].join(' ');
}

/** The drivers for graphics cards that Windows keeps; none on other systems. */
export function installedDrivers(stores = driverStores): string[] {
  return stores.flatMap((folder) => {
    try {
      return readdirSync(folder)
        .filter((name) => ofCards.test(name))
        .sort();
    } catch {
      return [];
    }
  });
}

/** Where Vulkan's loader looks for a library that a manifest names without a folder. */
const libraryFolders = ['lib/x86_64-linux-gnu', 'lib64', 'lib', 'local/lib'].map((folder) => `/usr/${folder}`);

/**
 * What is another one once a driver of Vulkan's is: its library's place, size and time. That of the last change of its entry, for
 * systems that come as an image give all files one time of writing.
 *
 * @param library - as the manifest names it.
 */
export function vulkanDriver(library: string, manifest: string): string {
  const given = (process.env['LD_LIBRARY_PATH'] ?? '').split(path.delimiter).filter(Boolean);
  const folders = library.includes('/') ? [path.dirname(manifest)] : [...given, ...libraryFolders];
  const file = folders.map((folder) => path.resolve(folder, library)).find((place) => existsSync(place));
  if (file === undefined) return library;
  const { size, ctimeMs } = statSync(file);
  return [realpathSync(file), size, ctimeMs].join(' ');
}
