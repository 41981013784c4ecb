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

/** Says that a run is done whose panel is closed or hidden. */
export async function tellDone({ what, show }: Unseen): Promise<void> {
  const chosen = await vscode.window.showInformationMessage(notice(`${what} is done.`), showResults);
  if (chosen) show();
}

/**
 * Says why a run failed, with what the user can do about it.
 *
 * @param unseen - absent where the run's panel is in sight.
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
