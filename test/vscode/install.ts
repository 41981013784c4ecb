import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { systemCache } from '../../src/analysis/study/cacheFolder';

/** A VS Code: the server build of its own sources, as the package code-server carries it, and the Node that runs it. */
export interface VisualStudioCode {
  readonly folder: string;
  readonly node: string;
}

const version = '4.139.1';
const nodeMajor = 22;
const cache = path.join(systemCache(), 'boundary-lens');

/**
 * VS Code's server build, installed on first use into a cache folder outside the repository: about a minute and 600 MB.
 * Two runs at once install into folders of their own, and the first that is done takes the place.
 *
 * @throws Error where it cannot be installed
 */
export function installedServer(): VisualStudioCode {
  const home = path.join(cache, `vscode-server-${version}`);
  if (!existsSync(home)) {
    mkdirSync(cache, { recursive: true });
    const draft = mkdtempSync(`${home}.`);
    try {
      install(draft);
      renameSync(draft, home);
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      if (!existsSync(home)) throw error;
    }
  }
  return places(home);
}

function places(home: string): VisualStudioCode {
  const modules = path.join(home, 'node_modules');
  const node = path.join(modules, nodePackage(), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  return { folder: path.join(modules, 'code-server', 'lib', 'vscode'), node };
}

function nodePackage(): string {
  return `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
}

function install(home: string): void {
  writeFileSync(path.join(home, 'package.json'), '{"private":true}');
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  // Its install script would build what is not used here, and fails on many machines.
  const packages = [`code-server@${version}`, `${nodePackage()}@${nodeMajor}`];
  npm(home, ['install', '--ignore-scripts', '--no-save', '--no-package-lock', ...quiet, ...packages]);
  const { folder, node } = places(home);
  npm(folder, ['install', '--omit=dev', '--ignore-scripts', ...quiet]);
  for (const unused of ['@github', '@microsoft/mxc-sdk']) {
    rmSync(path.join(folder, 'node_modules', unused), { recursive: true, force: true });
  }
  // The output channels write through spdlog; its headers are those that ship with the server's own Node.
  const nodeFolder = path.dirname(path.dirname(node));
  npm(folder, ['rebuild', '--ignore-scripts=false', '@vscode/spdlog', '@vscode/native-watchdog', '--loglevel=error'], {
    PATH: `${path.dirname(node)}${path.delimiter}${process.env['PATH'] ?? ''}`,
    npm_config_nodedir: nodeFolder,
    JOBS: 'max',
  });
  const { status, stdout } = spawnSync(node, [path.join(folder, 'out', 'server-main.js'), '--version']);
  if (status !== 0) throw new Error(`the installed VS Code does not start: ${stdout.toString()}`);
}

function npm(cwd: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): void {
  // Settings that `npm test` hands down are those of this project.
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^npm_(config_(?!registry|cache)|package_)/.test(name),
  );
  const env = { ...Object.fromEntries(inherited), ...environment };
  const shell = process.platform === 'win32';
  const { status, stderr, error } = spawnSync('npm', args, { cwd, env, shell, stdio: ['ignore', 'ignore', 'pipe'] });
  if (status === 0) return;
  throw new Error(`npm ${args[0]} failed: ${error?.message ?? stderr.toString().slice(-2000)}`);
}
