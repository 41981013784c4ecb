import * as vscode from 'vscode';

/** The scheme of texts that are proposed for a file and stand nowhere yet. */
const scheme = 'boundary-lens-proposed';

/** Shows what would become of files before they are written. */
export class ProposedFiles implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  private last = 0;

  provideTextDocumentContent(uri: vscode.Uri): string | undefined {
    return this.texts.get(uri.toString());
  }

  /** Opens the difference between a file and the text proposed for it, beside the page that asks. */
  async showDifference(file: vscode.Uri, text: string): Promise<void> {
    // A text of its own each time: VS Code keeps what it has read under an address.
    const proposed = file.with({ scheme, query: String(++this.last) });
    this.texts.clear();
    this.texts.set(proposed.toString(), text);
    const name = file.path.split('/').at(-1) ?? file.path;
    await vscode.commands.executeCommand('vscode.diff', file, proposed, `${name}: now and proposed`, {
      viewColumn: vscode.ViewColumn.One,
      preserveFocus: true,
      preview: true,
    } satisfies vscode.TextDocumentShowOptions);
  }

  dispose(): void {
    this.registration.dispose();
  }
}
