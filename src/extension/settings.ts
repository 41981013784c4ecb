import { existsSync } from 'node:fs';
import path from 'node:path';

import * as vscode from 'vscode';

import type { Settings } from './runs/request';

/** What is set for a model: the folders of a workspace may differ. */
export function currentSettings(model: string): Settings {
  const settings = vscode.workspace.getConfiguration('boundaryLens', vscode.Uri.file(model));
  const backend = settings.get<Settings['backend']>('backend', 'auto');
  return {
    backend,
    ...(backend === 'tensorflow' && { tensorflow: tensorflowFolder(settings.get('tensorflow', '')) }),
    seed: settings.get('seed', 0),
    threads: settings.get('threads', 0),
    memory: settings.get('memoryLimit', 0),
    imageLimit: settings.get('imageLimit', 0),
    calibrationLimit: settings.get('calibrationLimit', 0),
  };
}

/** Bytes that the results kept of a workspace may take. */
export function historyLimit(): number {
  return vscode.workspace.getConfiguration('boundaryLens').get('historyLimit', 200) * 1e6;
}

/** It is code that the engine loads: from the folder that the machine's user named, or from a workspace that is trusted. */
function tensorflowFolder(named: string): string | undefined {
  if (named !== '') return named;
  if (!vscode.workspace.isTrusted) return undefined;
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
  return folders.find((folder) => existsSync(path.join(folder, 'node_modules', '@tensorflow', 'tfjs-node')));
}
