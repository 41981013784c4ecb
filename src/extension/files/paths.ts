import path from 'node:path';

import * as vscode from 'vscode';

import { hasPage, modelFile, versionOf } from './modelFiles';

const longestPath = 4096;

/** Where a path in a document may lie: from the document's folder and from those of the workspace. Never on a network. */
export function candidates(text: string, folders: readonly string[]): string[] {
  if (text === '' || text.length > longestPath || text.includes('\0')) return [];
  // Shares (//host, \\host) and addresses (http:, s3:); a single letter is a drive.
  if (/^[\\/]{2}/.test(text) || /^[a-z][a-z\d+.-]+:/i.test(text)) return [];
  if (path.isAbsolute(text)) return [path.normalize(text)];
  return [...new Set(folders.map((folder) => path.join(folder, text)))];
}

export async function exists(file: string): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(vscode.Uri.file(file));
    return true;
  } catch {
    return false;
  }
}

/** Documents in some languages, by VS Code's ids, in which paths are looked for: files, and cells of notebooks. */
export function documentsIn(languages: readonly string[]): vscode.DocumentFilter[] {
  return ['file', 'vscode-notebook-cell'].flatMap((scheme) => languages.map((language) => ({ scheme, language })));
}

/** The model that a text in a document names, as it is on this disk; undefined where there is none. */
export async function modelNamedIn(document: vscode.Uri, text: string): Promise<string | undefined> {
  // Whatever else a text may be, a folder of a model has no ending of another kind.
  const isFolder = path.extname(text) === '';
  if (!isFolder && !hasPage(text)) return undefined;
  const workspace = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  const folders = [path.dirname(document.fsPath), ...workspace.map(({ uri }) => uri.fsPath)];
  for (const candidate of candidates(text, folders)) {
    const file = isFolder ? await modelFile(candidate) : candidate;
    if (file !== undefined && hasPage(file) && (await versionOf(file)) !== undefined) return file;
  }
  return undefined;
}
