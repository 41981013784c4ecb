import { TensorType } from '../../../src/analysis/onnx/onnxProto';
import { assertAsRuntime, wave } from '../../support/againstRuntime';
import { floats, ints, node, type OnnxParts, raw } from '../../support/onnxFile';

describe('Attention in an ONNX file is what onnxruntime computes:', () => {
  const weights = [floats('k', [1, 2, 3, 4], wave(24)), floats('v', [1, 2, 3, 2], wave(12))];
  const mask = (name: string, rows: readonly number[]) =>
    raw(name, TensorType.bool, [rows.length / 3, 3], Uint8Array.from(rows));
  const keys = ['Expand of k', 'Expand of v'];
  const attention = (attributes: Readonly<Record<string, number>>, inputs: readonly string[] = []) => [
    node('Shape', ['x'], ['n'], { end: 1 }),
    node('Concat', ['n', 'ones'], ['target'], { axis: 0 }),
    node('Expand', ['k', 'target'], [keys[0]]),
    node('Expand', ['v', 'target'], [keys[1]]),
    node('Attention', ['x', ...keys, ...inputs], ['result'], attributes),
  ];
  const ones = ints('ones', [1, 1, 1]);

  it('without a mask', async () => {
    await assertAsRuntime({ opset: 23, weights: [...weights, ones], nodes: attention({}) }, [2, 3, 4]);
  });

  it('with a mask that leaves each query a key', async () => {
    const seen = mask('m', [1, 0, 1, 0, 1, 0, 1, 1, 1]);
    await assertAsRuntime({ opset: 23, weights: [...weights, ones, seen], nodes: attention({}, ['m']) }, [2, 3, 4]);
  });

  it('0 for a query that a boolean mask leaves no key', async () => {
    const none = mask('m', [1, 0, 1, 0, 0, 0, 1, 1, 1]);
    await assertAsRuntime({ opset: 23, weights: [...weights, ones, none], nodes: attention({}, ['m']) }, [2, 3, 4]);
  });

  it('0 for a query whose mask leaves only later keys, where none may be seen', async () => {
    const later = mask('m', [0, 1, 1, 1, 1, 1, 1, 1, 1]);
    const nodes = attention({ is_causal: 1 }, ['m']);
    await assertAsRuntime({ opset: 23, weights: [...weights, ones, later], nodes }, [2, 3, 4]);
  });

  it('0 for a query that a mask made from the image leaves no key', async () => {
    const nodes = [
      node('ReduceMax', ['x', 'axis'], ['largest'], { keepdims: 1 }),
      node('Greater', ['largest', 'limits'], ['m']),
      ...attention({}, ['m']),
    ];
    const limits = floats('limits', [3], [1.95, 1.5, 1.97]);
    await assertAsRuntime({ opset: 23, weights: [...weights, ones, limits, ints('axis', [3])], nodes }, [2, 3, 4]);
  });
});

describe('Resize in an ONNX file is what onnxruntime computes:', () => {
  const cases: [policy: string, sizes: readonly number[], image: readonly [number, number]][] = [
    ['not_larger', [5, 100], [2, 1]],
    ['not_larger', [4, 3], [6, 4]],
    ['not_larger', [5, 9], [6, 3]],
    ['not_smaller', [3, 1], [2, 3]],
    ['not_smaller', [1, 5], [5, 2]],
    ['not_smaller', [3, 5], [5, 8]],
  ];
  for (const [policy, sizes, image] of cases) {
    it(`${image.join(' × ')} to ${policy.replace('_', ' ')} than ${sizes.join(' × ')}`, async () => {
      const attributes = { keep_aspect_ratio_policy: policy, axes: [2, 3], mode: 'linear' };
      const nodes = [node('Resize', ['x', '', '', 'sizes'], ['result'], attributes)];
      await assertAsRuntime({ opset: 19, weights: [ints('sizes', sizes)], nodes }, [1, ...image]);
    });
  }
});

const int = (name: string, dims: readonly number[], int64Data: readonly number[]) => ({
  ...{ name, dims, int64Data, dataType: TensorType.int64 },
});
const count = [node('Shape', ['x'], ['n1'], { end: 1 }), node('Squeeze', ['n1'], ['n'])];

describe('Index arithmetic over a batch in an ONNX file is what onnxruntime computes:', () => {
  const flat = node('Reshape', ['x', 'all'], ['flat']);
  const weights = [
    int('zero', [], [0]),
    int('one', [], [1]),
    int('stride', [], [12]),
    int('own', [1, 2, 3], [0, 2, 4, 1, 5, 9]),
    ...[ints('all', [-1]), ints('behind', [1, 2])],
  ];
  const places = [...count, node('Range', ['zero', 'n', 'one'], ['places'])];

  it('a strided view of every image', async () => {
    const nodes = [
      ...[flat, ...places, node('Mul', ['places', 'stride'], ['first'])],
      node('Unsqueeze', ['first', 'behind'], ['column']),
      node('Add', ['column', 'own'], ['indices']),
      node('Gather', ['flat', 'indices'], ['result']),
    ];
    await assertAsRuntime({ weights, nodes }, [3, 4]);
  });

  it('an element of every image, by its place and a constant', async () => {
    const nodes = [
      ...[...places, node('Unsqueeze', ['places', 'last'], ['rows']), node('Mul', ['rows', 'zero'], ['nothing'])],
      node('Add', ['nothing', 'one'], ['ones']),
      node('Concat', ['rows', 'ones'], ['tuples'], { axis: 1 }),
      node('GatherND', ['x', 'tuples'], ['result']),
    ];
    await assertAsRuntime({ weights: [...weights, ints('last', [1])], nodes }, [3, 4]);
  });
});

describe('Writing at constant places in an ONNX file is what onnxruntime computes:', () => {
  for (const reduction of ['none', 'add', 'mul', 'max', 'min']) {
    it(`of slices of all images, ${reduction}`, async () => {
      const weights = [int('rows', [3, 1], reduction === 'none' ? [2, 0, 1] : [2, 0, 2]), ints('own', [0, 1, 2])];
      const nodes = [
        node('Transpose', ['x'], ['columns'], { perm: [1, 0, 2] }),
        node('Tanh', ['columns'], ['curved']),
        node('Gather', ['curved', 'own'], ['updates']),
        node('ScatterND', ['columns', 'rows', 'updates'], ['written'], { reduction }),
        node('Transpose', ['written'], ['result'], { perm: [1, 0, 2] }),
      ];
      await assertAsRuntime({ opset: 18, weights, nodes }, [4, 3]);
    });
  }

  it('of elements along an axis, and their picking', async () => {
    const weights = [int('own', [1, 2, 3], [0, 2, 1, 3, 3, 0]), ints('behind', [2, 3])];
    const nodes = [
      node('Shape', ['x'], ['n1'], { end: 1 }),
      node('Concat', ['n1', 'behind'], ['shape'], { axis: 0 }),
      node('Expand', ['own', 'shape'], ['indices']),
      node('GatherElements', ['x', 'indices'], ['picked'], { axis: 1 }),
      node('ScatterElements', ['x', 'indices', 'picked'], ['result'], { axis: 1, reduction: 'add' }),
    ];
    await assertAsRuntime({ opset: 18, weights, nodes }, [4, 3]);
  });
});

describe('Recurrent layers in an ONNX file are what onnxruntime computes:', () => {
  const cases: [op: string, gates: number, attributes: Readonly<Record<string, number | string>>][] = [
    ['RNN', 1, {}],
    ['GRU', 3, { linear_before_reset: 0 }],
    ['GRU', 3, { linear_before_reset: 1 }],
    ['LSTM', 4, {}],
  ];
  for (const [op, gates, attributes] of cases) {
    for (const direction of ['forward', 'reverse', 'bidirectional']) {
      it(`${op} ${JSON.stringify(attributes)} ${direction} over the rows of an image`, async () => {
        const [ways, hidden, width] = [direction === 'bidirectional' ? 2 : 1, 3, 4];
        const weights = [
          floats('w', [ways, gates * hidden, width], wave(ways * gates * hidden * width)),
          floats('r', [ways, gates * hidden, hidden], wave(ways * gates * hidden * hidden)),
          floats('b', [ways, 2 * gates * hidden], wave(2 * ways * gates * hidden)),
        ];
        const nodes = [
          node('Transpose', ['x'], ['rows'], { perm: [1, 0, 2] }),
          node(op, ['rows', 'w', 'r', 'b'], ['all', 'last'], { hidden_size: hidden, direction, ...attributes }),
          node('Transpose', ['all'], ['byImage'], { perm: [2, 0, 1, 3] }),
          node('Transpose', ['last'], ['lastByImage'], { perm: [1, 0, 2] }),
          node('Unsqueeze', ['lastByImage', 'first'], ['step']),
          node('Concat', ['byImage', 'step'], ['result'], { axis: 1 }),
        ];
        await assertAsRuntime({ weights: [...weights, ints('first', [1])], nodes }, [5, width]);
      });
    }
  }
});

describe('Sampling a grid in an ONNX file is what onnxruntime computes:', () => {
  const ways = ['linear', 'nearest', 'cubic'].flatMap((mode) =>
    ['zeros', 'border', 'reflection'].flatMap((padding_mode) =>
      [0, 1].map((align_corners) => ({ mode, padding_mode, align_corners })),
    ),
  );
  for (const { mode, padding_mode, align_corners } of ways) {
    const corners = `corners ${align_corners === 1 ? '' : 'not '}aligned`;
    it(`of an affine map made from the image, ${mode}, ${padding_mode} outside, ${corners}`, async () => {
      const weights = [
        floats(
          'w',
          [40, 6],
          wave(240).map((x) => x / 10),
        ),
        floats('identity', [6], [1, 0, 0.1, 0, 1, 0]),
        ...[ints('all', [-1, 40]), ints('map', [-1, 2, 3]), ints('extents', [2, 3, 6])],
      ];
      const nodes = [
        node('Reshape', ['x', 'all'], ['flat']),
        node('MatMul', ['flat', 'w'], ['moved']),
        node('Add', ['moved', 'identity'], ['six']),
        node('Reshape', ['six', 'map'], ['theta']),
        node('Shape', ['x'], ['n1'], { end: 1 }),
        node('Concat', ['n1', 'extents'], ['size'], { axis: 0 }),
        node('AffineGrid', ['theta', 'size'], ['grid'], { align_corners }),
        node('GridSample', ['x', 'grid'], ['result'], { align_corners, padding_mode, mode }),
      ];
      await assertAsRuntime({ opset: 20, weights, nodes }, [2, 4, 5]);
    });
  }
});

describe('Views of an image stacked along the batch in an ONNX file are what onnxruntime computes:', () => {
  const stacked = [
    node('Neg', ['x'], ['other']),
    node('Concat', ['x', 'other'], ['both'], { axis: 0 }),
    node('Exp', ['both'], ['scores']),
  ];

  it('averaged after a reshape', async () => {
    const nodes = [
      ...[...stacked, node('Reshape', ['scores', 'views'], ['separate'])],
      node('ReduceMean', ['separate'], ['result'], { axes: [0], keepdims: 0 }),
    ];
    await assertAsRuntime({ weights: [ints('views', [2, -1, 3])], nodes }, [3]);
  });

  it('sliced apart at the batch size', async () => {
    const nodes = [
      ...[...stacked, node('Shape', ['x'], ['n1'], { end: 1 })],
      node('Slice', ['scores', 'zero', 'n1', 'zero'], ['a']),
      node('Slice', ['scores', 'n1', 'end', 'zero'], ['b']),
      node('Sub', ['a', 'b'], ['result']),
    ];
    await assertAsRuntime({ weights: [ints('zero', [0]), ints('end', [2 ** 40])], nodes }, [3]);
  });

  it('split apart', async () => {
    const nodes = [
      ...[...stacked, node('Split', ['scores'], ['a', 'b'], { axis: 0, num_outputs: 2 })],
      node('Sub', ['a', 'b'], ['result']),
    ];
    await assertAsRuntime({ opset: 18, nodes }, [3]);
  });
});

describe('An operator of quantised numbers in an ONNX file is what onnxruntime computes:', () => {
  const own = 'com.microsoft';
  const byte = (name: string, value: number, type: number = TensorType.uint8) =>
    raw(name, type, [], Uint8Array.of(value));
  const weights = [
    ...[floats('a', [], [0.031]), byte('za', 128), floats('b', [], [0.017]), byte('zb', 113)],
    raw(
      'w',
      TensorType.uint8,
      [5, 3],
      Uint8Array.from(wave(15), (x) => Math.round(128 + 60 * x)),
    ),
    ...[floats('s', [], [0.02]), byte('zw', 131), floats('bias', [3], [0.3, -0.2, 0.1])],
  ];
  const [quantise, result] = [
    node('QuantizeLinear', ['x', 'a', 'za'], ['q']),
    node('DequantizeLinear', ['r', 'b', 'zb'], ['result']),
  ];
  const pool = ['q', 'a', 'za', 'b', 'zb'];
  const cases: [string, OnnxParts['nodes'], readonly number[]][] = [
    [
      'QLinearAveragePool',
      [quantise, node('QLinearAveragePool', pool, ['r'], { kernel_shape: [2, 3], strides: [1, 2] }, own), result],
      [2, 4, 5],
    ],
    [
      'QLinearAveragePool with padding that counts',
      [
        quantise,
        node(
          'QLinearAveragePool',
          pool,
          ['r'],
          { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 },
          own,
        ),
        result,
      ],
      [2, 4, 5],
    ],
    ['QLinearGlobalAveragePool', [quantise, node('QLinearGlobalAveragePool', pool, ['r'], {}, own), result], [2, 4, 5]],
    [
      'QLinearMatMul',
      [quantise, node('QLinearMatMul', ['q', 'a', 'za', 'w', 's', 'zw', 'b', 'zb'], ['r']), result],
      [4, 5],
    ],
    [
      'MatMulIntegerToFloat',
      [quantise, node('MatMulIntegerToFloat', ['q', 'w', 'a', 's', 'za', 'zw', 'bias'], ['result'], {}, own)],
      [4, 5],
    ],
    [
      'QLinearWhere',
      [
        quantise,
        node('Greater', ['x', 'limit'], ['c']),
        node('QLinearWhere', ['c', 'q', 'a', 'za', 'other', 's', 'zw', 'b', 'zb'], ['r'], {}, own),
        result,
      ],
      [3],
    ],
  ];
  const further = [floats('limit', [1], [0.2]), raw('other', TensorType.uint8, [1, 3], Uint8Array.of(90, 131, 170))];
  for (const [title, nodes, image] of cases) {
    it(title, async () => {
      await assertAsRuntime({ weights: [...weights, ...further], nodes }, image);
    });
  }

  it('DynamicQuantizeMatMul, of one image at a time', async () => {
    const nodes = [node('DynamicQuantizeMatMul', ['x', 'w', 's', 'zw', 'bias'], ['result'], {}, own)];
    await assertAsRuntime({ weights, nodes }, [4, 5], 1);
  });
});
