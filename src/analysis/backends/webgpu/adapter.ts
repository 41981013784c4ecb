import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cpus, homedir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

import { AnalysisError } from '../../base/errors';
import { installedDrivers, systemDriver, vulkanDriver, windowsCards } from '../driver';

/** What WebGPU computes on. */
export interface Adapter {
  /** The card's name where it is known, and the driver. */
  readonly name: string;
  /** See Backend. */
  readonly driver: string;
  /** Whether it is the processor in the guise of a graphics card: right, and slow. */
  readonly isSoftware: boolean;
  /** A sentence on what may help where it does not answer. */
  readonly remedy: string;
}

const software = /swiftshader|lvp|lavapipe|llvmpipe/i;

const newer = 'A newer graphics driver may help.';
const missesNothing =
  'Nothing is missed where there is no graphics card: onnxruntime on the processor is faster than one that it plays.';
/** Seen on an H200 without a screen: the driver does not answer, and does not say why. */
const forNvidia =
  'NVIDIA’s Vulkan driver needs libraries of X11 and EGL, also without a screen (on Debian and Ubuntu: ' +
  'apt-get install libx11-6 libxext6 libegl1); or a newer driver may help.';

/**
 * What WebGPU would find on this machine, told from its drivers before onnxruntime, which says no more than that there is
 * none, looks for one.
 *
 * @throws AnalysisError 'invalid-input' where there is no driver, or onnxruntime has no WebGPU for the system, with what
 *   mends it
 */
export function adapterHere(): Adapter {
  const system = `${process.platform} ${process.arch}`;
  const known = { driver: systemDriver(), isSoftware: false, remedy: newer };
  if (system === 'darwin arm64') return { name: `${cpus()[0].model.trim()}, Metal`, ...known };
  if (process.platform === 'win32') {
    return { name: [...windowsCards().map(({ name }) => name), 'Direct3D 12'].join(', '), ...known };
  }
  if (system !== 'linux x64') {
    throw new AnalysisError(
      'invalid-input',
      `onnxruntime brings WebGPU for Linux x64, macOS arm64 and Windows, and not for ${system}.`,
    );
  }
  const drivers = vulkanDrivers();
  if (drivers.length === 0) {
    throw new AnalysisError(
      'invalid-input',
      'There is no Vulkan driver here. The driver of your graphics card brings one (on Debian and Ubuntu, for AMD and Intel: ' +
        'apt-get install libvulkan1 mesa-vulkan-drivers); without a graphics card, WebGPU is slower than onnxruntime on the processor.',
    );
  }
  const card = graphicsCard();
  const likely = drivers.filter(({ library }) => card !== undefined || software.test(library));
  const usable = likely.length > 0 ? likely : drivers;
  const named = usable.map(({ library, version }) => {
    return `${path.basename(library).replace(/^lib(vk_)?|\.so.*$/g, '')} (Vulkan ${version})`;
  });
  const files = usable.map(({ library, manifest }) => vulkanDriver(library, manifest));
  const isSoftware = card === undefined || drivers.every(({ library }) => software.test(library));
  const isNvidia = usable.some(({ library }) => /nvidia/i.test(library));
  return {
    name: [...(card === undefined ? [] : [card]), ...named].join(', '),
    driver: [...files, ...installedDrivers()].join(' '),
    isSoftware,
    remedy: isSoftware ? missesNothing : isNvidia ? forNvidia : newer,
  };
}

/** Whether WebGPU has more to run on than the processor. */
export function hasGraphicsCard(): boolean {
  try {
    return !adapterHere().isSoftware;
  } catch {
    return false;
  }
}

interface Driver {
  readonly manifest: string;
  readonly library: string;
  readonly version: string;
}

/** Those that Vulkan's loader would find, by the manifests that name them. */
function vulkanDrivers(): Driver[] {
  const given = process.env['VK_DRIVER_FILES'] ?? process.env['VK_ICD_FILENAMES'];
  const manifests = given === undefined ? standardManifests() : given.split(path.delimiter).flatMap(manifestsOf);
  return manifests.flatMap((manifest) => {
    const [library, version] = ['library_path', 'api_version'].map((key) => textIn(manifest, key));
    return library === undefined ? [] : [{ manifest, library, version: version ?? 'unknown' }];
  });
}

function standardManifests(): string[] {
  const { XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_CONFIG_DIRS, XDG_DATA_DIRS } = process.env;
  const folders = [
    XDG_CONFIG_HOME ?? path.join(homedir(), '.config'),
    XDG_DATA_HOME ?? path.join(homedir(), '.local', 'share'),
    ...(XDG_CONFIG_DIRS ?? '/etc/xdg').split(path.delimiter),
    '/etc',
    ...(XDG_DATA_DIRS ?? '/usr/local/share:/usr/share').split(path.delimiter),
  ];
  return folders.flatMap((folder) => manifestsOf(path.join(folder, 'vulkan', 'icd.d')));
}

/** A manifest, or those in a folder. */
function manifestsOf(place: string): string[] {
  if (!existsSync(place)) return [];
  if (place.endsWith('.json')) return [place];
  return readdirSync(place)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => path.join(place, name));
}

/** A text in the object "ICD" of a manifest. */
function textIn(manifest: string, key: string): string | undefined {
  return new RegExp(`"${key}"\\s*:\\s*"([^"]*)"`).exec(readText(manifest))?.[1];
}

/** The card's name as far as the system tells; undefined where there is none. */
function graphicsCard(): string | undefined {
  const nvidia = '/proc/driver/nvidia/gpus';
  if (existsSync(nvidia)) {
    const [card] = readdirSync(nvidia);
    const model = /^Model:\s*(.+)$/m.exec(readText(path.join(nvidia, card, 'information')))?.[1];
    const version = /Module\s+([\d.]+)/.exec(readText('/proc/driver/nvidia/version'))?.[1];
    return [model ?? 'NVIDIA', ...(version === undefined ? [] : [`driver ${version}`])].join(', ');
  }
  const devices = existsSync('/dev/dri') ? readdirSync('/dev/dri') : [];
  if (devices.some((name) => name.startsWith('renderD')) || existsSync('/dev/dxg')) return 'graphics card';
  return undefined;
}

function readText(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
