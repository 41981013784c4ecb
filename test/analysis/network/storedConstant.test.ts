import assert from 'node:assert/strict';

import { atOnce } from '../../../src/analysis/base/steps';
import { NetworkBuilder } from '../../../src/analysis/network/builder';
import type { ConstantData } from '../../../src/analysis/network/network';
import { type Borrower, Elements, StoredConstant } from '../../../src/analysis/network/storedConstant';
import { readWeights } from '../../../src/analysis/network/weights';

function borrower(copyNow: () => ConstantData | undefined): Borrower {
  return { copyNow, copySoon: () => Promise.resolve().then(copyNow) };
}

describe('the elements of constants', () => {
  it('are the same for arrays of a type that fill the same memory', () => {
    const data = Float32Array.of(1, 2, 3, 4);
    assert.equal(Elements.of(new Float32Array(data.buffer)), Elements.of(data));
    assert.notEqual(Elements.of(new Int32Array(data.buffer)), Elements.of(data));
    assert.notEqual(Elements.of(data.subarray(1)), Elements.of(data));
    assert.notEqual(Elements.of(data.slice()), Elements.of(data));
  });

  it('are shared by constants that differ in shape', () => {
    const b = new NetworkBuilder();
    const data = new Float32Array(4096).fill(1);
    const [flat, square] = [b.constant(data, [4096]), b.constant(data, [64, 64])];
    assert.ok(flat instanceof StoredConstant && square instanceof StoredConstant);
    assert.equal(flat.elements, square.elements);
    assert.equal(b.constant(data, [64, 64]), square);
  });

  it('are read once, in steps or at once where somebody asks in the midst', () => {
    let reads = 0;
    const elements = Elements.deferred('float32', function* () {
      reads++;
      yield;
      return Float32Array.of(reads);
    });
    const steps = elements.reading();
    steps.next();
    assert.ok(!elements.areRead);
    assert.deepEqual([...elements.data], [2]);
    assert.ok(elements.areRead);
    atOnce(steps);
    assert.deepEqual([[...elements.data], reads], [[2], 2]);
    assert.equal(Elements.of(elements.data), elements);
  });

  it('are read where something is made of them, and not for another shape', () => {
    const b = new NetworkBuilder();
    let reads = 0;
    const read = function* () {
      yield;
      reads++;
      return new Float32Array(4096).fill(3);
    };
    const flat = b.stored(Elements.deferred('float32', read), [4096]);
    const square = b.reshape(flat, [64, 64]);
    const turned = b.neg(square);
    assert.ok(flat instanceof StoredConstant && square instanceof StoredConstant && turned instanceof StoredConstant);
    assert.equal(flat.elements, square.elements);
    assert.deepEqual([flat.elements.areRead, turned.elements.areRead, reads], [false, false, 0]);
    atOnce(readWeights({ inputs: {}, outputs: { turned } }));
    assert.deepEqual([flat.elements.areRead, turned.elements.areRead, reads], [true, true, 1]);
    assert.ok(turned.data.every((entry) => entry === -3));
  });

  it('are a copy while they are lent, made once as long as somebody has it', async () => {
    const elements = Elements.of(Float32Array.of(1, 2));
    let copies = 0;
    const lent = elements.lend(
      borrower(() => {
        copies++;
        return lent.slice();
      }),
    );
    assert.ok(elements.isLent);
    const { data } = elements;
    assert.deepEqual([...data], [1, 2]);
    assert.notEqual(data, lent);
    assert.equal(elements.data, data);
    assert.equal(copies, 1);
    const own = await elements.copy();
    assert.deepEqual(own, lent);
    assert.equal(copies, 2);
    elements.takeBack(lent);
    assert.equal(elements.data, lent);
    assert.notEqual(await elements.copy(), lent);
    assert.equal(Elements.of(lent), elements);
  });

  it('are lent in a buffer that holds nothing else', () => {
    const whole = Float32Array.of(1, 2, 3);
    const elements = Elements.of(whole.subarray(1));
    const lent = elements.lend(borrower(() => undefined));
    assert.notEqual(lent.buffer, whole.buffer);
    assert.deepEqual([...lent], [2, 3]);
  });

  it('may come back while somebody waits for a copy, and are missed where they neither do nor are copied', async () => {
    const elements = Elements.of(Float32Array.of(5));
    const backAgain = borrower(() => {
      elements.takeBack(lent);
      return undefined;
    });
    const lent = elements.lend(backAgain);
    assert.equal(elements.data, lent);
    elements.lend(backAgain);
    assert.deepEqual(await elements.copy(), lent);
    assert.equal(elements.data, lent);
    elements.lend(borrower(() => undefined));
    assert.throws(() => elements.data, /were lost/);
    await assert.rejects(elements.copy(), /were lost/);
  });
});
