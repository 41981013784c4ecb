import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import { chosenClassNames } from '../../../src/analysis/images/classNames';

/**
 * Places, WordNet's numbers and all words for each, of lists that have nothing to do with ours: imagenet_synsets.txt and
 * imagenet_synset_to_lemma.txt of timm 1.0.31 (Apache License 2.0).
 */
const known: readonly [place: number, number: string, words: string][] = [
  [0, 'n01440764', 'tench, Tinca tinca'],
  [1, 'n01443537', 'goldfish, Carassius auratus'],
  [207, 'n02099601', 'golden retriever'],
  [245, 'n02108915', 'French bulldog'],
  [281, 'n02123045', 'tabby, tabby cat'],
  [285, 'n02124075', 'Egyptian cat'],
  [291, 'n02129165', 'lion, king of beasts, Panthera leo'],
  [340, 'n02391049', 'zebra'],
  [388, 'n02510455', 'giant panda, panda, panda bear, coon bear, Ailuropoda melanoleuca'],
  [417, 'n02782093', 'balloon'],
  [463, 'n02909870', 'bucket, pail'],
  [508, 'n03085013', 'computer keyboard, keypad'],
  [517, 'n03126707', 'crane'],
  [621, 'n03649909', 'lawn mower, mower'],
  [656, 'n03770679', 'minivan'],
  [817, 'n04285008', 'sports car, sport car'],
  [836, 'n04355933', 'sunglass'],
  [837, 'n04356056', 'sunglasses, dark glasses, shades'],
  [920, 'n06874185', 'traffic light, traffic signal, stoplight'],
  [954, 'n07753592', 'banana'],
  [963, 'n07873807', 'pizza, pizza pie'],
  [999, 'n15075141', 'toilet tissue, toilet paper, bathroom tissue'],
];
/** SHA-256 of all thousand numbers of timm's list, a line each. */
const allNumbers = '385e0240499426c022b773be1ae4da780f057b89c9694c7f47199f62746b6edd';

describe('the names of a thousand outputs', () => {
  const named = (K: number) => chosenClassNames(K, [], []).classes;

  it('are ImageNet’s in ImageNet’s order, each beside the number of its folder', () => {
    const { names = [], aliases = [], assumed } = named(1000) ?? {};
    assert.ok(assumed);
    assert.equal(new Set(aliases).size, 1000);
    assert.equal(createHash('sha256').update(aliases.join('\n')).digest('hex'), allNumbers);
    for (const [place, number, words] of known) {
      assert.equal(aliases[place], number);
      assert.ok(words.split(', ').includes(names[place]), `${place} is ${words}, not ${names[place]}`);
    }
  });

  it('tell apart what WordNet calls by one word', () => {
    const { names = [] } = named(1000) ?? {};
    assert.deepEqual([names[134], names[517]], ['crane bird', 'crane']);
    assert.equal(new Set(names).size, 1000);
  });

  it('stand one further where there is one more, the first of which is the background', () => {
    const [plain, shifted] = [named(1000), named(1001)];
    assert.ok(plain && shifted);
    assert.deepEqual(shifted.names, ['background', ...plain.names]);
    assert.deepEqual(shifted.aliases, ['background', ...(plain.aliases ?? [])]);
    assert.match(shifted.source, /ImageNet’s, assumed because there are 1,001/);
  });

  it('are those that the model or the user gives, and none where their number is another', () => {
    const own = { names: Array.from({ length: 1000 }, (_, k) => `own ${k}`), source: 'the model' };
    assert.equal(chosenClassNames(1000, [own], []).classes, own);
    assert.equal(chosenClassNames(1000, [], [own]).classes, own);
    assert.deepEqual([999, 1002, 10].map(named), [null, null, null]);
  });
});
