import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
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

/** What is another one once the graphics driver of macOS, which comes with the system, or of Windows is. */
export function systemDriver(): string {
  const versions = windowsCards().map((card) => `${card.name} ${card.version}`);
  return [version(), release(), ...versions, ...installedDrivers()].join(' ');
}

/** Where Windows keeps the cards that it has drivers for, and what each driver is. */
const displayAdapters = 'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Class\\{4d36e968-e325-11ce-bfc1-08002be10318}';

/** A graphics card as Windows lists it. */
export interface WindowsCard {
  readonly name: string;
  /** The driver's. */
  readonly version: string;
}

/**
 * The graphics cards that Windows has drivers for; none on other systems.
 *
 * @param values - of a name below the registry's key, as `reg query` prints them.
 */
export function windowsCards(values: (name: string) => string = registered): WindowsCard[] {
  const byKey = (name: string): Map<string, string> => {
    const found = new Map<string, string>();
    let key = '';
    for (const line of values(name).split(/\r?\n/)) {
      if (line.startsWith('HKEY_')) key = line.trim();
      const value = /^\s+\S+\s+REG_SZ\s+(\S.*?)\s*$/.exec(line)?.[1];
      if (value !== undefined) found.set(key, value);
    }
    return found;
  };
  const versions = byKey('DriverVersion');
  return Array.from(byKey('DriverDesc'), ([key, name]) => ({ name, version: versions.get(key) ?? 'unknown' }));
}

function registered(name: string): string {
  if (process.platform !== 'win32') return '';
  const options = { encoding: 'utf8', timeout: 10_000, windowsHide: true } as const;
  const { error, stdout } = spawnSync('reg', ['query', displayAdapters, '/s', '/v', name], options);
  // Its status tells of keys besides that only the system may read.
  return error === undefined ? stdout : '';
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
 * What is another one once a driver of Vulkan's is.
 *
 * @param library - as the manifest names it.
 */
export function vulkanDriver(library: string, manifest: string): string {
  const given = (process.env['LD_LIBRARY_PATH'] ?? '').split(path.delimiter).filter(Boolean);
  const folders = library.includes('/') ? [path.dirname(manifest)] : [...given, ...libraryFolders];
  const file = folders.map((folder) => path.resolve(folder, library)).find((place) => existsSync(place));
  return file === undefined ? library : identity(file);
}

/**
 * What is another one once one of the shared libraries that this process has loaded, by a part of their paths, is; nothing where
 * the system does not tell.
 *
 * @param maps - the process's memory as Linux lists it.
 */
export function loadedLibraries(name: RegExp, maps = '/proc/self/maps'): string {
  if (!existsSync(maps)) return '';
  const lines = readFileSync(maps, 'utf8').split('\n');
  const files = new Set(lines.flatMap((line) => /\s(\/.*\.so[.\d]*)$/.exec(line)?.[1] ?? []));
  return [...files]
    .filter((file) => name.test(path.basename(file)) && existsSync(file))
    .sort()
    .map(identity)
    .join(' ');
}

/** A library's place, size and time: that of the last change of its entry, for systems that come as an image give all files one time of writing. */
function identity(file: string): string {
  const { size, ctimeMs } = statSync(file);
  return [realpathSync(file), size, ctimeMs].join(' ');
}
