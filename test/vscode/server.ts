import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import type { VisualStudioCode } from './install';

const settings = {
  'security.workspace.trust.startupPrompt': 'never',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.reduceMotion': 'on',
  'workbench.enableExperiments': false,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.openRepositoryInParentFolders': 'never',
  'chat.disableAIFeatures': true,
  // A row's tip that opens under the resting pointer takes the clicks meant for the rows below it.
  'workbench.hover.delay': 600_000,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  // A page that has just loaded takes the focus, which would close the list that a command asks with.
  'workbench.quickOpen.closeOnFocusLost': false,
};

export interface ServerOptions {
  /** A packed extension to install. */
  readonly vsix?: string;
  /** Whether folders are trusted without asking. */
  readonly trusted?: boolean;
  /** Lets the page's address name an extension under development and its tests; keeps dialogs from showing. */
  readonly driver?: boolean;
  readonly environment?: NodeJS.ProcessEnv;
}

/** VS Code's server on a free port, with settings and extensions of its own. */
export class Server {
  private constructor(
    private readonly child: ChildProcess,
    private readonly data: string,
    /** `host:port`. */
    readonly authority: string,
  ) {}

  static async start(code: VisualStudioCode, options: ServerOptions = {}): Promise<Server> {
    const data = mkdtempSync(path.join(tmpdir(), 'boundary-lens-vscode-'));
    const user = path.join(data, 'data', 'User');
    mkdirSync(user, { recursive: true });
    const trust = { 'security.workspace.trust.enabled': options.trusted === false };
    writeFileSync(path.join(user, 'settings.json'), JSON.stringify({ ...settings, ...trust }));
    const inherited = Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_|npm_)/.test(name));
    const env = {
      ...Object.fromEntries(inherited),
      EXTENSIONS_GALLERY: '{"serviceUrl":""}',
      BOUNDARY_LENS_CACHE: path.join(data, 'artefacts'),
      ...options.environment,
    };
    const main = path.join(code.folder, 'out', 'server-main.js');
    const folders = ['--server-data-dir', data, '--extensions-dir', path.join(data, 'extensions')];
    if (options.vsix !== undefined) {
      const install = [main, ...folders, '--install-extension', options.vsix];
      await promisify(execFile)(code.node, install, { env, timeout: 180_000 });
    }
    const child = spawn(
      code.node,
      [
        ...[main, ...folders, '--host', '127.0.0.1', '--port', '0', '--without-connection-token'],
        ...['--accept-server-license-terms', '--telemetry-level', 'off'],
        ...(options.trusted === false ? [] : ['--disable-workspace-trust']),
        ...(options.driver ? ['--enable-smoke-test-driver'] : []),
      ],
      // A process group of its own, so that it can be ended whole.
      { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
    );
    const server = (port: string): Server => new Server(child, data, `127.0.0.1:${port}`);
    try {
      return server(await listeningPort(child));
    } catch (error) {
      await server('').stop();
      throw error;
    }
  }

  /** The workbench's address with a folder opened, and what are command line options on the desktop. */
  url(folder: string, payload: Readonly<Record<string, string>> = {}): string {
    const pairs = Object.entries(payload).map(([name, file]) => [
      name,
      `vscode-remote://${this.authority}${path.resolve(file)}`,
    ]);
    const query = new URLSearchParams({ folder: path.resolve(folder) });
    query.set('payload', JSON.stringify([['skipWelcome', 'true'], ['skipReleaseNotes', 'true'], ...pairs]));
    return `http://${this.authority}/?${query.toString()}`;
  }

  /** Ids of the engine processes that this server's extension host has started. */
  engines(): number[] {
    const table = spawnSync('ps', ['-A', '-o', 'pid=,args=']).stdout.toString();
    return table.split('\n').flatMap((line) => {
      const [, pid = '', args = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
      return args.includes(this.data) && args.includes('engine.js') ? [Number(pid)] : [];
    });
  }

  /** The server's own log of an output channel, by part of its name. */
  log(): string {
    const found = spawnSync('find', [path.join(this.data, 'data', 'logs'), '-name', '*Boundary Lens.log']).stdout;
    return found
      .toString()
      .split('\n')
      .filter(Boolean)
      .map((file) => readFileSync(file, 'utf8'))
      .join('');
  }

  async stop(): Promise<void> {
    const signal = (name: NodeJS.Signals): void => {
      try {
        if (this.child.pid !== undefined) process.kill(-this.child.pid, name);
      } catch {
        // Gone already.
      }
    };
    if (this.child.exitCode === null) {
      signal('SIGTERM');
      await Promise.race([once(this.child, 'exit'), sleep(5000, undefined, { ref: false })]);
    }
    signal('SIGKILL');
    rmSync(this.data, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

function listeningPort(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const listen = (chunk: Buffer): void => {
      output += chunk.toString();
      const port = /Extension host agent listening on (\d+)/.exec(output)?.[1];
      if (port !== undefined) resolve(port);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('error', reject);
    child.once('exit', () => {
      reject(new Error(`VS Code’s server ended:\n${output}`));
    });
    setTimeout(() => {
      reject(new Error(`VS Code’s server did not listen within two minutes:\n${output}`));
    }, 120_000).unref();
  });
}
