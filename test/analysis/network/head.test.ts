import assert from 'node:assert/strict';

import { randomConstant } from '../../../src/analysis/backends/operatorCases';
import { NetworkBuilder } from '../../../src/analysis/network/builder';
import { stripHead } from '../../../src/analysis/network/head';
import type { Value } from '../../../src/analysis/network/network';
import { analysisError } from '../../support/analysisError';
import { assertClose } from '../../support/assertClose';
import { interpret } from '../../support/interpreter';
import { normal } from '../../support/networks';

type Body = (b: NetworkBuilder, logits: Value) => Value;

/** A model with K logits z = W x and whatever follows them. */
function model(classes: number, body: Body) {
  const b = new NetworkBuilder();
  const x = b.input('x', [-1, 5]);
  const z = b.matMul(x, randomConstant(b, [5, classes]));
  return { network: { inputs: { x }, outputs: { output: body(b, z) } }, logits: { inputs: { x }, outputs: { z } } };
}

const x = normal([4, 5], 'image');

describe('the head of a network', () => {
  const stripped: [string, string | null, Body][] = [
    ['nothing', null, (_, z) => z],
    ['a softmax', 'softmax', (b, z) => b.add('Softmax', [z], { axis: 1 })],
    ['a log-softmax', 'log-softmax', (b, z) => b.add('LogSoftmax', [z], { axis: 1 })],
    ['a sigmoid', 'sigmoid', (b, z) => b.sigmoid(z)],
    ['extents of 1', null, (b, z) => b.reshape(z, [-1, 6, 1, 1])],
    [
      'a softmax over channels',
      'softmax',
      (b, z) => b.reshape(b.add('Softmax', [b.reshape(z, [-1, 6, 1, 1])], { axis: 1 }), [-1, 6]),
    ],
    [
      'a softmax over channels last',
      'softmax',
      (b, z) => b.add('Softmax', [b.transpose(b.reshape(z, [-1, 6, 1, 1]), [0, 2, 3, 1])], { axis: 3 }),
    ],
  ];
  for (const [title, head, body] of stripped) {
    it(`is taken off down to the logits: ${title}`, () => {
      const { network, logits } = model(6, body);
      const { network: bare, headStripped, classes, multiLabel } = stripHead(network);
      assert.equal(headStripped, head);
      assert.equal(classes, 6);
      assert.equal(multiLabel, head === 'sigmoid');
      assert.deepEqual(bare.outputs['logits'].shape, [-1, 6]);
      assert.deepEqual(interpret(bare, { x })['logits'].data, interpret(logits, { x })['z'].data);
    });
  }

  it('leaves a softmax inside the network', () => {
    const { network } = model(6, (b, z) => b.times(b.add('Softmax', [z], { axis: 1 }), b.scalar(2)));
    assert.equal(stripHead(network).headStripped, null);
  });

  it('is told from an average of probabilities', () => {
    const probabilities = (b: NetworkBuilder, z: Value): Value => b.add('Softmax', [z], { axis: 1 });
    const averages: ((b: NetworkBuilder, z: Value) => Value)[] = [
      (b, z) => b.times(b.plus(probabilities(b, z), probabilities(b, b.neg(z))), b.scalar(0.5)),
      (b, z) => b.log(b.plus(probabilities(b, z), b.sigmoid(z))),
    ];
    for (const body of averages) assert.equal(stripHead(model(6, body).network).averaged, true);
    const others = [
      (_: NetworkBuilder, z: Value) => z,
      probabilities,
      (b: NetworkBuilder, z: Value) => b.times(z, b.sigmoid(z)),
    ];
    for (const body of others) assert.equal(stripHead(model(6, body).network).averaged, false);
  });

  it('with one sigmoid means the logits (0, l)', () => {
    const { network, logits } = model(1, (b, z) => b.reshape(b.sigmoid(z), [-1, 1, 1, 1]));
    const { network: bare, headStripped, classes, multiLabel } = stripHead(network);
    assert.deepEqual([headStripped, classes, multiLabel], ['sigmoid', 2, false]);
    const l = [...interpret(logits, { x })['z'].data];
    assertClose(
      interpret(bare, { x })['logits'].data,
      l.flatMap((entry) => [0, entry]),
    );
  });

  it('with one linear output is a binary classifier only if the user says so', () => {
    const { network } = model(1, (_, z) => z);
    assert.throws(() => stripHead(network), analysisError('invalid-input', /one output \(\[n, 1\]\).*"binary": true/));
    assert.equal(stripHead(network, { binary: true }).classes, 2);
  });

  it('with a softmax over one output is refused', () => {
    const { network } = model(1, (b, z) => b.add('Softmax', [z], { axis: 1 }));
    assert.throws(
      () => stripHead(network),
      analysisError('invalid-input', /softmax over one output, which is constant/),
    );
  });

  it('that is a map over the image is refused with its shape', () => {
    const { network } = model(12, (b, z) => b.reshape(z, [-1, 3, 2, 2]));
    assert.throws(
      () => stripHead(network),
      analysisError('invalid-input', /\[n, classes\].*\[n, 3, 2, 2\].*segmentation/),
    );
  });

  it('that is not a batch of outputs is refused', () => {
    const { network } = model(6, (b, z) => b.transpose(z, [1, 0]));
    assert.throws(() => stripHead(network), analysisError('invalid-input', /got \[6, n\]/));
  });

  it('of several outputs is the one named logits', () => {
    const { network } = model(6, (_, z) => z);
    const { output } = network.outputs;
    const two = { inputs: network.inputs, outputs: { features: output, logits: output } };
    assert.equal(stripHead(two).classes, 6);
    const unnamed = { inputs: network.inputs, outputs: { features: output, scores: output } };
    assert.throws(() => stripHead(unnamed), analysisError('invalid-input', /one output, got features, scores/));
  });
});
