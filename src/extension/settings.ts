import { existsSync } from 'node:fs';
import path from 'node:path';

import * as vscode from 'vscode';

import type { Machine } from '../protocol/job';
import { type BackendChoice, cardBackends } from '../protocol/words';
import type { Settings } from './runs/request';

/** What is set for a model: the folders of a workspace may differ. */
export function currentSettings(model: string): Settings {
  const settings = vscode.workspace.getConfiguration('boundaryLens', vscode.Uri.file(model));
  const backend = settings.get<Settings['backend']>('backend', 'auto');
  return {
    backend,
    ...(backend === 'tensorflow' && { tensorflow: tensorflowFolder() }),
    // Others have no choice of cards, and refuse to be told one.
    ...((backend === 'auto' || cardBackends.includes(backend)) && { device: device() }),
    seed: settings.get('seed', 0),
    threads: settings.get('threads', 0),
    memory: settings.get('memoryLimit', 0),
    imageLimit: settings.get('imageLimit', 0),
    calibrationLimit: settings.get('calibrationLimit', 0),
  };
}

/** What is set that decides which backends there are. */
export function currentMachine(): Machine {
  const [tensorflow, card] = [tensorflowFolder(), device()];
  const threads = vscode.workspace.getConfiguration('boundaryLens').get<number>('threads', 0);
  return {
    ...(tensorflow !== undefined && { tensorflow }),
    ...(card !== undefined && { device: card }),
    ...(threads > 0 && { threads }),
  };
}

/** What is to run networks. */
export function currentBackend(): BackendChoice {
  return vscode.workspace.getConfiguration('boundaryLens').get<BackendChoice>('backend', 'auto');
}

/** Sets what is to run networks, there where it is set: for this workspace, else for this machine. */
export async function setBackend(backend: BackendChoice): Promise<void> {
  const settings = vscode.workspace.getConfiguration('boundaryLens');
  const { Global, Workspace } = vscode.ConfigurationTarget;
  const isOwn = settings.inspect('backend')?.workspaceValue !== undefined;
  await settings.update('backend', backend, isOwn ? Workspace : Global);
}

/** The number of the graphics card that is set, if one is. */
function device(): number | undefined {
  return vscode.workspace.getConfiguration('boundaryLens').get<number | null>('device', null) ?? undefined;
}

/** Bytes that the results kept of a workspace may take. */
export function historyLimit(): number {
  return vscode.workspace.getConfiguration('boundaryLens').get('historyLimit', 200) * 1e6;
}

/** It is code that the engine loads: from the folder that the machine's user named, or from a workspace that is trusted. */
function tensorflowFolder(): string | undefined {
  const named = vscode.workspace.getConfiguration('boundaryLens').get<string>('tensorflow', '');
  if (named !== '') return named;
  if (!vscode.workspace.isTrusted) return undefined;
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
  const has = (folder: string, name: string) => existsSync(path.join(folder, 'node_modules', '@tensorflow', name));
  return folders.find((folder) => ['tfjs-node', 'tfjs-node-gpu'].some((name) => has(folder, name)));
}
