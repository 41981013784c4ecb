import * as vscode from 'vscode';

import type { BackendsHere } from '../../protocol/backends';
import { type BackendChoice, backendChoices } from '../../protocol/words';
import { autoInWords, backendInWords } from '../../reading/backends';
import type { Engine } from '../engine/engine';
import { failureOf } from '../engine/jobFailure';
import { notice, tellFailure } from '../notifications';
import { currentBackend, currentMachine, setBackend } from '../settings';

interface BackendItem extends vscode.QuickPickItem {
  readonly backend: BackendChoice;
  /** Why it cannot be taken here. */
  readonly missing?: string;
}

/**
 * Sets what runs networks: the backend that a program names, else the one that the user picks of those that there are, each
 * with what it is here or why it is not. One that is not here is not set; its reason, with what mends it, is then said whole.
 *
 * @returns what was set.
 */
export async function selectBackend(
  engine: Pick<Engine, 'listBackends'>,
  given?: unknown,
): Promise<BackendChoice | undefined> {
  const backend = backendChoices.find((choice) => choice === given) ?? (await pickedBackend(engine));
  if (backend === undefined) return undefined;
  await setBackend(backend);
  vscode.window.setStatusBarMessage(notice(`the next run takes the backend ${backend}.`), 5000);
  return backend;
}

async function pickedBackend(engine: Pick<Engine, 'listBackends'>): Promise<BackendChoice | undefined> {
  const items = engine.listBackends(currentMachine()).then((found) => backendItems(found, currentBackend()));
  try {
    const picked = await vscode.window.showQuickPick(items, {
      title: 'Select Backend: what runs networks',
      placeHolder: 'auto if in doubt',
      matchOnDescription: true,
      matchOnDetail: true,
    });
    if (picked?.missing === undefined) return picked?.backend;
    void vscode.window.showWarningMessage(notice(`${picked.backend} cannot be taken here. ${picked.missing}`));
  } catch (error) {
    await tellFailure(failureOf(error));
  }
  return undefined;
}

/** What is set first, then what is here, then what is missing. */
function backendItems({ backends, auto }: BackendsHere, current: BackendChoice): BackendItem[] {
  const items = [
    item('auto', auto.reason === null, autoInWords(auto), current),
    ...backends.map((one) => item(one.id, one.present, backendInWords(one), current)),
  ];
  const rank = ({ backend, missing }: BackendItem): number => (backend === current ? 0 : missing === undefined ? 1 : 2);
  return items.toSorted((a, b) => rank(a) - rank(b));
}

function item(backend: BackendChoice, isHere: boolean, detail: string, current: BackendChoice): BackendItem {
  const description = [isHere ? 'ready' : 'missing', ...(backend === current ? ['chosen'] : [])].join(', ');
  return { backend, label: backend, description, detail, ...(!isHere && { missing: detail }) };
}
