import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import Module from 'node:module';
import path from 'node:path';

/* As much of VS Code as the extension's own classes need, so that they can be tested in Node. */

type Listener<T> = (value: T) => unknown;

class EventEmitter<T> {
  private readonly listeners = new Set<Listener<T>>();
  readonly event = (listener: Listener<T>): { dispose(): void } => {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  };

  fire(value: T): void {
    for (const listener of this.listeners) listener(value);
  }

  dispose(): void {
    this.listeners.clear();
  }
}

class Uri {
  constructor(readonly fsPath: string) {}

  static file(file: string): Uri {
    return new Uri(file);
  }

  static joinPath({ fsPath }: Uri, ...parts: string[]): Uri {
    return new Uri(path.join(fsPath, ...parts));
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

  constructor(readonly title: string) {}

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

  dispose(): void {
    this.disposals.fire(undefined);
  }
}

/** Every panel that was made, the last one last. */
export const panels: FakePanel[] = [];

const fake = {
  ...{ EventEmitter, Uri, ViewColumn: { Beside: -2 }, StatusBarAlignment: { Left: 1 } },
  window: {
    createWebviewPanel: (_type: string, title: string): FakePanel => {
      const panel = new FakePanel(title);
      panels.push(panel);
      return panel;
    },
    createStatusBarItem: () => ({ show: () => undefined, hide: () => undefined, dispose: () => undefined }),
    showErrorMessage: () => Promise.resolve(undefined),
    showInformationMessage: () => Promise.resolve(undefined),
  },
  commands: { executeCommand: () => Promise.resolve(undefined) },
  workspace: {
    isTrusted: true,
    workspaceFolders: undefined,
    fs: {
      createDirectory: ({ fsPath }: Uri) => mkdir(fsPath, { recursive: true }),
      writeFile: ({ fsPath }: Uri, data: Uint8Array) => writeFile(fsPath, data),
      readFile: ({ fsPath }: Uri) => readFile(fsPath),
      stat: ({ fsPath }: Uri) => stat(fsPath),
    },
  },
};

type Load = (request: string, ...rest: unknown[]) => unknown;
const loader = Module as unknown as { _load: Load };
const load = loader._load;
loader._load = (request, ...rest) => (request === 'vscode' ? fake : load(request, ...rest));
