import * as vscode from 'vscode';

import type { Failure } from '../protocol/failure';
import { literal } from '../reading/format';
import { failureOf } from './engine/jobFailure';

/** A run that nobody sees: what it is, in a sentence, and what shows it. */
export interface Unseen {
  readonly what: string;
  readonly show: () => void;
}

const showResults = 'Show Results';
const calibrateAgain = 'Calibrate Again';
const actions = {
  'Restart Engine': 'boundaryLens.restartEngine',
  'Show Log': 'boundaryLens.showLog',
  'Report Issue': 'boundaryLens.reportIssue',
};

/** Says that a run is done whose panel is closed or hidden, and what there is to say of it. */
export async function tellDone({ what, show }: Unseen, but?: string): Promise<void> {
  const text = but === undefined ? `${what} is done.` : `${what} is done; ${but}.`;
  const chosen = await vscode.window.showInformationMessage(notice(text), showResults);
  if (chosen) show();
}

/**
 * Says why something failed, with what the user can do about it.
 *
 * @param unseen - the run that failed; absent where it is none.
 * @param recalibrate - where it was the stored calibration that was refused.
 */
export async function tellFailure(failure: Failure, unseen?: Unseen, recalibrate?: () => unknown): Promise<void> {
  const { code, message } = failure;
  const lost = code === 'engine-lost' || code === 'internal';
  const offered = [
    ...(recalibrate ? ([calibrateAgain] as const) : []),
    ...(unseen ? ([showResults] as const) : []),
    ...(lost ? (['Restart Engine', 'Show Log', 'Report Issue'] as const) : (['Show Log'] as const)),
  ];
  const what = unseen ? `${unseen.what} failed: ` : '';
  const chosen = await vscode.window.showErrorMessage(notice(`${what}${firstLine(message)}`), ...offered);
  if (chosen === calibrateAgain) await recalibrate?.();
  else if (chosen === showResults) unseen?.show();
  else if (chosen) await vscode.commands.executeCommand(actions[chosen]);
}

/** Says, and logs, what should not have happened. */
export function tellFault(error: unknown, log: Pick<vscode.LogOutputChannel, 'error'>): void {
  log.error(String(error));
  void vscode.window.showErrorMessage(notice(failureOf(error).message));
}

/** A notification's text. VS Code makes links of `[…](command:…)`, and names from files may be anything. */
export function notice(text: string): string {
  return `Boundary Lens: ${literal(text, 2000).replaceAll('](', '] (')}`;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text;
}
