import '../../support/vscode';

import assert from 'node:assert/strict';

import { Remembered } from '../../../src/extension/choosing/choose';
import { choosePreset, type ChosenPreset } from '../../../src/extension/choosing/choosePreset';
import type { Expected } from '../../../src/protocol/presets';
import { type FakeQuickPick, quickPicks } from '../../support/quickPicks';
import { FakeMemento } from '../../support/vscode';

const expected: Expected[] = [
  { preset: 'distances', images: 20, seconds: 120, bytes: 1.13e9 },
  { preset: 'distances', images: 100, seconds: 620, bytes: 1.26e9 },
  { preset: 'quick', images: 100, seconds: 4600, bytes: 1.26e9 },
  { preset: 'standard', images: 100, seconds: 7300, bytes: 1.26e9 },
  { preset: 'paper', images: 100, seconds: 400_000, bytes: 1.26e9 },
];
const short: Expected[] = [
  { preset: 'distances', images: 100, seconds: 4, bytes: 3e8 },
  { preset: 'quick', images: 100, seconds: 14, bytes: 3e8 },
  { preset: 'standard', images: 100, seconds: 600, bytes: 3e8 },
  { preset: 'paper', images: 100, seconds: 40_000, bytes: 3e8 },
];

describe('the list of presets', () => {
  let remembered: Remembered;
  let tell: (found: readonly Expected[]) => void;
  let chosen: Promise<ChosenPreset | undefined>;
  const list = (): FakeQuickPick => quickPicks.at(-1)!;
  const plain = async (): Promise<object | undefined> => {
    const { preset, images } = (await chosen) ?? {};
    return preset && { preset, ...(images !== undefined && { images }) };
  };
  const ask = (): void => {
    chosen = choosePreset(
      remembered,
      new Promise((resolve) => {
        tell = resolve;
      }),
    );
  };
  const told = async (found: readonly Expected[]): Promise<void> => {
    tell(found);
    await Promise.resolve();
  };

  beforeEach(() => {
    quickPicks.length = 0;
    remembered = new Remembered(new FakeMemento());
  });

  it('says what each takes as soon as it is known, and offers fewer images where all of them take long', async () => {
    ask();
    assert.deepEqual(
      list().items.map(({ label, detail }) => [label, detail]),
      [
        ['Quick', undefined],
        ['Standard', undefined],
        ['Paper', undefined],
      ],
    );
    await told(expected);
    assert.deepEqual(
      list().items.map(({ label, detail }) => [label, detail]),
      [
        ['Distances of 20 images', '20 images: about 2 minutes, 1.1 GB of memory'],
        ['Distances', '100 images: about 10 minutes, 1.3 GB of memory'],
        ['Quick', '100 images: about 77 minutes, 1.3 GB of memory'],
        ['Standard', '100 images: about 2 hours, 1.3 GB of memory'],
        ['Paper', '100 images: about 5 days, 1.3 GB of memory'],
      ],
    );
    list().accept('Distances of 20 images');
    assert.deepEqual(await plain(), { preset: 'distances', images: 20 });
  });

  it('begins nothing long before it has said how long, and what is short at once', async () => {
    ask();
    list().accept('Standard');
    assert.ok(list().busy);
    await told(short);
    assert.ok(list().open && !list().busy);
    list().accept('Standard');
    assert.deepEqual(await plain(), { preset: 'standard' });
    ask();
    list().accept('Quick');
    await told(short);
    assert.deepEqual(await plain(), { preset: 'quick' });
  });

  it('goes by what is chosen where it cannot be known, and by nothing where it is closed', async () => {
    ask();
    list().accept('Paper');
    await told([]);
    assert.deepEqual(await plain(), { preset: 'paper' });
    ask();
    list().hide();
    assert.equal(await chosen, undefined);
  });

  it('has the last choice first', async () => {
    await remembered.set('preset', 'standard');
    ask();
    assert.equal(list().items[0]?.label, 'Standard');
    await told(short);
    assert.deepEqual(
      list().items.map(({ label }) => label),
      ['Standard', 'Quick', 'Paper'],
    );
    list().hide();
  });
});
