import * as vscode from 'vscode';

import { type Expected, type Preset, presetDescriptions, presets } from '../../protocol/presets';
import { expectedInWords } from '../../reading/expected';
import { capital, count } from '../../reading/format';
import type { Remembered } from './choose';

/** How thorough an analysis shall be, and of how many images where not of all. */
export interface ChosenPreset {
  readonly preset: Preset;
  readonly images?: number;
}

interface PresetItem extends vscode.QuickPickItem, ChosenPreset {}

/** A run that takes longer, s, does not begin before it was said how long; smaller ones are offered than that one. */
const long = 120;

/**
 * Asks how thorough the analysis shall be, the last choice first.
 *
 * @param expected - what each preset takes, once it is known: what may take long is chosen knowing it. Nothing where nobody
 *   measures it.
 */
export async function choosePreset(
  remembered: Remembered,
  expected: Promise<readonly Expected[]> = Promise.resolve([]),
): Promise<ChosenPreset | undefined> {
  const last = remembered.get('preset');
  const items = (known?: readonly Expected[]): PresetItem[] => {
    return presetItems(known).sort((a, b) => Number(b.preset === last) - Number(a.preset === last));
  };
  const chosen = await picked(items, expected);
  if (chosen) await remembered.set('preset', chosen.preset);
  return chosen;
}

/** The list, which says what its entries take once that is known; what was chosen before is then chosen if it is short. */
function picked(
  items: (known?: readonly Expected[]) => PresetItem[],
  expected: Promise<readonly Expected[]>,
): Promise<PresetItem | undefined> {
  const list = vscode.window.createQuickPick<PresetItem>();
  list.title = 'Analyze Decision Boundary: how thorough';
  // Meanwhile a page may be looked at that shows the images.
  list.ignoreFocusOut = true;
  list.items = items();
  return new Promise((resolve) => {
    let known: readonly Expected[] | undefined;
    let waiting: PresetItem | undefined;
    const choose = (item: PresetItem | undefined): void => {
      resolve(item);
      list.dispose();
    };
    list.onDidAccept(() => {
      const [item] = list.selectedItems;
      if (!item) return;
      if (known) choose(item);
      waiting = item;
      list.busy = true;
      list.placeholder = 'One moment: how long it takes is being measured …';
    });
    list.onDidHide(() => {
      choose(undefined);
    });
    list.show();
    void expected.then((found) => {
      known = found;
      list.busy = false;
      list.placeholder = '';
      const own = found.find(({ preset }) => preset === waiting?.preset);
      if (waiting && (found.length === 0 || (own && own.seconds < long))) choose(waiting);
      const active = list.activeItems.at(0)?.preset;
      list.items = items(found);
      list.activeItems = list.items.filter(({ preset, images }) => preset === active && images === undefined);
    });
  });
}

/** An entry a preset; those smaller than `quick` where that takes long. */
function presetItems(known: readonly Expected[] = []): PresetItem[] {
  const usual = presets.filter((preset) => preset !== 'distances');
  if (known.length === 0) {
    return usual.map((preset) => ({ preset, label: capital(preset), description: presetDescriptions[preset] }));
  }
  const all = Math.max(...known.map(({ images }) => images));
  const isLong = known.some(({ preset, seconds }) => preset === 'quick' && seconds > long);
  return known
    .filter(({ preset }) => isLong || preset !== 'distances')
    .map((expected) => {
      const { preset, images } = expected;
      const isFewer = images < all;
      return {
        ...{ preset, ...(isFewer && { images }) },
        label: capital(preset) + (isFewer ? ` of ${count(images, 'image')}` : ''),
        description: presetDescriptions[preset].split(':')[0] ?? '',
        detail: `${count(images, 'image')}: about ${expectedInWords(expected)}`,
      };
    });
}
