import * as vscode from 'vscode';

import type { Settings } from './request';

export function currentSettings(): Settings {
  const settings = vscode.workspace.getConfiguration('boundaryLens');
  return {
    backend: settings.get<Settings['backend']>('backend', 'auto'),
    seed: settings.get('seed', 0),
    threads: settings.get('threads', 0),
    memory: settings.get('memoryLimit', 0),
    imageLimit: settings.get('imageLimit', 0),
    calibrationLimit: settings.get('calibrationLimit', 0),
  };
}
