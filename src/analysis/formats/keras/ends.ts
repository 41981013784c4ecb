import { AnalysisError } from '../../base/errors';
import { inOwnOrder, type Tensor } from '../../compound/tensor';
import { isJsonList } from '../../files/json';
import type { NetworkBuilder } from '../../network/builder';
import { formatShape } from '../../network/shapes';
import type { Choices, InputLayout } from '../format';
import { type OpenShape, settledShape } from '../openInput';
import { chosenOutput, type ScoreOutput } from '../outputs';
import type { LayerConfig, ModelConfig, TensorReference } from './config';

/** The image that a model takes. */
export interface KerasInput {
  /** Without the batch. */
  readonly inputShape: readonly number[];
  readonly layout: InputLayout;
  /** Height and width, where the file leaves them open. */
  readonly inputSize?: readonly [number, number];
}

/**
 * The one input of a model, some of whose extents its file may leave open.
 *
 * @param note takes a sentence for the report
 * @throws AnalysisError 'model-unreadable' where it has no shape; as settledShape
 */
export function imageInput(
  model: ModelConfig,
  input: TensorReference,
  choices: Choices,
  note: (sentence: string) => void,
): KerasInput {
  const layer = model.layers.find(({ name }) => name === input.layer);
  const fields = layer?.settings.fields ?? {};
  const given = fields['batch_shape'] ?? fields['batch_input_shape'];
  const extents = isJsonList(given) ? given.slice(1) : [];
  if (extents.length === 0) {
    throw new AnalysisError(
      'model-unreadable',
      `The input of model "${model.name}" must have a shape, got ${JSON.stringify(given ?? null)}; ` +
        'rebuild it with keras.Input(shape=(height, width, channels)) and save it with its weights.',
    );
  }
  const shape: OpenShape = extents.map((extent) =>
    Number.isInteger(extent) && Number(extent) > 0 ? Number(extent) : null,
  );
  const layout = layoutOf(model, shape);
  const described = `Keras: the input "${input.layer}" ${JSON.stringify(given)}`;
  const { shape: inputShape, inputSize } = settledShape({ described, shape, layout, channels: null }, choices, note);
  return { inputShape, layout, ...(inputSize && { inputSize }) };
}

/** Where the colours are, by the first layer that says so, else by the extents. */
function layoutOf(model: ModelConfig, shape: OpenShape): InputLayout {
  if (shape.length === 1) return 'flat';
  if (shape.length === 2) return 'nhwc';
  const formats = (layers: readonly LayerConfig[]): readonly unknown[] =>
    layers.flatMap((layer) =>
      layer.model === null ? [layer.settings.fields['data_format']] : formats(layer.model.layers),
    );
  const format = formats(model.layers).find((value) => value === 'channels_last' || value === 'channels_first');
  if (format !== undefined) return format === 'channels_first' ? 'nchw' : 'nhwc';
  return (shape[0] ?? Infinity) <= 4 && (shape.at(-1) ?? Infinity) > 4 ? 'nchw' : 'nhwc';
}

/**
 * The output of a model that holds one number per class; fully convolutional models end in (batch, 1, 1, K). Outputs have
 * the names of their layers.
 *
 * @param note takes a sentence for the report
 * @throws AnalysisError 'invalid-input' or 'model-unreadable', as chosenOutput
 */
export function scores(
  b: NetworkBuilder,
  outputs: readonly TensorReference[],
  results: readonly Tensor[],
  { output }: Choices,
  note: (sentence: string) => void,
): ScoreOutput {
  const found: string[] = [];
  const candidates: ScoreOutput[] = [];
  outputs.forEach(({ layer: name }, i) => {
    const value = inOwnOrder(b, results[i]);
    found.push(`"${name}" ${formatShape(value.shape)}`);
    const isFlat = value.shape[0] === -1 && value.shape.slice(1, -1).every((extent) => extent === 1);
    if (value.shape.length < 2 || !isFlat) return;
    candidates.push({ name, value: b.reshape(value, [-1, value.shape[value.shape.length - 1]]) });
  });
  return chosenOutput({ format: 'Keras', found }, candidates, output, note);
}
