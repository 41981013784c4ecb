import { stat, writeFile } from 'node:fs/promises';
import Module from 'node:module';
import path from 'node:path';

import { EventEmitter, type Listener } from './eventEmitter';
import { FakeQuickPick, quickPicks } from './quickPicks';

/* As much of VS Code as the extension's own classes need, so that they can be tested in Node. */

class Disposable {
  constructor(readonly dispose: () => void) {}

  static from(...all: readonly { dispose(): void }[]): Disposable {
    return new Disposable(() => {
      for (const each of all) each.dispose();
    });
  }
}

class Range {
  constructor(
    readonly fromLine: number,
    readonly from: number,
    readonly toLine: number,
    readonly to: number,
  ) {}
}

class Hover {
  constructor(
    readonly contents: MarkdownString,
    readonly range: Range,
  ) {}
}

class ThemeIcon {
  constructor(readonly id: string) {}
}

class FileDecoration {
  constructor(
    readonly badge: string,
    readonly tooltip: string,
    readonly color?: ThemeColor,
  ) {}
}

class ThemeColor {
  constructor(readonly id: string) {}
}

class RelativePattern {
  constructor(
    readonly base: Uri,
    readonly pattern: string,
  ) {}
}

class TabInputWebview {
  constructor(readonly viewType: string) {}
}

class TabInputText {
  constructor(readonly uri: Uri) {}
}

class Uri {
  readonly scheme: string = 'file';

  constructor(readonly fsPath: string) {}

  static file(file: string): Uri {
    return new Uri(file);
  }

  static joinPath({ fsPath }: Uri, ...parts: string[]): Uri {
    return new Uri(path.join(fsPath, ...parts));
  }

  static parse(address: string): Uri {
    return new Uri(address);
  }

  get path(): string {
    return this.fsPath;
  }

  with({ scheme, query }: { scheme: string; query: string }): Uri {
    return new Uri(`${scheme}:${this.fsPath}?${query}`);
  }

  toString(): string {
    return this.fsPath;
  }
}

/** A panel that nobody looks at but the test: what it was sent, and how it is made to answer. */
export class FakePanel {
  readonly sent: unknown[] = [];
  private readonly messages = new EventEmitter<unknown>();
  private readonly states = new EventEmitter<unknown>();
  private readonly disposals = new EventEmitter<unknown>();
  visible = true;
  readonly webview = {
    options: {},
    html: '',
    cspSource: '',
    asWebviewUri: (uri: Uri): Uri => uri,
    onDidReceiveMessage: this.messages.event,
    postMessage: (message: unknown): Promise<boolean> => {
      this.sent.push(structuredClone(message));
      return Promise.resolve(true);
    },
  };
  readonly onDidChangeViewState = this.states.event;
  readonly onDidDispose = this.disposals.event;

  constructor(
    readonly title: string,
    readonly column?: number,
  ) {}

  /** The page says something. */
  say(message: unknown): void {
    this.messages.fire(message);
  }

  see(visible: boolean): void {
    this.visible = visible;
    this.states.fire(undefined);
  }

  reveal(): void {
    this.see(true);
  }

  /** As VS Code does it, and as the user does by closing the tab. */
  dispose(): void {
    this.visible = false;
    this.disposals.fire(undefined);
  }
}

/** Every panel that was made, the last one last. */
export const panels: FakePanel[] = [];

/** What the user was told or asked, with what there was to choose, until the test chooses. */
export interface Question {
  readonly text: string;
  readonly offered: readonly string[];
  readonly choose: (label?: string) => void;
}

/** Notifications and lists that were shown, the last one last. */
export const questions: Question[] = [];

function ask<T>(text: string, offered: readonly T[], label: (item: T) => string): Promise<T | undefined> {
  return new Promise((resolve) => {
    const choose = (chosen?: string): void => {
      resolve(offered.find((item) => label(item) === chosen));
    };
    questions.push({ text, offered: offered.map(label), choose });
  });
}

const tell = (text: string, ...buttons: string[]) => ask(text, buttons, (button) => button);

interface PickItem {
  readonly label: string;
  readonly description?: string;
}

function pick(items: readonly PickItem[] | Promise<readonly PickItem[]>, title: string): Promise<PickItem | undefined> {
  if (items instanceof Promise) return items.then((there) => pick(there, title));
  return ask(title, items, ({ label, description }) => [label, description ?? ''].join(', '));
}

class MarkdownString {
  value = '';

  appendText(text: string): this {
    return this.appendMarkdown(text);
  }

  appendMarkdown(text: string): this {
    this.value += text;
    return this;
  }
}

/** The status bar's one item. */
export class FakeStatusBarItem {
  text = '';
  tooltip = new MarkdownString();
  command: { readonly command: string; readonly arguments: readonly string[] } | undefined;
  visible = false;

  show(): void {
    this.visible = true;
  }

  hide(): void {
    this.visible = false;
  }

  dispose(): void {
    this.hide();
  }
}

/** Every status bar item that was made, the last one last. */
export const statusBarItems: FakeStatusBarItem[] = [];

/** The files of the workspace, whatever is looked for. */
export const workspaceFiles: string[] = [];

/** The folders of the workspace. */
export const workspaceFolders: { readonly uri: { readonly scheme: string } }[] = [];

/** What VS Code keeps for the extension. */
export class FakeMemento {
  private readonly kept = new Map<string, unknown>();

  readonly keys = (): readonly string[] => [...this.kept.keys()];
  readonly get = <T>(key: string, otherwise?: T): T => (this.kept.get(key) ?? otherwise) as T;
  readonly update = (key: string, value: unknown): Promise<void> => {
    this.kept.set(key, structuredClone(value));
    return Promise.resolve();
  };
}

/** A change of a file, as VS Code's watchers tell it. */
export function fileChanged(file: string): void {
  changedFiles.fire(file);
}

const changedFiles = new EventEmitter<string>();

function createFileSystemWatcher({ base }: RelativePattern): object {
  const onDidChange = (listener: Listener<Uri>) =>
    changedFiles.event((file) => {
      if (path.dirname(file) === base.fsPath) listener(new Uri(file));
    });
  const never = () => new Disposable(() => undefined);
  return { onDidChange, onDidCreate: never, onDidDelete: never, dispose: () => undefined };
}

/** Columns of tabs: what a tab holds, and which column is active. */
export const columns: { tabs: { input: unknown }[]; viewColumn: number }[] = [];

/** A tab as VS Code describes it: a panel by its type, a text by its file. */
export const webviewTab = (viewType: string): object => new TabInputWebview(viewType);
export const textTab = (file: string): object => new TabInputText(new Uri(file));

/** Commands that were run, the last one last. */
export const commandsRun: { readonly name: string; readonly arguments: readonly unknown[] }[] = [];

/** The user's settings that are not the default. */
export const settings = new Map<string, unknown>();

/** Names of those that are set for the workspace, the others being the user's. */
export const settingsOfWorkspace = new Set<string>();

/** The commands that are registered. */
export const commands = new Map<string, (...given: unknown[]) => unknown>();

/** What lies on the clipboard. */
export const clipboard = { text: '' };

/** Addresses that were opened in a browser, the last one last. */
export const opened: string[] = [];

const grants = new EventEmitter<undefined>();

const fake = {
  ...{ EventEmitter, Disposable, Uri, MarkdownString, Range, Hover, FileDecoration, ThemeIcon },
  ...{ ThemeColor, RelativePattern, TabInputWebview, TabInputText },
  ...{ ConfigurationTarget: { Global: 1, Workspace: 2 } },
  ...{ ViewColumn: { One: 1, Beside: -2 }, StatusBarAlignment: { Left: 1 } },
  window: {
    tabGroups: {
      all: columns,
      get activeTabGroup(): unknown {
        return columns[0];
      },
    },
    setStatusBarMessage: (text: string) => questions.push({ text, offered: [], choose: () => undefined }),
    createWebviewPanel: (_type: string, title: string, { viewColumn }: { viewColumn: number }): FakePanel => {
      const panel = new FakePanel(title, viewColumn);
      panels.push(panel);
      return panel;
    },
    createStatusBarItem: (): FakeStatusBarItem => {
      const item = new FakeStatusBarItem();
      statusBarItems.push(item);
      return item;
    },
    showErrorMessage: tell,
    showWarningMessage: tell,
    showInformationMessage: tell,
    createQuickPick: (): FakeQuickPick => {
      const list = new FakeQuickPick();
      quickPicks.push(list);
      return list;
    },
    showQuickPick: (items: Parameters<typeof pick>[0], { title }: { title: string }) => pick(items, title),
  },
  version: '1.100.0',
  env: {
    clipboard: {
      writeText: (text: string): Promise<void> => {
        clipboard.text = text;
        return Promise.resolve();
      },
    },
    openExternal: (uri: Uri) => opened.push(uri.fsPath),
  },
  commands: {
    registerCommand: (name: string, run: (...given: unknown[]) => unknown): Disposable => {
      commands.set(name, run);
      return new Disposable(() => commands.delete(name));
    },
    executeCommand: (name: string, ...given: unknown[]): Promise<undefined> => {
      commandsRun.push({ name, arguments: given });
      return Promise.resolve(undefined);
    },
  },
  workspace: {
    createFileSystemWatcher,
    getConfiguration: () => ({
      get: (name: string, otherwise: unknown) => settings.get(name) ?? otherwise,
      inspect: (name: string) => ({ workspaceValue: settingsOfWorkspace.has(name) ? settings.get(name) : undefined }),
      update: (name: string, value: unknown, target: number): Promise<void> => {
        settings.set(name, value);
        if (target === fake.ConfigurationTarget.Workspace) settingsOfWorkspace.add(name);
        return Promise.resolve();
      },
    }),
    isTrusted: true,
    onDidGrantWorkspaceTrust: grants.event,
    workspaceFolders,
    asRelativePath: (file: string): string => path.basename(file),
    registerTextDocumentContentProvider: () => new Disposable(() => undefined),
    findFiles: (): Promise<Uri[]> => Promise.resolve(workspaceFiles.map((file) => Uri.file(file))),
    fs: {
      stat: ({ fsPath }: Uri) => stat(fsPath),
      writeFile: ({ fsPath }: Uri, data: Uint8Array) => writeFile(fsPath, data),
    },
  },
};

/** Puts the workspace into Restricted Mode, or trusts it again. */
export function trust(trusted: boolean): void {
  fake.workspace.isTrusted = trusted;
  if (trusted) grants.fire(undefined);
}

type Load = (request: string, ...rest: unknown[]) => unknown;
const loader = Module as unknown as { _load: Load };
const load = loader._load;
loader._load = (request, ...rest) => (request === 'vscode' ? fake : load(request, ...rest));
