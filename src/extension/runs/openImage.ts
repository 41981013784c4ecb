import * as vscode from 'vscode';

import { imageCandidates } from '../files/imageFiles';
import { exists } from '../files/paths';
import { notice } from '../notifications';
import { codeColumn } from '../panelColumn';

/**
 * Opens the image of this name in a report on what was given, beside the panel; says where there is no such file any more.
 */
export async function openImage(given: readonly string[], name: string): Promise<void> {
  for (const file of imageCandidates(given, name)) {
    if (!(await exists(file))) continue;
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file), { viewColumn: codeColumn() });
    return;
  }
  void vscode.window.showInformationMessage(notice(`${name} is no image file of its own, or it was moved.`));
}
