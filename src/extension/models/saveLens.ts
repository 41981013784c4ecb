import * as vscode from 'vscode';

import { modelNamedIn } from '../files/paths';
import { literalsIn } from './literals';

/** Calls that write a model to a file. */
const saving = /\b(?:torch\.onnx\.export|torch\.export\.save|tf\.saved_model\.save|\w+\.(?:save|export))\s*\(/;
/** A call's arguments may go on for some lines. */
const mostLines = 8;

/** "Analyze" over lines that save a model whose file is there. Off unless the setting turns it on. */
export class SaveLens implements vscode.CodeLensProvider {
  async provideCodeLenses(document: vscode.TextDocument, token: vscode.CancellationToken): Promise<vscode.CodeLens[]> {
    const wanted = vscode.workspace.getConfiguration('boundaryLens', document.uri).get<boolean>('codeLens') === true;
    if (!wanted || !vscode.workspace.isTrusted) return [];
    const lenses: vscode.CodeLens[] = [];
    for (let line = 0; line < document.lineCount && !token.isCancellationRequested; line++) {
      if (!saving.test(document.lineAt(line).text)) continue;
      const model = await this.savedModel(document, line);
      if (model === undefined) continue;
      const command = { title: 'Analyze', command: 'boundaryLens.analyze', arguments: [model] };
      lenses.push(new vscode.CodeLens(new vscode.Range(line, 0, line, 0), command));
    }
    return lenses;
  }

  /** The model that a call beginning on a line names. */
  private async savedModel(document: vscode.TextDocument, from: number): Promise<string | undefined> {
    for (let line = from; line < Math.min(from + mostLines, document.lineCount); line++) {
      const { text } = document.lineAt(line);
      for (const found of literalsIn(document.languageId, text)) {
        const model = await modelNamedIn(document.uri, found.text);
        if (model !== undefined) return model;
      }
      if (/^\s*\)/.test(text) || (line === from && /\)\s*(#.*)?$/.test(text))) return undefined;
    }
    return undefined;
  }
}
