import * as vscode from 'vscode';

import type { Failure } from '../../protocol/failure';
import type { Request } from '../../protocol/job';
import type { Candidate, Preflight } from '../../protocol/preflight';
import type { PreflightPageState } from '../../protocol/preflightPage';
import type { Expected } from '../../protocol/presets';
import type { Engine } from '../engine/engine';
import { failureOf } from '../engine/jobFailure';
import { versionOf } from '../files/modelFiles';
import { tellFault } from '../notifications';
import { type Asked, PreflightPage } from './preflightPage';
import { ProposedFiles } from './proposedFiles';

/** How images are to be prepared: as a candidate says it, in JSON, or as is found, where it is absent. */
export interface Chosen {
  readonly preprocessing?: string;
}

type Purpose = PreflightPageState['purpose'];

/** What preflights work with. */
export interface PreflightTools {
  readonly extensionUri: vscode.Uri;
  readonly engine: Pick<Engine, 'preflight'>;
  readonly log: Pick<vscode.LogOutputChannel, 'warn' | 'error' | 'show'>;
}

/** Looks at a few images before a run, and asks where something is in doubt. */
export class Preflights implements vscode.Disposable {
  private readonly proposed = new ProposedFiles();
  /** What the user let run as it is, whatever was in doubt: nobody is asked twice. */
  private readonly accepted = new Set<string>();

  constructor(private readonly tools: PreflightTools) {}

  /** Begins to look, and shows the page at once. */
  look(request: Request, purpose: Purpose): Look {
    return new Look(request, purpose, this.tools, this.proposed, this.accepted);
  }

  /** Looks, and closes the page when it is known what is chosen; undefined where the user closed it. */
  async choice(request: Request, purpose: Purpose = 'run'): Promise<Chosen | undefined> {
    const look = this.look(request, purpose);
    const chosen = await look.chosen;
    look.close();
    return chosen;
  }

  dispose(): void {
    this.proposed.dispose();
  }
}

/** One look at the images of a request, with its page. */
export class Look {
  private readonly page: PreflightPage;
  private readonly controller = new AbortController();
  private preflight: Preflight | undefined;
  /** What is to be written over a file whose difference is shown. */
  private replacement: Candidate | undefined;
  private resolve: (chosen: Chosen | undefined) => void = () => undefined;

  private measured: (expected: readonly Expected[]) => void = () => undefined;

  /** What each preset takes, once it is measured; nothing where it cannot be. */
  readonly expected = new Promise<readonly Expected[]>((resolve) => {
    this.measured = resolve;
  });
  /** What was chosen, once nothing is in doubt or the user has said; undefined where the page was closed. */
  readonly chosen: Promise<Chosen | undefined>;

  constructor(
    private readonly request: Request,
    private readonly purpose: Purpose,
    private readonly tools: PreflightTools,
    private readonly proposed: ProposedFiles,
    private readonly accepted: Set<string>,
  ) {
    const { extensionUri, log } = tools;
    this.page = new PreflightPage(extensionUri, { model: request.model, purpose, phase: 'looking' }, log);
    this.chosen = new Promise((resolve) => {
      this.resolve = resolve;
    });
    this.page.onMessage((message) => {
      this.act(message).catch((error: unknown) => {
        tellFault(error, log);
      });
    });
    this.page.onClosed(() => {
      this.controller.abort();
      this.measured([]);
      this.resolve(undefined);
    });
    void this.begin();
  }

  close(): void {
    this.page.dispose();
  }

  private async begin(): Promise<void> {
    const { request, purpose } = this;
    try {
      const found = await this.tools.engine.preflight(request, purpose === 'choose', {
        signal: this.controller.signal,
        onSeen: (preflight) => {
          this.page.show({ phase: 'looking', preflight });
        },
        onLooked: (preflight) => {
          this.preflight = preflight;
          if (preflight.expected) this.measured(preflight.expected);
          const isFine = purpose === 'run' && preflight.doubts.length === 0;
          this.page.show({ phase: isFine ? 'fine' : 'trying', preflight });
          if (isFine) this.resolve({});
        },
      });
      this.preflight = found;
      const isFine = purpose === 'run' && (found.doubts.length === 0 || this.accepted.has(await this.subject()));
      this.page.show({ phase: isFine ? 'fine' : 'asking', preflight: found });
      this.measured(found.expected ?? []);
      if (isFine) this.resolve({});
    } catch (error) {
      if (this.controller.signal.aborted) return;
      this.fail(failureOf(error));
    }
  }

  /** A run that cannot be looked at fails for the same reason, and tells of it itself. */
  private fail(failure: Failure): void {
    this.measured([]);
    this.tools.log.error(`Preflight of ${this.request.model}: ${failure.message} [${failure.code}]`);
    if (this.purpose === 'run') this.resolve({});
    else this.page.show({ phase: 'failed', failure });
  }

  private async act(message: Asked): Promise<void> {
    switch (message.type) {
      case 'cancel':
        this.close();
        return;
      case 'asItIs':
        // How thorough to be is chosen knowing what that takes, so only then is the engine let go.
        void this.expected.then(() => {
          this.controller.abort();
        });
        this.accepted.add(await this.subject());
        this.resolve({});
        return;
      case 'useOnce':
        this.use(this.candidate(message.candidate));
        return;
      case 'save':
        await this.save(this.candidate(message.candidate));
        return;
      case 'replace':
        if (this.replacement) await this.write(this.replacement);
        return;
      case 'back':
        this.page.show({ phase: 'asking' });
        return;
      case 'copy':
        await vscode.env.clipboard.writeText(this.candidate(message.candidate).sideFile);
        vscode.window.setStatusBarMessage('Boundary Lens: the JSON is on the clipboard.', 5000);
        return;
      case 'showLog':
        this.tools.log.show();
    }
  }

  /** What is looked at: the model as it is now, the images, and how they are prepared. */
  private async subject(): Promise<string> {
    const { model, images } = this.request;
    return JSON.stringify([model, await versionOf(model), images, this.preflight?.current.preprocessing]);
  }

  private candidate(place: number): Candidate {
    const candidate = this.preflight?.candidates[place];
    if (!candidate) throw new Error(`there is no candidate ${place}`);
    return candidate;
  }

  private use({ preprocessing }: Candidate): void {
    this.resolve({ preprocessing: JSON.stringify(preprocessing) });
  }

  /** Writes a new side file at once, and over one that is there only when the difference has been shown. */
  private async save(candidate: Candidate): Promise<void> {
    const { path, text = null } = this.preflight?.sideFile ?? {};
    if (path === undefined) return;
    if (text === null || text === candidate.sideFile) return this.write(candidate);
    this.replacement = candidate;
    await this.proposed.showDifference(vscode.Uri.file(path), candidate.sideFile);
    this.page.show({ phase: 'replacing' });
  }

  private async write(candidate: Candidate): Promise<void> {
    const { path } = this.preflight?.sideFile ?? {};
    if (path === undefined) return;
    try {
      await vscode.workspace.fs.writeFile(vscode.Uri.file(path), Buffer.from(candidate.sideFile));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.page.show({ phase: 'unwritable', failure: { code: 'invalid-input', message: reason } });
      return;
    }
    // What is written is found by the run.
    this.resolve({});
    if (this.purpose === 'choose') vscode.window.setStatusBarMessage(`Boundary Lens: saved ${path}.`, 5000);
  }
}
